// Linked into every static bootstrap. Runs before the Swift runtime.
#include <stdlib.h>

// The Swift runtime searches for its backtracer at startup: next to the executable, then in seven folders. It does not
// search if it knows the path. A function that is deployed with a backtracer sets the variable itself.
__attribute__((constructor(101))) static void name_backtracer(void) {
    static char root[] = "SWIFT_ROOT=/var/task";
    static char backtracer[] = "SWIFT_BACKTRACE=enable=no,swift-backtrace=/var/task/swift-backtrace";
    if (getenv("SWIFT_ROOT") == NULL) putenv(root);
    if (getenv("SWIFT_BACKTRACE") == NULL) putenv(backtracer);
}

// The startup code of a static executable registers its unwind tables, and the first unwinding sorts them. An async main
// unwinds when it gives up its thread: at the first suspension of a handler, or at the start with concurrent invocations.
// Unregistered tables are found through their sorted index, as in a dynamic executable. The linker replaces libgcc's
// functions with these (--wrap).
void __wrap___register_frame_info(const void *tables, void *object) { (void)tables, (void)object; }

void *__wrap___deregister_frame_info(const void *tables) {
    (void)tables;
    return NULL;
}
