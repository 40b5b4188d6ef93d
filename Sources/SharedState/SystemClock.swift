// The wall clock, which goes on while the execution environment is frozen.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The system's wall clock. Every module of the package reads it here.
package enum SystemClock {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package static var microsecondsSinceEpoch: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    package static var millisecondsSinceEpoch: Int64 { microsecondsSinceEpoch / 1000 }

    /// Seconds since 1970-01-01T00:00:00Z.
    package static var secondsSinceEpoch: Int64 { microsecondsSinceEpoch / 1_000_000 }
}
