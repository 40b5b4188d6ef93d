// How often a record has been tried, over deliveries: the event does not say, so somebody must count.

internal import SharedState

/// Counts the attempts at records across deliveries.
public protocol AttemptCounter: Sendable {
    /// Counts one more failed attempt.
    ///
    /// - Returns: how many there are now, this one included.
    /// - Throws: when it cannot count; the record then fails with its own error and is not captured.
    func countFailure(of record: RecordIdentity) async throws -> Int

    /// Forgets a record that is done or captured.
    func forget(_ record: RecordIdentity) async
}

/// Counts in this process's memory: exact while one environment sees all deliveries of a shard, as it mostly does;
/// a new environment counts from one again.
public final class InMemoryAttemptCounter: AttemptCounter {
    private struct State {
        var counts: [RecordIdentity: Int] = [:]
        var order: [RecordIdentity] = []
    }

    private let state = Guarded(State())
    private let capacity: Int

    /// - Parameter capacity: how many failing records are remembered; beyond it the oldest is forgotten.
    public init(capacity: Int = 10_000) {
        self.capacity = max(1, capacity)
    }

    public func countFailure(of record: RecordIdentity) -> Int {
        state.withLock { state in
            if state.counts[record] == nil {
                if state.order.count >= capacity { state.counts[state.order.removeFirst()] = nil }
                state.order.append(record)
            }
            state.counts[record, default: 0] += 1
            return state.counts[record, default: 1]
        }
    }

    public func forget(_ record: RecordIdentity) {
        state.withLock { state in
            guard state.counts.removeValue(forKey: record) != nil else { return }
            state.order.removeAll { $0 == record }
        }
    }
}
