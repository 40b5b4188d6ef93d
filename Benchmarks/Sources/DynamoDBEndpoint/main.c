// A DynamoDB of one table in memory, for benchmarks: fast enough not to be what is measured.
//
// It serves the five requests of the idempotency store over HTTP/1.1 on one thread, and judges their conditions by
// what the store means by them: a key is taken when it is free, and everything else is done by the owner alone. It
// checks no signature and reads no expression. The port is printed, and the end of standard input ends it.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

// ---- Bytes

typedef struct {
    const char *start;
    size_t length;
} Span;

typedef struct {
    char *bytes;
    size_t length, capacity;
} Buffer;

static void reserve(Buffer *buffer, size_t more) {
    if (buffer->length + more <= buffer->capacity) return;
    while (buffer->capacity < buffer->length + more) buffer->capacity = buffer->capacity ? buffer->capacity * 2 : 4096;
    buffer->bytes = realloc(buffer->bytes, buffer->capacity);
    if (!buffer->bytes) abort();
}

static void append(Buffer *buffer, const char *bytes, size_t length) {
    reserve(buffer, length);
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

static void appendText(Buffer *buffer, const char *text) { append(buffer, text, strlen(text)); }

static void discard(Buffer *buffer, size_t length) {
    memmove(buffer->bytes, buffer->bytes + length, buffer->length - length);
    buffer->length -= length;
}

// ---- JSON, which the client under test writes without white space

/// Behind the value at `at`; NULL when it does not end before `end`.
static const char *skipValue(const char *at, const char *end) {
    int depth = 0;
    bool isText = false;
    for (; at < end; at++) {
        if (isText) {
            if (*at == '\\') at++;
            else if (*at == '"') isText = false;
        } else if (*at == '"') {
            isText = true;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0) return at;
            depth--;
        } else if (*at == ',' && depth == 0) {
            return at;
        }
    }
    return depth == 0 && !isText ? at : NULL;
}

/// The value of a member of an object; empty when there is none.
static Span member(Span object, const char *name) {
    const char *at = object.start + 1, *end = object.start + object.length;
    size_t length = strlen(name);
    while (object.length > 2 && at < end && *at == '"') {
        const char *key = at + 1, *value = key;
        while (value < end && *value != '"') value += *value == '\\' ? 2 : 1;
        bool isFound = (size_t)(value - key) == length && memcmp(key, name, length) == 0;
        value += 2;
        const char *next = value < end ? skipValue(value, end) : NULL;
        if (!next) break;
        if (isFound) return (Span){value, (size_t)(next - value)};
        at = next + 1;
    }
    return (Span){NULL, 0};
}

/// The content of `{"S":"…"}` or `{"N":"…"}`, without its quotes and with its escapes.
static Span content(Span tagged) {
    if (tagged.length < 8) return (Span){NULL, 0};
    return (Span){tagged.start + 6, tagged.length - 8};
}

static long long number(Span tagged) {
    Span digits = content(tagged);
    return digits.start ? strtoll(digits.start, NULL, 10) : 0;
}

static bool equal(Span first, Span second) {
    return first.length == second.length && (first.length == 0 || memcmp(first.start, second.start, first.length) == 0);
}

static bool isText(Span span, const char *text) { return equal(span, (Span){text, strlen(text)}); }

// ---- The table

enum { bucketCount = 1 << 20 };

typedef struct Record {
    struct Record *next;
    Buffer key, owner, data;
    long long expiration, leaseEnd;
    bool isCompleted, isPresent;
} Record;

static Record *buckets[bucketCount];

static Record *recordOf(Span key) {
    unsigned long long hash = 14695981039346656037ULL;
    for (size_t index = 0; index < key.length; index++) hash = (hash ^ (unsigned char)key.start[index]) * 1099511628211ULL;
    Record **bucket = &buckets[(hash ^ hash >> 32) % bucketCount];
    for (Record *record = *bucket; record; record = record->next) {
        if (equal((Span){record->key.bytes, record->key.length}, key)) return record;
    }
    Record *record = calloc(1, sizeof(Record));
    if (!record) abort();
    append(&record->key, key.start, key.length);
    record->next = *bucket;
    return *bucket = record;
}

static void assign(Buffer *buffer, Span span) {
    buffer->length = 0;
    append(buffer, span.start, span.length);
}

