// A rate that is not exceeded.

internal import SharedState

/// Lets `perSecond` records pass in a second, evenly, whoever asks.
final class Pace: Sendable {
    private let perSecond: Double?
    private let nextFree = Guarded(ContinuousClock.now)

    init(perSecond: Double?) { self.perSecond = perSecond }

    /// When `count` records may go. They have the time until the next ones may from now on.
    func turn(of count: Int) -> ContinuousClock.Instant {
        let now = ContinuousClock.now
        guard let perSecond, count > 0 else { return now }
        return nextFree.withLock { free in
            let turn = max(free, now)
            free = turn.advanced(by: .seconds(Double(count) / perSecond))
            return turn
        }
    }
}
