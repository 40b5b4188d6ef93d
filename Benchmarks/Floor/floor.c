// The floor: the least that a function over libcurl can do. Takes the next event and answers it, with one easy handle
// and one buffer for each of AWS_LAMBDA_MAX_CONCURRENCY threads. What it answers `_HANDLER` says:
//   echo    the event
//   pause   the event, after as many milliseconds as its first number says
//   stream  the event `PIECE PIECES` with as many pieces of so many bytes
//   else    an empty list of failures
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct loop {
    CURL *curl;
    char *event;
    size_t length, capacity;
    char request_id[128];
    // Of a streamed answer: the piece at hand, how much of it is sent, and how many are left.
    char *piece;
    size_t piece_length, sent, pieces;
};

static const char request_id_header[] = "lambda-runtime-aws-request-id:";
static const char *api, *handler;

static void reserve(struct loop *loop, size_t capacity) {
    if (capacity <= loop->capacity) return;
    loop->event = realloc(loop->event, capacity);
    if (loop->event == NULL) abort();
    loop->capacity = capacity;
}

static size_t take_body(char *data, size_t size, size_t count, void *context) {
    struct loop *loop = context;
    size_t length = size * count;
    if (loop->length + length >= loop->capacity) reserve(loop, 2 * (loop->length + length));
    memcpy(loop->event + loop->length, data, length);
    loop->length += length;
    loop->event[loop->length] = 0;
    return length;
}

static size_t take_header(char *data, size_t size, size_t count, void *context) {
    struct loop *loop = context;
    size_t length = size * count, name = sizeof request_id_header - 1;
    if (length > name && strncasecmp(data, request_id_header, name) == 0) {
        while (name < length && data[name] == ' ') name++;
        size_t end = length;
        while (end > name && (data[end - 1] == '\r' || data[end - 1] == '\n')) end--;
        snprintf(loop->request_id, sizeof loop->request_id, "%.*s", (int)(end - name), data + name);
    } else if (length > 15 && strncasecmp(data, "content-length:", 15) == 0) {
        reserve(loop, strtoul(data + 15, NULL, 10) + 1);
    }
    return length;
}

static size_t drop(char *data, size_t size, size_t count, void *context) {
    (void)data, (void)context;
    return size * count;
}

static size_t give_pieces(char *room, size_t size, size_t count, void *context) {
    struct loop *loop = context;
    if (loop->pieces == 0) return 0;
    size_t length = loop->piece_length - loop->sent;
    if (length > size * count) length = size * count;
    memcpy(room, loop->piece + loop->sent, length);
    loop->sent += length;
    if (loop->sent == loop->piece_length) loop->sent = 0, loop->pieces--;
    return length;
}

static void require(CURLcode code) {
    if (code == CURLE_OK) return;
    fprintf(stderr, "floor: %s\n", curl_easy_strerror(code));
    exit(1);
}

static void perform(struct loop *loop, const char *path, const char *end, void *take_header, void *take_body) {
    char url[768];
    snprintf(url, sizeof url, "http://%s/2018-06-01/runtime/invocation/%s%s", api, path, end);
    curl_easy_setopt(loop->curl, CURLOPT_URL, url);
    curl_easy_setopt(loop->curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(loop->curl, CURLOPT_WRITEFUNCTION, take_body);
    require(curl_easy_perform(loop->curl));
}

static void answer(struct loop *loop, const void *bytes, size_t length) {
    curl_easy_setopt(loop->curl, CURLOPT_POSTFIELDS, bytes);
    curl_easy_setopt(loop->curl, CURLOPT_POSTFIELDSIZE, (long)length);
    perform(loop, loop->request_id, "/response", drop, drop);
}

static void stream(struct loop *loop) {
    struct curl_slist *headers =
        curl_slist_append(curl_slist_append(NULL, "Expect:"), "Transfer-Encoding: chunked");
    if (sscanf(loop->event, "%zu %zu", &loop->piece_length, &loop->pieces) != 2) abort();
    loop->piece = malloc(loop->piece_length);
    if (loop->piece == NULL || headers == NULL) abort();
    for (size_t i = 0; i < loop->piece_length; i++) loop->piece[i] = i % 251;
    curl_easy_setopt(loop->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(loop->curl, CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(loop->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(loop->curl, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(loop->curl, CURLOPT_READFUNCTION, give_pieces);
    curl_easy_setopt(loop->curl, CURLOPT_READDATA, loop);
    perform(loop, loop->request_id, "/response", drop, drop);
}

static void *serve(void *unused) {
    (void)unused;
    struct loop state = {.curl = curl_easy_init()}, *loop = &state;
    struct curl_slist *headers = curl_slist_append(curl_slist_append(NULL, "Expect:"), "Content-Type: application/json");
    if (loop->curl == NULL || headers == NULL) abort();
    curl_easy_setopt(loop->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(loop->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(loop->curl, CURLOPT_BUFFERSIZE, 512L * 1024);
    curl_easy_setopt(loop->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(loop->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(loop->curl, CURLOPT_HEADERDATA, loop);
    curl_easy_setopt(loop->curl, CURLOPT_WRITEDATA, loop);

    for (;;) {
        loop->length = 0;
        curl_easy_setopt(loop->curl, CURLOPT_HTTPGET, 1L);
        perform(loop, "next", "", take_header, take_body);
        static const char nothing_failed[] = "{\"batchItemFailures\":[]}";
        if (strcmp(handler, "stream") == 0) {
            stream(loop);
        } else if (strcmp(handler, "pause") == 0) {
            long milliseconds = atol(loop->event);
            // To sleep for no time takes 50 µs.
            if (milliseconds > 0) usleep(milliseconds * 1000);
            answer(loop, loop->event, loop->length);
        } else if (strcmp(handler, "echo") == 0) {
            answer(loop, loop->event, loop->length);
        } else {
            answer(loop, nothing_failed, sizeof nothing_failed - 1);
        }
    }
}

int main(void) {
    const char *concurrency = getenv("AWS_LAMBDA_MAX_CONCURRENCY");
    api = getenv("AWS_LAMBDA_RUNTIME_API"), handler = getenv("_HANDLER");
    if (api == NULL) return fputs("floor: AWS_LAMBDA_RUNTIME_API is not set\n", stderr), 1;
    if (handler == NULL) handler = "";
    for (int i = 1; concurrency != NULL && i < atoi(concurrency); i++) {
        pthread_t thread;
        if (i == 1) curl_global_init(CURL_GLOBAL_ALL);
        if (pthread_create(&thread, NULL, serve, NULL) != 0) abort();
    }
    serve(NULL);
}
