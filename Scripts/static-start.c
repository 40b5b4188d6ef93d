// Linked into every static bootstrap, and run before anything of Swift's.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The Swift runtime looks for the program's arguments behind the environment on the stack, which it finds by reading
// /proc/self/maps line by line, in vain once `putenv` has moved the environment. It is told them instead, and the file
// is not there for the code that runs before `main`.
void _swift_stdlib_overrideUnsafeArgvArgc(char **arguments, int count);

static int before_main;

__attribute__((constructor(101))) static void name_arguments(int count, char **arguments) {
    _swift_stdlib_overrideUnsafeArgvArgc(arguments, count);
    before_main = 1;
}

// Runs behind the constructors that the linker was given before it, Swift's among them, and before `main` in any case.
__attribute__((constructor)) static void end_of_start(void) { before_main = 0; }

FILE *__real_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode) {
    if (before_main && strcmp(path, "/proc/self/maps") == 0) {
        errno = ENOENT;
        return NULL;
    }
    return __real_fopen(path, mode);
}

// At its start the Swift runtime looks for its backtracer: beside the executable, whose path it takes from /proc (where
// there is no /proc it aborts), then in seven places. Told where the backtracer is, it does not look. A function that is
// deployed with one names it itself, and that holds.
__attribute__((constructor(101))) static void name_backtracer(void) {
    static char root[] = "SWIFT_ROOT=/var/task";
    static char backtracer[] = "SWIFT_BACKTRACE=enable=no,swift-backtrace=/var/task/swift-backtrace";
    if (getenv("SWIFT_ROOT") == NULL) putenv(root);
    if (getenv("SWIFT_BACKTRACE") == NULL) putenv(backtracer);
}

// A static executable's start-up code registers its unwind tables, and the first unwinding then sorts all of them: when
// an async main gives its thread away, that is 1.4 ms and 0.8 MB of memory at each cold start. Unregistered, they are
// found through their sorted index, as a dynamic executable finds its own. The linker puts these in the place of
// libgcc's functions (--wrap).
void __wrap___register_frame_info(const void *tables, void *object) { (void)tables, (void)object; }

void *__wrap___deregister_frame_info(const void *tables) {
    (void)tables;
    return NULL;
}

// libdispatch asks twice at each start how many processors there are, and libc opens, reads and closes a file of sysfs
// each time. How many this process may run on is one system call, and is what libdispatch wants to know.
long __real_sysconf(int name);

long __wrap_sysconf(int name) {
    static long processors;
    if (name != _SC_NPROCESSORS_CONF) return __real_sysconf(name);
    if (processors == 0) {
        cpu_set_t set;
        processors = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : __real_sysconf(name);
    }
    return processors;
}

// In the place of the standard library's, where nothing reads the names of Unicode's scalars: archive.py looks.
long __wrap__swift_stdlib_getScalarName(unsigned int scalar, unsigned char *name, long capacity) {
    (void)scalar, (void)name, (void)capacity;
    return 0;
}
