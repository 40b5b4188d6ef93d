// A Runtime API over blocking sockets that serves one function the same event again and again, and measures it.
//
// Usage: driver [--cpu N] [--warmup N] [--expect FILE] EVENT INVOCATIONS EXECUTABLE
// Prints one line of `name=value` pairs; without --expect the answer must be the event itself.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct bytes {
    char *start;
    size_t length;
};

struct connection {
    int listener, socket;
    char *buffer;
    size_t filled, capacity;
};

struct request {
    int is_next, is_response;
    struct bytes body;
    size_t size; // head and body together
};

static pid_t function = 0;

static void end(const char *problem) {
    if (function > 0) kill(function, SIGKILL);
    fprintf(stderr, "driver: %s%s%s\n", problem, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static double processor_time(void) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(function, &clock) != 0 || clock_gettime(clock, &time) != 0) end("no processor clock");
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static long status_kilobytes(const char *field) {
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

static int descriptors(void) {
    char path[64];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", function);
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static struct bytes read_file(const char *path) {
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

static int listen_anywhere(int *port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (void *)&address, length) || listen(listener, 16)) end("listen");
    if (getsockname(listener, (void *)&address, &length)) end("getsockname");
    *port = ntohs(address.sin_port);
    return listener;
}

// Gives the moment just before exec, told through a pipe that closes with it.
static double start(char *executable, int port) {
    int moment[2];
    double started;
    if (pipe2(moment, O_CLOEXEC)) end("pipe");
    function = fork();
    if (function < 0) end("fork");
    if (function == 0) {
        char api[64];
        snprintf(api, sizeof api, "127.0.0.1:%d", port);
        setenv("AWS_LAMBDA_RUNTIME_API", api, 1);
        if (getenv("DRIVER_VERBOSE") == NULL) {
            int nowhere = open("/dev/null", O_RDWR);
            dup2(nowhere, 1), dup2(nowhere, 2);
        }
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

static void accept_function(struct connection *connection) {
    if (connection->socket >= 0) close(connection->socket);
    connection->socket = accept4(connection->listener, NULL, NULL, SOCK_CLOEXEC);
    int on = 1;
    if (connection->socket < 0) end("accept");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->filled = 0;
}

static int request_is_complete(struct connection *connection, struct request *request) {
    char *head_end = memmem(connection->buffer, connection->filled, "\r\n\r\n", 4);
    if (head_end == NULL) return 0;
    size_t head = head_end + 4 - connection->buffer, body = 0;
    *head_end = 0; // For the searches below; the head is not needed after them.
    char *length = strcasestr(connection->buffer, "\r\ncontent-length:");
    if (length != NULL) body = strtoul(length + 17, NULL, 10);
    request->is_next = strncmp(connection->buffer, "GET ", 4) == 0 && strstr(connection->buffer, "/invocation/next ");
    request->is_response = strncmp(connection->buffer, "POST ", 5) == 0 && strstr(connection->buffer, "/response ");
    *head_end = '\r';
    request->size = head + body;
    request->body = (struct bytes){connection->buffer + head, body};
    if (request->size > connection->capacity) {
        connection->capacity = request->size + 4096;
        connection->buffer = realloc(connection->buffer, connection->capacity);
        if (connection->buffer == NULL) end("memory");
        request->body.start = connection->buffer + head;
    }
    return connection->filled >= request->size;
}

static struct request read_request(struct connection *connection) {
    struct request request;
    if (connection->socket < 0) accept_function(connection);
    for (connection->filled = 0; connection->filled == 0 || !request_is_complete(connection, &request);) {
        ssize_t got = read(connection->socket, connection->buffer + connection->filled,
                           connection->capacity - connection->filled);
        if (got > 0) connection->filled += got;
        else if (got == 0 && connection->filled == 0) accept_function(connection);
        else end("the function closed its connection in the middle of a request");
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

static void write_event(int socket, long number, struct bytes event) {
    char head[512];
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    // What the service sends with every event.
    int length = snprintf(head, sizeof head,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012ld\r\n"
        "Lambda-Runtime-Deadline-Ms: %ld\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:measured\r\n"
        "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
        "Content-Length: %zu\r\n\r\n", number, time.tv_sec * 1000L + 60000, event.length);
    struct iovec parts[2] = {{head, length}, {event.start, event.length}};
    write_all(socket, parts, 2);
}

static void accept_answer(int socket) {
    static char accepted[] =
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
    struct iovec part = {accepted, sizeof accepted - 1};
    write_all(socket, &part, 1);
}

static int ascending(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

int main(int argc, char **argv) {
    int cpu = -1, port;
    long warmup = 0, wrong = 0;
    const char *expected_path = NULL;
    int index = 1;
    for (; index + 1 < argc && strncmp(argv[index], "--", 2) == 0; index += 2) {
        if (strcmp(argv[index], "--cpu") == 0) cpu = atoi(argv[index + 1]);
        else if (strcmp(argv[index], "--warmup") == 0) warmup = atol(argv[index + 1]);
        else if (strcmp(argv[index], "--expect") == 0) expected_path = argv[index + 1];
        else end(argv[index]);
    }
    if (argc - index != 3) end("usage: driver [--cpu N] [--warmup N] [--expect FILE] EVENT INVOCATIONS EXECUTABLE");
    struct bytes event = read_file(argv[index]);
    struct bytes expected = expected_path ? read_file(expected_path) : event;
    long invocations = atol(argv[index + 1]);
    double *times = calloc(invocations, sizeof *times);
    if (cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set)) end("taskset");
    }
    signal(SIGPIPE, SIG_IGN);
    struct connection connection = {.listener = listen_anywhere(&port), .socket = -1, .capacity = 7 << 20};
    connection.buffer = malloc(connection.capacity);
    if (times == NULL || connection.buffer == NULL) end("memory");
    // Its pages are there before anything is measured.
    memset(connection.buffer, 0, connection.capacity);
    errno = 0;

    // Into the page cache, which a busy machine may have emptied: a cold disk is not what is measured.
    free(read_file(argv[index + 2]).start);
    double started = start(argv[index + 2], port), ready = 0, cpu_before = 0;
    long rss_before = 0, rss_1000 = 0;
    int descriptors_before = 0;
    for (long number = 0; number < warmup + invocations; number++) {
        if (!read_request(&connection).is_next) end("the function did not ask for the next event");
        if (number == 0) ready = now() - started;
        if (number == 1000) rss_1000 = status_kilobytes("VmRSS");
        if (number == warmup) {
            cpu_before = processor_time();
            rss_before = status_kilobytes("VmRSS");
            descriptors_before = descriptors();
        }
        double sent = now();
        write_event(connection.socket, number, event);
        struct request answer = read_request(&connection);
        if (number >= warmup) times[number - warmup] = now() - sent;
        wrong += !answer.is_response || answer.body.length != expected.length ||
                 memcmp(answer.body.start, expected.start, expected.length) != 0;
        accept_answer(connection.socket);
    }
    // Only when it asks again has it done all that the last invocation costs it.
    read_request(&connection);
    double cpu_per_invocation = (processor_time() - cpu_before) / invocations;
    qsort(times, invocations, sizeof *times, ascending);
    printf("start_us=%.1f p50_us=%.2f p99_us=%.2f cpu_us=%.2f peak_kb=%ld rss_before_kb=%ld rss_1000_kb=%ld rss_kb=%ld "
           "descriptors_before=%d descriptors=%d wrong=%ld\n",
           ready, times[invocations / 2], times[invocations * 99 / 100], cpu_per_invocation, status_kilobytes("VmHWM"),
           rss_before, rss_1000, status_kilobytes("VmRSS"), descriptors_before, descriptors(), wrong);
    kill(function, SIGKILL);
    waitpid(function, NULL, 0);
    return wrong > 0;
}
