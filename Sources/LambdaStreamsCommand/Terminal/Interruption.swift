// Ctrl-C: the first ends the run in good order, the second at once.

import CLambdaSystem
import Dispatch
import Foundation
import SharedState

final class Interruption: Sendable {
    private struct State: Sendable {
        var count = 0
        var handlers: [@Sendable () -> Void] = []
        var abandonments: [@Sendable () -> Void] = []
    }

    private let state = Guarded(State())

    /// Takes SIGINT and SIGTERM from now on. Before, they end the process, as they should while it waits for input.
    ///
    /// Once for a process. Not by a source of Dispatch, which takes a signal some time after its start: one that comes
    /// between is lost.
    init() {
        let signals = [SIGINT, SIGTERM]
        let watch = watch_signals(signals, Int32(signals.count))
        let isWatching =
            watch >= 0
            && startThread { [self] in
                while true {
                    _ = next_signal(watch)
                    requested()
                }
            } == 0
        // They end the process as before then.
        if !isWatching { for number in signals { signal(number, SIG_DFL) } }
    }

    var isRequested: Bool { state.withLock { $0.count > 0 } }

    /// Called when the first comes; at once when it has come.
    func onRequest(_ handler: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.handlers.append(handler)
            return state.count > 0
        }
        if isLate { handler() }
    }

    /// Called when the second comes, right before the end of this process: functions are in process groups of their
    /// own, so that nobody else ends them.
    func onAbandonment(_ handler: @escaping @Sendable () -> Void) {
        state.withLock { $0.abandonments.append(handler) }
    }

    private func requested() {
        let (count, handlers, abandonments) = state.withLock { state in
            state.count += 1
            return (state.count, state.handlers, state.abandonments)
        }
        if count == 1 {
            // Elsewhere, so that the second signal does not wait for an output that nobody reads.
            DispatchQueue.global().async { for handler in handlers { handler() } }
        } else {
            for abandonment in abandonments { abandonment() }
            _exit(CommandExit.interrupted.rawValue)
        }
    }
}
