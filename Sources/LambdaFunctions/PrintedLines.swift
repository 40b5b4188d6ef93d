// Sends printed lines to the log when they are printed.

#if canImport(Glibc)
// `stdout` is a variable to C, which nobody sets.
@preconcurrency internal import Glibc
#elseif canImport(Darwin)
@preconcurrency internal import Darwin
#endif

enum PrintedLines {
    /// C gathers what is printed to a pipe, as a function's output is, until there are 4 KB of it. Lambda kills its
    /// functions, so lines that were printed before a crash, a timeout or the end of the environment would be lost, and
    /// the others would stand behind the invocation that they belong to.
    static func writeAtOnce() { setvbuf(stdout, nil, _IOLBF, 0) }
}
