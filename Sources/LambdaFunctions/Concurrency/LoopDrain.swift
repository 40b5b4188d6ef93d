// The end of loops that still serve: no more events, and time for the responses under way.

internal import CurlTransport
internal import SharedState

/// Lets loops finish what they serve without cancelling it, and says when they have.
final class LoopDrain: Sendable {
    private struct State {
        var interruptions: [ConnectionInterruption] = []
        var runningCount = 0
        var hasBegun = false
    }

    private let state = Guarded(State())

    var hasBegun: Bool { state.withLock { $0.hasBegun } }

    /// A loop begins whose wait for events ends by `interruption`.
    func begin(_ interruption: ConnectionInterruption) {
        let isTooLate = state.withLock { state in
            state.runningCount += 1
            state.interruptions.append(interruption)
            return state.hasBegun
        }
        if isTooLate { interruption.interrupt() }
    }

    /// A loop has ended.
    func end() {
        state.withLock { $0.runningCount -= 1 }
    }

    /// Waits for the end of the process, where the drain has begun: the loops have ended because of it.
    func waitForEndOfProcess() async {
        while hasBegun, !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
    }

    /// Ends every wait for events, and returns when all loops have ended or `limit` has passed.
    func finish(within limit: Duration) async {
        let interruptions = state.withLock { state in
            state.hasBegun = true
            return state.interruptions
        }
        for interruption in interruptions { interruption.interrupt() }
        let end = ContinuousClock.now + limit
        while state.withLock({ $0.runningCount }) > 0, ContinuousClock.now < end {
            // Polled: this happens once in the life of a process.
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}
