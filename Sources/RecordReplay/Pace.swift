// A rate that is not exceeded.

internal import SharedState

/// Lets `perSecond` records pass in a second, evenly, whoever asks.
final class Pace: Sendable {
    private let perSecond: Double?
    private let nextFree = Guarded(ContinuousClock.now)

    init(perSecond: Double?) { self.perSecond = perSecond }

    /// Waits for the turn of `count` records.
    func wait(for count: Int) async {
        guard let perSecond, count > 0 else { return }
        let now = ContinuousClock.now
        let turn = nextFree.withLock { free in
            let turn = max(free, now)
            free = turn.advanced(by: .seconds(Double(count) / perSecond))
            return turn
        }
        if turn > now { try? await Task.sleep(until: turn, clock: .continuous) }
    }
}
