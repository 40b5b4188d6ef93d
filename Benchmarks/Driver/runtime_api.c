#include "runtime_api.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

pid_t function = 0;

void end(const char *problem) {
    if (function > 0) kill(function, SIGKILL);
    fprintf(stderr, "driver: %s%s%s\n", problem, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

double processor_time(void) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(function, &clock) != 0 || clock_gettime(clock, &time) != 0) end("no processor clock");
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

long status_kilobytes(const char *field) {
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", function);
    FILE *file = fopen(path, "r");
    if (file == NULL) return -1;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0) sscanf(line + strlen(field), ": %ld", &value);
    fclose(file);
    return value;
}

int descriptors(void) {
    char path[64];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", function);
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

struct bytes read_file(const char *path) {
    struct bytes file;
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) end(path);
    fseek(stream, 0, SEEK_END);
    file.length = ftell(stream);
    rewind(stream);
    file.start = malloc(file.length + 1);
    if (file.start == NULL || fread(file.start, 1, file.length, stream) != file.length) end(path);
    fclose(stream);
    return file;
}

void stay_on(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set)) end("taskset");
}

int listen_anywhere(int *port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    signal(SIGPIPE, SIG_IGN);
    if (bind(listener, (void *)&address, length) || listen(listener, 64)) end("listen");
    if (getsockname(listener, (void *)&address, &length)) end("getsockname");
    *port = ntohs(address.sin_port);
    return listener;
}

void make_buffer(struct connection *connection, size_t capacity) {
    connection->capacity = capacity;
    connection->buffer = malloc(capacity);
    if (connection->buffer == NULL) end("memory");
    // Its pages are there before anything is measured.
    memset(connection->buffer, 0, capacity);
}

// The moment is told through a pipe that closes with exec.
double start_function(char *executable, int port, int log) {
    int moment[2];
    double started;
    // Asked for, where a busy machine has dropped it from the page cache: a cold disk is not what is measured. Not read: that
    // would push everything else out of the processor's caches, the more the larger the executable is.
    int file = open(executable, O_RDONLY | O_CLOEXEC);
    if (file < 0) end(executable);
    posix_fadvise(file, 0, 0, POSIX_FADV_WILLNEED);
    close(file);
    errno = 0;
    if (pipe2(moment, O_CLOEXEC)) end("pipe");
    function = fork();
    if (function < 0) end("fork");
    if (function == 0) {
        char api[64];
        snprintf(api, sizeof api, "127.0.0.1:%d", port);
        setenv("AWS_LAMBDA_RUNTIME_API", api, 1);
        if (log < 0 && getenv("DRIVER_VERBOSE") == NULL) log = open("/dev/null", O_RDWR);
        if (log >= 0) dup2(log, 1), dup2(log, 2);
        started = now();
        if (write(moment[1], &started, sizeof started) < 0) _exit(126);
        execl(executable, executable, NULL);
        _exit(127);
    }
    close(moment[1]);
    if (read(moment[0], &started, sizeof started) != sizeof started) end("the function could not be started");
    close(moment[0]);
    return started;
}

void end_function(void) {
    kill(function, SIGKILL);
    waitpid(function, NULL, 0);
}

void accept_function(struct connection *connection) {
    if (connection->socket >= 0) close(connection->socket);
    connection->socket = accept4(connection->listener, NULL, NULL, SOCK_CLOEXEC);
    int on = 1;
    if (connection->socket < 0) end("accept");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->filled = 0;
}

int receive(struct connection *connection) {
    ssize_t got = read(connection->socket, connection->buffer + connection->filled,
                       connection->capacity - connection->filled);
    if (got < 0) end("read");
    connection->filled += got;
    return got > 0;
}

static int names(const struct request *request, const char *method, const char *path) {
    return strncmp(request->head.start, method, strlen(method)) == 0 && strstr(request->head.start, path) != NULL;
}

int head_is_complete(struct connection *connection, struct request *request) {
    char *head_end = memmem(connection->buffer, connection->filled, "\r\n\r\n", 4);
    if (head_end == NULL) return 0;
    request->head = (struct bytes){connection->buffer, head_end + 4 - connection->buffer};
    request->body = (struct bytes){head_end + 4, 0};
    *head_end = 0; // For the searches below.
    char *length = strcasestr(connection->buffer, "\r\ncontent-length:");
    if (length != NULL) request->body.length = strtoul(length + 17, NULL, 10);
    request->is_next = names(request, "GET ", "/invocation/next ");
    request->is_response = names(request, "POST ", "/response ");
    *head_end = '\r';
    return 1;
}

int request_is_complete(struct connection *connection, struct request *request) {
    if (!head_is_complete(connection, request)) return 0;
    size_t size = request->head.length + request->body.length;
    if (size > connection->capacity) {
        connection->capacity = size + 4096;
        connection->buffer = realloc(connection->buffer, connection->capacity);
        if (connection->buffer == NULL) end("memory");
        request->head.start = connection->buffer;
        request->body.start = connection->buffer + request->head.length;
    }
    return connection->filled >= size;
}

struct request read_request(struct connection *connection) {
    struct request request;
    if (connection->socket < 0) accept_function(connection);
    for (connection->filled = 0; connection->filled == 0 || !request_is_complete(connection, &request);) {
        if (receive(connection)) continue;
        if (connection->filled > 0) end("the function closed its connection in the middle of a request");
        accept_function(connection);
    }
    return request;
}

static void write_all(int socket, struct iovec *parts, int count) {
    while (count > 0) {
        ssize_t written = writev(socket, parts, count);
        if (written < 0) end("write");
        while (count > 0 && (size_t)written >= parts->iov_len) written -= parts->iov_len, parts++, count--;
        if (count > 0) parts->iov_base = (char *)parts->iov_base + written, parts->iov_len -= written;
    }
}

#define REQUEST_ID "8476a536-e9f4-11e8-9739-"

void write_event(int socket, long number, struct bytes event) {
    char head[512];
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    // What the service sends with every event.
    int length = snprintf(head, sizeof head,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Lambda-Runtime-Aws-Request-Id: " REQUEST_ID "%012ld\r\n"
        "Lambda-Runtime-Deadline-Ms: %ld\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:measured\r\n"
        "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
        "Content-Length: %zu\r\n\r\n", number, time.tv_sec * 1000L + 60000, event.length);
    struct iovec parts[2] = {{head, length}, {event.start, event.length}};
    write_all(socket, parts, 2);
}

long answered_number(const struct request *request) {
    if (!request->is_response) return -1;
    char *id = memmem(request->head.start, request->head.length, REQUEST_ID, sizeof REQUEST_ID - 1);
    return id == NULL ? -1 : strtol(id + sizeof REQUEST_ID - 1, NULL, 10);
}

void accept_answer(int socket) {
    static char accepted[] =
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
    struct iovec part = {accepted, sizeof accepted - 1};
    write_all(socket, &part, 1);
}
