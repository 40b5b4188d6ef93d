// A Runtime API that takes one long answer in pieces, checks each of its bytes, and measures how fast they come.
//
// Usage: streaming [--cpu N] PIECE PIECES EXECUTABLE
// The event is `PIECE PIECES`; the function answers with PIECES pieces of PIECE bytes, in each of which byte i is i % 251.
#include "runtime_api.h"

#include <poll.h>

static struct connection answering = {.socket = -1};
static size_t consumed, taken;
static struct bytes piece;

static void require_bytes(void) {
    if (consumed < answering.filled) return;
    consumed = answering.filled = 0;
    if (!receive(&answering)) end("the answer was cut off");
}

static char next_byte(void) {
    require_bytes();
    return answering.buffer[consumed++];
}

static size_t chunk_size(void) {
    static const char digits[] = "0123456789abcdef";
    size_t size = 0;
    for (char byte; (byte = next_byte()) != '\r';) {
        const char *digit = memchr(digits, byte | 0x20, sizeof digits - 1);
        if (digit == NULL) end("a chunk has no size");
        size = size * 16 + (digit - digits);
    }
    if (next_byte() != '\n') end("a chunk's size has no end");
    return size;
}

static void take_chunk(size_t size) {
    while (size > 0) {
        require_bytes();
        size_t place = taken % piece.length, length = piece.length - place;
        if (length > size) length = size;
        if (length > answering.filled - consumed) length = answering.filled - consumed;
        if (memcmp(answering.buffer + consumed, piece.start + place, length) != 0) end("the answer has wrong bytes");
        consumed += length, taken += length, size -= length;
    }
}

static void take_answer(void) {
    struct request answer;
    for (answering.filled = 0; !head_is_complete(&answering, &answer);)
        if (!receive(&answering)) end("the answer was cut off");
    if (answered_number(&answer) != 0) end("this is no answer");
    consumed = answer.head.length;
    for (size_t size = 1; size > 0;) {
        size = chunk_size();
        take_chunk(size);
        // Behind the last chunk there could be trailers, of which a whole answer has none.
        if (next_byte() != '\r' || next_byte() != '\n') end("a chunk has no end");
    }
    accept_answer(answering.socket);
}

int main(int argc, char **argv) {
    int cpu = -1, port, index = 1;
    char text[64];
    struct connection loop = {.socket = -1};
    if (argc > 2 && strcmp(argv[1], "--cpu") == 0) cpu = atoi(argv[2]), index = 3;
    if (argc - index != 3) end("usage: streaming [--cpu N] PIECE PIECES EXECUTABLE");
    piece.length = atol(argv[index]);
    size_t expected = piece.length * atol(argv[index + 1]);
    piece.start = malloc(piece.length);
    if (piece.start == NULL || expected == 0) end("the answer must have bytes");
    for (size_t i = 0; i < piece.length; i++) piece.start[i] = i % 251;
    if (cpu >= 0) stay_on(cpu);
    loop.listener = answering.listener = listen_anywhere(&port);
    make_buffer(&loop, 16 << 10), make_buffer(&answering, 256 << 10);
    start_function(argv[index + 2], port, -1);
    if (!read_request(&loop).is_next) end("the function did not ask for the next event");

    double began = now(), cpu_before = processor_time();
    write_event(loop.socket, 0, (struct bytes){text, snprintf(text, sizeof text, "%s %s", argv[index], argv[index + 1])});
    // The answer has a connection of its own, or comes over the loop's.
    struct pollfd polled[2] = {{.fd = loop.listener, .events = POLLIN}, {.fd = loop.socket, .events = POLLIN}};
    if (poll(polled, 2, 10000) <= 0) end("no answer for ten seconds");
    if (polled[0].revents) accept_function(&answering);
    else answering.socket = loop.socket;
    take_answer();
    double elapsed = now() - began;
    if (taken != expected) end("the answer has another length");
    read_request(&loop);
    printf("mb_per_second=%.1f cpu_us_per_mb=%.1f peak_kb=%ld\n", taken / elapsed,
           (processor_time() - cpu_before) / (taken / 1e6), status_kilobytes("VmHWM"));
    end_function();
    return 0;
}
