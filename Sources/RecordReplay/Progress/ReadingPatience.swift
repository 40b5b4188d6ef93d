// When a read that failed is tried again, and when it is abandoned.

internal import AWSServices

/// The failures in a row of one segment or shard. The client has tried each call several times by itself already.
struct ReadingPatience: Sendable {
    private let limit: Duration
    private var firstFailure: ContinuousClock.Instant?
    private var failures = 0

    init(_ limit: Duration) { self.limit = limit }

    mutating func succeeded() {
        firstFailure = nil
        failures = 0
    }

    /// - Returns: how long to wait before the next try; nil when there is to be none.
    mutating func pause(after error: AWSError, at now: ContinuousClock.Instant = .now) -> Duration? {
        failures += 1
        let first = firstFailure ?? now
        firstFailure = first
        guard !error.isFinal, now - first < limit else { return nil }
        // Throttling is the table's way to say that it has other work; so wait.
        let base = error.isThrottling ? Duration.seconds(1) : .milliseconds(250)
        return min(base * (1 << min(failures - 1, 6)), .seconds(20)) * Double.random(in: 0.5...1)
    }
}

extension AWSError {
    /// Whether the same request fails again, whenever it is sent.
    var isFinal: Bool {
        isRefusal || code == .resourceNotFound || code == .validation
    }
}
