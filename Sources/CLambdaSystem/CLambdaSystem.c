#define _GNU_SOURCE

#include "CLambdaSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#ifdef __linux__
#include <malloc.h>
#endif

void keep_freed_memory(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

int closed_on_exec_pipe(int ends[2]) {
#ifdef __linux__
    return pipe2(ends, O_CLOEXEC);
#else
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

static int writing_end;

// Interrupts whatever its thread does, which may be about to read the error number of a call that has just failed.
static void tell_of_signal(int number) {
    int interrupted = errno;
    unsigned char byte = (unsigned char)number;
    // Only a full pipe refuses it, which has enough to tell.
    ssize_t ignored = write(writing_end, &byte, 1);
    (void)ignored;
    errno = interrupted;
}

int watch_signals(const int numbers[], int count) {
    int ends[2];
    if (closed_on_exec_pipe(ends) != 0) return -1;
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    writing_end = ends[1];
    struct sigaction action = {.sa_handler = tell_of_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < count; index += 1) {
        if (sigaction(numbers[index], &action, NULL) != 0) return -1;
    }
    return ends[0];
}

int next_signal(int watch) {
    unsigned char byte;
    while (read(watch, &byte, 1) != 1) {}
    return byte;
}
