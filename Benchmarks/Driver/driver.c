// A Runtime API over blocking sockets that serves one function the same event again and again, and measures it.
//
// Usage: driver [--cpu N] [--warmup N] [--expect FILE] EVENT INVOCATIONS EXECUTABLE
// Prints one line of `name=value` pairs; without --expect the answer must be the event itself. `p50_1_us` to `p50_10_us`
// are the medians of each tenth of the run, and so with p99.
#include "runtime_api.h"

enum { TENTHS = 10 };

static int ascending(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static void print_percentiles(double *times, long count, const char *suffix) {
    qsort(times, count, sizeof *times, ascending);
    printf("p50%s_us=%.2f p99%s_us=%.2f ", suffix, times[count / 2], suffix, times[count * 99 / 100]);
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
    if (times == NULL) end("memory");
    if (cpu >= 0) stay_on(cpu);
    struct connection connection = {.listener = listen_anywhere(&port), .socket = -1};
    make_buffer(&connection, 7 << 20);

    double started = start_function(argv[index + 2], port, -1), ready = 0, cpu_before = 0;
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
        wrong += answered_number(&answer) != number || answer.body.length != expected.length ||
                 memcmp(answer.body.start, expected.start, expected.length) != 0;
        accept_answer(connection.socket);
    }
    // Only when it asks again has it done all that the last invocation costs it.
    read_request(&connection);
    double cpu_per_invocation = (processor_time() - cpu_before) / invocations;
    for (int tenth = 0; tenth < TENTHS && invocations >= TENTHS; tenth++) {
        char suffix[8];
        long first = invocations * tenth / TENTHS, last = invocations * (tenth + 1) / TENTHS;
        snprintf(suffix, sizeof suffix, "_%d", tenth + 1);
        print_percentiles(times + first, last - first, suffix);
    }
    print_percentiles(times, invocations, "");
    printf("start_us=%.1f cpu_us=%.2f peak_kb=%ld rss_before_kb=%ld rss_1000_kb=%ld rss_kb=%ld "
           "descriptors_before=%d descriptors=%d wrong=%ld\n",
           ready, cpu_per_invocation, status_kilobytes("VmHWM"),
           rss_before, rss_1000, status_kilobytes("VmRSS"), descriptors_before, descriptors(), wrong);
    end_function();
    return wrong > 0;
}
