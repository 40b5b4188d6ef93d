// Waiting for a key that another call has: how long, and how often to look.

/// How long a call goes on waiting for another.
package struct Patience {
    private let end: ContinuousClock.Instant
    private var pause = Duration.milliseconds(50)

    package init(_ rule: RunningDuplicateRule, remainingTime: Duration?) {
        let now = ContinuousClock.now
        // Something of the invocation must be left to do the work and to respond in.
        let available = remainingTime.map { $0 - min(.seconds(1), $0 / 10) }
        switch rule {
        case .fail: end = now
        case .waitWithinInvocation: end = now + (available ?? .zero)
        case .wait(let longest): end = now + min(longest, available ?? longest)
        }
    }

    /// The next pause; nil when waiting is over.
    ///
    /// - Parameters:
    ///   - leaseEnd: when the other's lease ends, in milliseconds since 1970: the key is free then, so it is looked at then.
    ///   - now: in milliseconds since 1970.
    package mutating func next(leaseEnd: Int64?, at now: Int64) -> Duration? {
        let left = ContinuousClock.now.duration(to: end)
        guard left > .zero else { return nil }
        defer { pause = min(pause * 2, .seconds(1)) }
        guard let leaseEnd, leaseEnd >= now else { return min(pause, left) }
        let (untilEnd, overflow) = leaseEnd.subtractingReportingOverflow(now)
        return min(pause, left, overflow ? pause : .milliseconds(untilEnd) + .milliseconds(1))
    }
}
