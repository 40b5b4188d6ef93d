// Sends printed lines to the log when they are printed.

#if canImport(Glibc)
// `stdout` is a variable to C, which nobody sets.
@preconcurrency internal import Glibc
#elseif canImport(Darwin)
@preconcurrency internal import Darwin
#endif

enum PrintedLines {
    /// C buffers up to 4 KB of what a program prints to a pipe, such as a function's output. Lambda kills its
    /// functions, so lines that were printed before a crash, a timeout or the end of the environment would be lost, and
    /// the others would appear behind a later invocation.
    static func writeAtOnce() { setvbuf(stdout, nil, _IOLBF, 0) }
}
