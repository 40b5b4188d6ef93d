// Reads what a function logs through a pipe, and measures how many lines a second come.
//
// Usage: lines [--cpu N] LINES SAMPLE EXECUTABLE   the event is LINES: the function logs as many and answers
//        lines [--cpu N] LINES SAMPLE --write      a bare loop over write(2) writes the lines of SAMPLE again and again
// All lines must be of one length, so that one that another has broken up is seen. The first go to SAMPLE.
#include "runtime_api.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { PIPE = 64 << 10, SAMPLE = 32 << 10 };

static char buffer[PIPE], *sample;
static size_t sampled;
static long lines, line_length, current;

static void count(size_t length) {
    size_t room = SAMPLE - sampled;
    if (room > length) room = length;
    memcpy(sample + sampled, buffer, room);
    sampled += room;
    for (char *start = buffer, *last = buffer + length; start < last;) {
        char *end_of_line = memchr(start, '\n', last - start);
        current += (end_of_line ? end_of_line + 1 : last) - start;
        if (end_of_line == NULL) return;
        if (line_length == 0) line_length = current;
        if (current != line_length) end("a line is longer or shorter than the others");
        lines++, current = 0, start = end_of_line + 1;
    }
}

// 0: the writer has closed the pipe.
static int take_lines(int pipe) {
    ssize_t got = read(pipe, buffer, sizeof buffer);
    if (got < 0) end("read");
    count(got);
    return got > 0;
}

static void write_lines(int pipe, long wanted, struct bytes text) {
    size_t length = (char *)memchr(text.start, '\n', text.length) + 1 - text.start;
    size_t count = text.length / length;
    for (long i = 0; i < wanted; i++)
        if (write(pipe, text.start + i % count * length, length) != (ssize_t)length) _exit(1);
    // Its processor time is still to be asked for.
    for (;;) pause();
}

int main(int argc, char **argv) {
    int cpu = -1, port, index = 1, log[2];
    if (argc > 2 && strcmp(argv[1], "--cpu") == 0) cpu = atoi(argv[2]), index = 3;
    if (argc - index != 3) end("usage: lines [--cpu N] LINES SAMPLE EXECUTABLE|--write");
    long wanted = atol(argv[index]);
    int writes = strcmp(argv[index + 2], "--write") == 0;
    sample = malloc(SAMPLE);
    if (sample == NULL || pipe2(log, O_CLOEXEC)) end("a pipe");
    if (cpu >= 0) stay_on(cpu);
    struct connection connection = {.listener = listen_anywhere(&port), .socket = -1};
    make_buffer(&connection, 16 << 10);

    double began, cpu_before = 0;
    if (writes) {
        struct bytes text = read_file(argv[index + 1]);
        began = now();
        function = fork();
        if (function == 0) write_lines(log[1], wanted, text);
        if (function < 0) end("fork");
    } else {
        start_function(argv[index + 2], port, log[1]);
        if (!read_request(&connection).is_next) end("the function did not ask for the next event");
        began = now(), cpu_before = processor_time();
        write_event(connection.socket, 0, (struct bytes){argv[index], strlen(argv[index])});
    }
    close(log[1]);
    while (lines < wanted && take_lines(log[0])) {
    }
    double elapsed = now() - began;
    if (lines != wanted) end("the function ended before it had logged all");
    double cpu_us = (processor_time() - cpu_before) / wanted;
    if (!writes) {
        struct request answer = read_request(&connection);
        if (answered_number(&answer) != 0) end("this is no answer");
        FILE *file = fopen(argv[index + 1], "wb");
        if (file == NULL || fwrite(sample, 1, sampled / line_length * line_length, file) == 0 || fclose(file)) end("sample");
    }
    printf("per_second=%.0f cpu_us=%.3f line_bytes=%ld\n", lines / elapsed * 1e6, cpu_us, line_length);
    end_function();
    return 0;
}
