// Counts the failed deliveries of a record, because the event does not contain that number.

public import LambdaFunctions
internal import SharedState

/// Counts the failed deliveries of records.
///
/// ```swift
/// actor Counter: DeliveryCounter {
///     private var failures: [RecordIdentity: Int] = [:]
///
///     func countFailure(of record: RecordIdentity, in context: LambdaContext) -> Int {
///         failures[record, default: 0] += 1
///         return failures[record, default: 1]
///     }
///
///     func forget(_ record: RecordIdentity) { failures[record] = nil }
/// }
///
/// let counted = processor.deadLettered(after: 5, to: sink, counting: Counter())
/// ```
public protocol DeliveryCounter: Sendable {
    /// Counts one more failed delivery.
    ///
    /// - Returns: how many there are now, this one included.
    /// - Throws: when it cannot count; the record then fails with its own error and does not go to the dead letters.
    func countFailure(of record: RecordIdentity, in context: LambdaContext) async throws -> Int

    /// Forgets a record that was handled. A record that went to the dead letters is not forgotten: if its batch is
    /// delivered again, it must not block the shard a second time.
    func forget(_ record: RecordIdentity) async
}

/// Counts in the memory of this process. The count is exact while one environment sees all deliveries of a shard, which
/// is the usual case. A new environment counts from one.
///
/// ```swift
/// let counter = InMemoryDeliveryCounter(capacity: 1_000)
/// let counted = processor.deadLettered(after: 5, to: sink, counting: counter)
/// ```
public final class InMemoryDeliveryCounter: DeliveryCounter {
    private struct State {
        var counts: [RecordIdentity: Int] = [:]
        var order: [RecordIdentity] = []
    }

    private let state = Guarded(State())
    private let capacity: Int

    /// - Parameter capacity: the number of failing records that are remembered. Beyond it, the oldest is forgotten.
    public init(capacity: Int = 10_000) {
        self.capacity = max(1, capacity)
    }

    public func countFailure(of record: RecordIdentity, in context: LambdaContext) -> Int {
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