static void appendItem(Buffer *out, const Record *record) {
    char numbers[160];
    appendText(out, "{\"id\":{\"S\":\"");
    append(out, record->key.bytes, record->key.length);
    snprintf(
        numbers, sizeof numbers, "\"},\"expiration\":{\"N\":\"%lld\"},\"in_progress_expiration\":{\"N\":\"%lld\"}",
        record->expiration, record->leaseEnd
    );
    appendText(out, numbers);
    appendText(out, ",\"status\":{\"S\":\"");
    appendText(out, record->isCompleted ? "COMPLETED\"},\"owner\":{\"S\":\"" : "INPROGRESS\"},\"owner\":{\"S\":\"");
    append(out, record->owner.bytes, record->owner.length);
    appendText(out, "\"}");
    if (record->isCompleted && record->data.length) {
        appendText(out, ",\"data\":");
        append(out, record->data.bytes, record->data.length);
    }
    appendText(out, "}");
}

// ---- Requests. Each appends the body of its answer, and says whether it succeeded.

static bool refuse(Buffer *out, const Record *record) {
    appendText(out, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\",");
    appendText(out, "\"message\":\"The conditional request failed\"");
    if (record->isPresent) {
        appendText(out, ",\"Item\":");
        appendItem(out, record);
    }
    appendText(out, "}");
    return false;
}

static bool putItem(Span body, Buffer *out) {
    Span item = member(body, "Item"), values = member(body, "ExpressionAttributeValues");
    Record *record = recordOf(content(member(item, "id")));
    bool isFree = !record->isPresent || record->expiration < number(member(values, ":now"))
        || (!record->isCompleted && record->leaseEnd < number(member(values, ":now_in_millis")));
    if (!isFree) return refuse(out, record);
    record->isPresent = true;
    record->isCompleted = false;
    record->expiration = number(member(item, "expiration"));
    record->leaseEnd = number(member(item, "in_progress_expiration"));
    assign(&record->owner, content(member(item, "owner")));
    assign(&record->data, (Span){"", 0});
    appendText(out, "{}");
    return true;
}

static Record *ownedRecord(Span body, Buffer *out) {
    Record *record = recordOf(content(member(member(body, "Key"), "id")));
    Span owner = content(member(member(body, "ExpressionAttributeValues"), ":owner"));
    bool isOwned = record->isPresent && !record->isCompleted
        && equal((Span){record->owner.bytes, record->owner.length}, owner);
    if (isOwned) return record;
    refuse(out, record);
    return NULL;
}

static bool updateItem(Span body, Buffer *out) {
    Record *record = ownedRecord(body, out);
    if (!record) return false;
    Span values = member(body, "ExpressionAttributeValues");
    record->isCompleted = isText(content(member(values, ":status")), "COMPLETED");
    if (member(values, ":expiry").start) record->expiration = number(member(values, ":expiry"));
    if (member(values, ":lease_end").start) record->leaseEnd = number(member(values, ":lease_end"));
    if (member(values, ":response_data").start) assign(&record->data, member(values, ":response_data"));
    appendText(out, "{}");
    return true;
}

static bool deleteItem(Span body, Buffer *out) {
    Record *record = ownedRecord(body, out);
    if (!record) return false;
    record->isPresent = false;
    appendText(out, "{}");
    return true;
}

static bool getItem(Span body, Buffer *out) {
    Record *record = recordOf(content(member(member(body, "Key"), "id")));
    appendText(out, record->isPresent ? "{\"Item\":" : "{");
    if (record->isPresent) appendItem(out, record);
    appendText(out, "}");
    return true;
}

static bool batchGetItem(Span body, Buffer *out) {
    Span tables = member(body, "RequestItems");
    const char *name = tables.start + 2, *end = memchr(name, '"', tables.length - 2);
    Span table = {end + 2, (size_t)(skipValue(end + 2, tables.start + tables.length) - end - 2)};
    Span keys = member(table, "Keys");
    appendText(out, "{\"Responses\":{\"");
    append(out, name, (size_t)(end - name));
    appendText(out, "\":[");
    const char *at = keys.start + 1, *last = keys.start + keys.length - 1;
    bool isFirst = true;
    while (at < last) {
        const char *next = skipValue(at, last);
        Record *record = recordOf(content(member((Span){at, (size_t)(next - at)}, "id")));
        if (record->isPresent) {
            if (!isFirst) appendText(out, ",");
            appendItem(out, record);
            isFirst = false;
        }
        at = next + 1;
    }
    appendText(out, "]},\"UnprocessedKeys\":{}}");
    return true;
}

