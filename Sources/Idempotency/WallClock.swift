// The clock that decides when records expire.

internal import DynamoDBStreamEvents
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Tells the time in milliseconds since 1970.
///
/// ```swift
/// let fixed = WallClock { 1_800_000_000_000 }
/// let settings = IdempotencySettings(clock: fixed)
/// ```
public struct WallClock: Sendable {
    private let read: @Sendable () -> Int64

    /// - Parameter now: gives milliseconds since 1970.
    public init(now: @escaping @Sendable () -> Int64) {
        read = now
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var now: Int64 { read() }

    /// The machine's clock.
    public static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// A clock that stands still until a test moves it, for tests of expiry and leases.
///
/// ```swift
/// let clock = ManualClock()
/// let once = IdempotentOperations(store: store, settings: IdempotencySettings(clock: clock.clock))
/// ```
public final class ManualClock: Sendable {
    private let milliseconds: Guarded<Int64>

    /// - Parameter now: milliseconds since 1970.
    public init(now: Int64 = 1_800_000_000_000) {
        milliseconds = Guarded(now)
    }

    /// Moves the clock forward.
    public func advance(by duration: Duration) {
        milliseconds.withLock { $0 = $0.later(by: duration) }
    }

    /// The clock as ``IdempotencySettings/clock`` wants it.
    public var clock: WallClock {
        WallClock { [self] in milliseconds.withLock { $0 } }
    }
}

extension Int64 {
    /// This moment in milliseconds since 1970, as a person reads it.
    var iso8601: String {
        let time = EpochTime(seconds: flooredSeconds, nanoseconds: Int32(self % 1000) * 1_000_000)
        return time.iso8601 ?? "\(self) ms since 1970"
    }

    /// This moment in milliseconds and a duration, held within what 64 bits take.
    func later(by duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let milliseconds = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        guard !milliseconds.overflow else { return seconds < 0 ? .min : .max }
        let sum = addingReportingOverflow(milliseconds.partialValue)
        return sum.overflow ? (seconds < 0 ? .min : .max) : sum.partialValue
    }
}
