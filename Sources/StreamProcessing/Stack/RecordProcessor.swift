// The modifiers that every processor has.

public import LambdaFunctions

/// A processor of records with a stack around its handler: ``BatchProcessor`` and ``TumblingWindowProcessor``.
///
/// ```swift
/// let processor = BatchProcessor(order: .perKey(maxConcurrency: 16)) { (change: ItemChange<Order>, context) in
///     try await project(change)
/// }
/// .retried(.exponential(attempts: 3))
/// .deadLettered(after: 5, to: SQSDeadLetterQueue(url: queueURL))
/// ```
///
/// The order in which you write modifiers has no effect. ``RecordStack`` lists the order in which they run.
public protocol RecordProcessor: LambdaHandler {
    associatedtype Record: BatchRecord

    /// The stages around the handler. Modifiers fill it.
    var stack: RecordStack<Record> { get set }
}

extension RecordProcessor {
    package func settingStack(_ change: (inout RecordStack<Record>) -> Void) -> Self {
        var copy = self
        change(&copy.stack)
        return copy
    }

    /// Handles only the records for which `isWanted` is true. Any other record is done without being handled.
    ///
    /// If the rule can be written as a `FilterCriteria` of the event source mapping, write it there too: a record that
    /// the mapping filters costs no invocation.
    public func filtered(where isWanted: @escaping @Sendable (Record) -> Bool) -> Self {
        settingStack { $0.filters.append(isWanted) }
    }

    /// Tries a record again in process while the policy and the time left allow it. All attempts of one invocation are
    /// one delivery for the dead-letter decision.
    public func retried(_ policy: RetryPolicy) -> Self {
        settingStack { $0.retries = policy }
    }

    /// Cancels one attempt at a record after `limit`, and fails it with ``RecordTimedOut``.
    ///
    /// Cancellation is a request. A handler that does not honor it continues, and the processor waits for it. A handler
    /// that finishes nevertheless has handled its record.
    public func timed(out limit: Duration) -> Self {
        settingStack { $0.timeLimit = limit }
    }

    /// Adds a custom layer, which runs inside those that were added before it.
    public func layered(_ layer: some RecordLayer<Record>) -> Self {
        settingStack { $0.layers.append(layer) }
    }
}
