// Ctrl-C: the first ends the run in good order, the second at once.

import Dispatch
import Foundation
import SharedState

final class Interruption: Sendable {
    private struct State: Sendable {
        var count = 0
        var handler: (@Sendable () -> Void)?
    }

    private let state = Guarded(State())
    // Only kept; the sources are set up before anything else sees them.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    /// Takes SIGINT and SIGTERM from now on.
    init() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in requested() }
            source.resume()
            sources.append(source)
        }
    }

    var isRequested: Bool { state.withLock { $0.count > 0 } }

    /// Called once when the first comes; at once when it has come.
    func onRequest(_ handler: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.handler = handler
            return state.count > 0
        }
        if isLate { handler() }
    }

    private func requested() {
        let (count, handler) = state.withLock { state in
            state.count += 1
            return (state.count, state.handler)
        }
        if count > 1 { _exit(130) }
        handler?()
    }
}
