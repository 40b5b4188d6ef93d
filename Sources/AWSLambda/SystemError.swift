// `errno`, by the C function behind it.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What the last system call of this thread failed with.
///
/// Glibc's overlay has `errno` in one object with every function of `<math.h>`, 30 KB of each function.
var systemError: Int32 {
    #if canImport(Darwin)
    __error().pointee
    #else
    __errno_location().pointee
    #endif
}
