// A Runtime API that keeps several invocations of one function under way at once, as Lambda Managed Instances do, and
// counts how many a second come back.
//
// Usage: workers [--cpu N] WORKERS MOST_MILLISECONDS INVOCATIONS EXECUTABLE
// An event is `milliseconds number`; the function waits that long, 1 to MOST_MILLISECONDS in turn or not at all, and
// answers with the event. What counts begins when all workers have asked for their first event.
#include "runtime_api.h"

#include <poll.h>
#include <unistd.h>

enum { MOST_WORKERS = 64 };

struct worker {
    struct connection connection;
    long number; // of the invocation that is under way, -1 without one
};

static long most_milliseconds, invocations;

// Neighbours differ, so that no round of invocations ends at once.
static long milliseconds(long number) {
    return most_milliseconds == 0 ? 0 : 1 + number * 37 % most_milliseconds;
}

static struct bytes event(long number) {
    static char text[64];
    return (struct bytes){text, snprintf(text, sizeof text, "%ld %ld", milliseconds(number), number)};
}

static int is_right(const struct worker *worker, const struct request *answer) {
    struct bytes expected = event(worker->number);
    return answered_number(answer) == worker->number && answer->body.length == expected.length &&
           memcmp(answer->body.start, expected.start, expected.length) == 0;
}

int main(int argc, char **argv) {
    static struct worker workers[MOST_WORKERS];
    static struct pollfd polled[MOST_WORKERS];
    int cpu = -1, port, index = 1;
    if (argc > 2 && strcmp(argv[1], "--cpu") == 0) cpu = atoi(argv[2]), index = 3;
    if (argc - index != 4) end("usage: workers [--cpu N] WORKERS MOST_MILLISECONDS INVOCATIONS EXECUTABLE");
    int count = atoi(argv[index]);
    most_milliseconds = atol(argv[index + 1]), invocations = atol(argv[index + 2]);
    if (count < 1 || count > MOST_WORKERS) end("as many workers cannot be served");
    if (cpu >= 0) stay_on(cpu);

    int listener = listen_anywhere(&port);
    setenv("AWS_LAMBDA_MAX_CONCURRENCY", argv[index], 1);
    start_function(argv[index + 3], port, -1);
    for (int i = 0; i < count; i++) {
        struct worker *worker = &workers[i];
        worker->connection = (struct connection){.listener = listener, .socket = -1};
        worker->number = -1;
        make_buffer(&worker->connection, 16 << 10);
        if (!read_request(&worker->connection).is_next) end("the function did not ask for the next event");
        polled[i] = (struct pollfd){.fd = worker->connection.socket, .events = POLLIN};
    }

    long given = 0, answered = 0, wrong = 0;
    double began = now(), cpu_before = processor_time();
    for (int i = 0; i < count && given < invocations; i++) {
        workers[i].number = given;
        write_event(workers[i].connection.socket, given, event(given));
        workers[i].connection.filled = 0;
        given++;
    }
    while (answered < invocations) {
        if (poll(polled, count, 10000) <= 0) end("no answer for ten seconds");
        for (int i = 0; i < count; i++) {
            struct connection *connection = &workers[i].connection;
            struct request request;
            if (polled[i].revents == 0) continue;
            if (!receive(connection)) end("the function closed a connection");
            if (!request_is_complete(connection, &request)) continue;
            connection->filled = 0;
            if (request.is_next && given < invocations) {
                workers[i].number = given;
                write_event(connection->socket, given, event(given));
                given++;
            } else if (!request.is_next) {
                wrong += !is_right(&workers[i], &request);
                answered++;
                accept_answer(connection->socket);
            }
        }
    }
    double elapsed = now() - began, waited = 0;
    for (long number = 0; number < invocations; number++) waited += milliseconds(number) * 1e3;
    printf("per_second=%.1f cpu_us=%.2f of_ideal=%.4f peak_kb=%ld wrong=%ld\n", invocations / elapsed * 1e6,
           (processor_time() - cpu_before) / invocations, waited / count / elapsed, status_kilobytes("VmHWM"), wrong);
    end_function();
    return wrong > 0;
}