static bool answer(Span target, Span body, Buffer *out) {
    static const struct {
        const char *name;
        bool (*run)(Span, Buffer *);
    } operations[] = {
        {"PutItem", putItem}, {"UpdateItem", updateItem}, {"DeleteItem", deleteItem},
        {"GetItem", getItem}, {"BatchGetItem", batchGetItem},
    };
    for (size_t index = 0; index < sizeof operations / sizeof *operations; index++) {
        if (isText(target, operations[index].name)) return operations[index].run(body, out);
    }
    appendText(out, "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}");
    return false;
}

// ---- HTTP

typedef struct {
    int socket;
    Buffer in;
} Connection;

static Span headerValue(Span head, const char *name) {
    const char *at = strcasestr(head.start, name);
    if (!at || at >= head.start + head.length) return (Span){NULL, 0};
    at += strlen(name);
    while (*at == ' ') at++;
    return (Span){at, strcspn(at, "\r")};
}

static bool sendAll(int socket, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (sent <= 0) return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

/// Answers what has come whole; false when the connection is done.
static bool serve(Connection *connection) {
    static Buffer body, reply;
    while (true) {
        append(&connection->in, "", 1);  // A terminator for the searches, not part of the input.
        connection->in.length--;
        char *end = strstr(connection->in.bytes, "\r\n\r\n");
        if (!end) return true;
        Span head = {connection->in.bytes, (size_t)(end - connection->in.bytes)};
        size_t headLength = head.length + 4;
        Span length = headerValue(head, "\r\ncontent-length:");
        size_t bodyLength = length.start ? strtoul(length.start, NULL, 10) : 0;
        if (connection->in.length < headLength + bodyLength) return true;
        Span target = headerValue(head, "DynamoDB_20120810.");
        body.length = reply.length = 0;
        bool isDone = target.start && answer(target, (Span){connection->in.bytes + headLength, bodyLength}, &body);
        char start[160];
        snprintf(
            start, sizeof start, "HTTP/1.1 %s\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %zu\r\n\r\n",
            isDone ? "200 OK" : "400 Bad Request", body.length
        );
        appendText(&reply, start);
        append(&reply, body.bytes, body.length);
        if (!sendAll(connection->socket, reply.bytes, reply.length)) return false;
        discard(&connection->in, headLength + bodyLength);
    }
}

static bool receive(Connection *connection) {
    while (true) {
        reserve(&connection->in, 65536);
        ssize_t count = recv(connection->socket, connection->in.bytes + connection->in.length, 65536, MSG_DONTWAIT);
        if (count == 0) return false;
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        connection->in.length += (size_t)count;
        if (!serve(connection)) return false;
    }
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), poller = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 512)
        || getsockname(listener, (struct sockaddr *)&address, &length)) {
        perror("DynamoDBEndpoint");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    Connection watched[2] = {{.socket = listener}, {.socket = STDIN_FILENO}};
    for (int index = 0; index < 2; index++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &watched[index]};
        epoll_ctl(poller, EPOLL_CTL_ADD, watched[index].socket, &event);
    }
    while (true) {
        struct epoll_event events[64];
        int count = epoll_wait(poller, events, 64, -1);
        for (int index = 0; index < count; index++) {
            Connection *connection = events[index].data.ptr;
            if (connection == &watched[1]) return 0;
            if (connection == &watched[0]) {
                Connection *new = calloc(1, sizeof(Connection));
                int on = 1;
                if (!new || (new->socket = accept(listener, NULL, NULL)) < 0) {
                    free(new);
                    continue;
                }
                setsockopt(new->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                struct epoll_event event = {.events = EPOLLIN, .data.ptr = new};
                epoll_ctl(poller, EPOLL_CTL_ADD, new->socket, &event);
            } else if (!receive(connection)) {
                close(connection->socket);
                free(connection->in.bytes);
                free(connection);
            }
        }
    }
}
