// The clock that goes on while the environment is frozen.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

package enum WallClock {
    /// Whole seconds since 1970-01-01T00:00:00Z.
    package static var secondsSinceEpoch: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, within what libcurl takes for a timeout: 1 to a day.
    var curlMilliseconds: Int {
        guard self > .zero else { return 1 }
        guard self < .seconds(86_400) else { return 86_400_000 }
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
