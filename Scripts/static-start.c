// Linked into every static bootstrap. Runs before the Swift runtime.
#include <stddef.h>

// The Swift runtime looks for the program's arguments behind the environment on the stack, which it finds by parsing
// /proc/self/maps. It finds nothing once `putenv` has moved the environment. The symbol is weak: a toolchain without it
// links as well, and finds the arguments its own way.
__attribute__((weak)) void _swift_stdlib_overrideUnsafeArgvArgc(char **arguments, int count);

__attribute__((constructor(101))) static void pass_arguments(int count, char **arguments) {
    if (_swift_stdlib_overrideUnsafeArgvArgc != NULL) _swift_stdlib_overrideUnsafeArgvArgc(arguments, count);
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
