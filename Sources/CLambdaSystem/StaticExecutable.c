// The program's arguments in a static executable, without the Swift runtime's search for them.

#ifdef STATIC_EXECUTABLE

// The runtime parses /proc/self/maps before `main` to find the stack, and looks for the arguments behind the environment.
// That takes 0.03 ms of a start, and finds nothing once `putenv` has moved the environment. These two take the place of its
// functions, so that the search is not linked. They are weak: where a toolchain needs more of the runtime's own, that is
// linked, and the constructor passes it the arguments.

static char **arguments;
static int argument_count;

__attribute__((weak)) char **_swift_stdlib_getUnsafeArgvArgc(int *count) {
    *count = argument_count;
    return arguments;
}

__attribute__((weak)) void _swift_stdlib_overrideUnsafeArgvArgc(char **values, int count) {
    arguments = values;
    argument_count = count;
}

__attribute__((constructor(101))) static void keep_arguments(int count, char **values) {
    _swift_stdlib_overrideUnsafeArgvArgc(values, count);
}

#endif
