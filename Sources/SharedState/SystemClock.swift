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

    /// Milliseconds since 1970-01-01T00:00:00Z at the last tick of the system's timer, which was at most 10 ms ago
    /// (`CLOCK_REALTIME_COARSE`). Takes 5 ns, and the clock itself 30.
    package static var millisecondsAtLastTick: Int64 {
        #if os(Linux)
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        #else
        return millisecondsSinceEpoch
        #endif
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    package static var millisecondsSinceEpoch: Int64 { microsecondsSinceEpoch / 1000 }

    /// Seconds since 1970-01-01T00:00:00Z.
    package static var secondsSinceEpoch: Int64 { microsecondsSinceEpoch / 1_000_000 }
}
