// When a read that failed is tried again, and when it is abandoned.

internal import AWSServices

/// The failures in a row of one segment or shard. The client has tried each call several times by itself already.
package struct ReadingPatience: Sendable {
    private let limit: Duration
    private let pause: Duration
    private let minimumFailures: Int
    private let outlastsThrottling: Bool
    private var firstFailure: ContinuousClock.Instant?
    private var malformedReplies = 0
    private(set) var failures = 0

    /// A reply that is malformed so often was not damaged on its way.
    private static let maximumMalformedReplies = 3

    /// - Parameters:
    ///   - limit: how long failures may go on.
    ///   - pause: the longest wait after the first failure. It doubles with each further one.
    ///   - minimumFailures: how many there have to be at least: a busy machine is no reason to stop.
    ///   - outlastsThrottling: whether throttling may go on without end.
    package init(
        _ limit: Duration,
        pause: Duration = .milliseconds(250),
        minimumFailures: Int = 1,
        outlastsThrottling: Bool = false
    ) {
        self.limit = limit
        self.pause = pause
        self.minimumFailures = minimumFailures
        self.outlastsThrottling = outlastsThrottling
    }

    mutating func succeeded() {
        firstFailure = nil
        failures = 0
        malformedReplies = 0
    }

    /// - Returns: how long to wait before the next try; nil when there is to be none.
    mutating func pause(after error: AWSError, at now: ContinuousClock.Instant = .now) -> Duration? {
        failures += 1
        if case .malformedReply = error.kind { malformedReplies += 1 }
        guard malformedReplies < Self.maximumMalformedReplies else { return nil }
        let first = firstFailure ?? now
        firstFailure = first
        guard now - first < limit || failures < minimumFailures || outlastsThrottling && error.isThrottling else {
            return nil
        }
        // A throttled table or stream has other work, so it gets more time.
        let base = error.isThrottling ? pause * 4 : pause
        return min(base * (1 << min(failures - 1, 6)), .seconds(20)) * Double.random(in: 0.5...1)
    }
}
