// Cancels tasks when their time is up, at almost no cost before.

internal import SharedState

/// Watches the deadlines of everything that runs in this process with one sleeping task.
///
/// A timer for each invocation would cost more than many invocations do. Deadlines of successive invocations grow, so
/// the one sleeper usually finds that what it waited for is done, and sleeps until the next deadline.
package final class DeadlineWatch: Sendable {
    package static let shared = DeadlineWatch()

    /// Names a watched task, to end the watch.
    package struct Ticket: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    private struct State {
        var watched: [Ticket: (deadline: LambdaClock.Instant, expire: @Sendable () -> Void)] = [:]
        var nextNumber: UInt64 = 0
        /// When the sleeper wakes; nil while there is none.
        var wakesAt: LambdaClock.Instant?
    }

    private let state = Guarded(State())

    package init() {}

    /// Calls `expire`, once, at `deadline` unless ``end(_:)`` is called before.
    package func begin(_ deadline: LambdaClock.Instant, expire: @escaping @Sendable () -> Void) -> Ticket {
        let (ticket, needsSleeper) = state.withLock { state in
            let ticket = Ticket(number: state.nextNumber)
            state.nextNumber &+= 1
            state.watched[ticket] = (deadline, expire)
            if let wakesAt = state.wakesAt, wakesAt <= deadline { return (ticket, false) }
            state.wakesAt = deadline
            return (ticket, true)
        }
        if needsSleeper { startSleeper(until: deadline) }
        return ticket
    }

    package func end(_ ticket: Ticket) {
        state.withLock { _ = $0.watched.removeValue(forKey: ticket) }
    }

    private func startSleeper(until deadline: LambdaClock.Instant) {
        Task.detached { [self] in
            var next: LambdaClock.Instant? = deadline
            while let wakesAt = next {
                try? await LambdaClock().sleep(until: wakesAt, tolerance: .zero)
                next = expireDue(sleeperOf: wakesAt)
            }
        }
    }

    /// Expires what is due and says when to wake next; nil: nothing is left to wait for, or an earlier sleeper waits.
    private func expireDue(sleeperOf wakesAt: LambdaClock.Instant) -> LambdaClock.Instant? {
        let (due, next) = state.withLock { state in
            let now = LambdaClock.now
            let due = state.watched.filter { $0.value.deadline <= now }
            for ticket in due.keys { state.watched[ticket] = nil }
            // A sleeper for an earlier deadline was started meanwhile and has taken over.
            guard state.wakesAt == wakesAt else { return (due, LambdaClock.Instant?.none) }
            state.wakesAt = state.watched.values.map(\.deadline).min()
            return (due, state.wakesAt)
        }
        for entry in due.values { entry.expire() }
        return next
    }
}
