// The floor: the least that a function over libcurl can do. Takes the next event and answers it, with one easy handle
// and one buffer. `_HANDLER=echo` answers with the event, anything else with an empty list of failures.
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
    char *bytes;
    size_t length, capacity;
};

static char request_id[128];
static const char request_id_header[] = "lambda-runtime-aws-request-id:";

static void reserve(struct buffer *buffer, size_t capacity) {
    if (capacity <= buffer->capacity) return;
    buffer->bytes = realloc(buffer->bytes, capacity);
    if (buffer->bytes == NULL) abort();
    buffer->capacity = capacity;
}

static size_t take_body(char *data, size_t size, size_t count, void *context) {
    struct buffer *body = context;
    size_t length = size * count;
    if (body->length + length > body->capacity) reserve(body, 2 * (body->length + length));
    memcpy(body->bytes + body->length, data, length);
    body->length += length;
    return length;
}

static size_t take_header(char *data, size_t size, size_t count, void *context) {
    struct buffer *body = context;
    size_t length = size * count, name = sizeof request_id_header - 1;
    if (length > name && strncasecmp(data, request_id_header, name) == 0) {
        while (name < length && data[name] == ' ') name++;
        size_t end = length;
        while (end > name && (data[end - 1] == '\r' || data[end - 1] == '\n')) end--;
        snprintf(request_id, sizeof request_id, "%.*s", (int)(end - name), data + name);
    } else if (length > 15 && strncasecmp(data, "content-length:", 15) == 0) {
        reserve(body, strtoul(data + 15, NULL, 10) + 1);
    }
    return length;
}

static size_t drop(char *data, size_t size, size_t count, void *context) {
    (void)data, (void)context;
    return size * count;
}

static void require(CURLcode code) {
    if (code == CURLE_OK) return;
    fprintf(stderr, "floor: %s\n", curl_easy_strerror(code));
    exit(1);
}

int main(void) {
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API"), *handler = getenv("_HANDLER");
    if (api == NULL) return fputs("floor: AWS_LAMBDA_RUNTIME_API is not set\n", stderr), 1;
    int echoes = handler != NULL && strcmp(handler, "echo") == 0;
    char next_url[512], response_url[768];
    snprintf(next_url, sizeof next_url, "http://%s/2018-06-01/runtime/invocation/next", api);

    struct buffer event = {0};
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(curl_slist_append(NULL, "Expect:"), "Content-Type: application/json");
    if (curl == NULL || headers == NULL) abort();
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L * 1024);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &event);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &event);

    for (;;) {
        event.length = 0;
        curl_easy_setopt(curl, CURLOPT_URL, next_url);
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
        require(curl_easy_perform(curl));

        static const char nothing_failed[] = "{\"batchItemFailures\":[]}";
        snprintf(response_url, sizeof response_url, "http://%s/2018-06-01/runtime/invocation/%s/response", api, request_id);
        curl_easy_setopt(curl, CURLOPT_URL, response_url);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, echoes ? event.bytes : nothing_failed);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, echoes ? (long)event.length : (long)sizeof nothing_failed - 1);
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, drop);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
        require(curl_easy_perform(curl));
    }
}
