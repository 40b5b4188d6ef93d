// The clock of Lambda's deadlines: milliseconds since the epoch, as the platform counts them.

internal import SharedState

/// The wall clock, in which the platform states deadlines.
///
/// ```swift
/// let deadline = context.deadline ?? LambdaClock.now.advanced(by: .seconds(3))
/// print(LambdaClock.now.duration(to: deadline))
/// ```
public struct LambdaClock: Clock {
    /// A moment, to the millisecond.
    public struct Instant: InstantProtocol, Codable {
        /// Milliseconds since 1970-01-01T00:00:00Z.
        public let millisecondsSinceEpoch: Int64

        /// Creates a moment, such as one that came with an event.
        public init(millisecondsSinceEpoch: Int64) {
            self.millisecondsSinceEpoch = millisecondsSinceEpoch
        }

        public func advanced(by duration: Duration) -> Instant {
            let (sum, overflow) = millisecondsSinceEpoch.addingReportingOverflow(duration.milliseconds)
            return Instant(millisecondsSinceEpoch: overflow ? (duration < .zero ? .min : .max) : sum)
        }

        public func duration(to other: Instant) -> Duration {
            let (difference, overflow) = other.millisecondsSinceEpoch.subtractingReportingOverflow(
                millisecondsSinceEpoch
            )
            return .milliseconds(overflow ? (self < other ? .max : .min) : difference)
        }

        public static func < (left: Instant, right: Instant) -> Bool {
            left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
        }
    }

    public init() {}

    /// The wall clock's time.
    public var now: Instant { Self.now }
    /// A millisecond, the unit of Lambda's deadlines.
    public var minimumResolution: Duration { .milliseconds(1) }

    /// The moment this is called.
    public static var now: Instant {
        Instant(millisecondsSinceEpoch: SystemClock.millisecondsSinceEpoch)
    }

    /// The moment of the last tick of the system's timer, at most 10 ms ago: for what is asked after every record.
    package static var lastTick: Instant {
        Instant(millisecondsSinceEpoch: SystemClock.millisecondsAtLastTick)
    }

    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await Task.sleep(for: now.duration(to: deadline), tolerance: tolerance)
    }
}

extension Duration {
    /// Whole milliseconds, towards zero, as far as an `Int64` goes.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }
}
