// Linked into every static bootstrap, and run before anything of Swift's.
#include <stdlib.h>

// At its start the Swift runtime looks for its backtracer beside the executable, whose path it takes from /proc; where
// there is no /proc it aborts. Told where to look it does without, and saves a system call.
__attribute__((constructor(101))) static void name_swift_root(void) {
    static char root[] = "SWIFT_ROOT=/var/task";
    if (getenv("SWIFT_ROOT") == NULL) putenv(root);
}
