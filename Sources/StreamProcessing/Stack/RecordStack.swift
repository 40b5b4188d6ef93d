// The stages of a record on its way to its handler, in an order that the package fixes.

internal import LambdaFunctions

/// The stages around the record handler. Modifiers of the processor fill it.
///
/// ```swift
/// let processor = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in try await project(change) }
///     .filtered { $0.eventName != .remove }
///     .deadLettered(after: 5, to: SQSDeadLetterQueue(url: queueURL))
///     .retried(.exponential(attempts: 3))
///     .timed(out: .seconds(10))
/// ```
///
/// The order is fixed:
///
/// | stage | modifier | what it does |
/// |---|---|---|
/// | filter | `filtered(where:)` | skips what is not wanted |
/// | dead letter | `deadLettered(after:to:)` | counts deliveries; keeps the whole record elsewhere, then lets the checkpoint pass it |
/// | crash journal | `BatchSettings.crashJournal` | does not run a record that has crashed the process repeatedly |
/// | last applied | `onlyNewer(using:)` | skips a change of an item that is not newer than the last applied one |
/// | idempotency | `idempotent(using:)` | skips what an earlier delivery has done |
/// | retry | `retried(_:)` | tries again in process, within the remaining time |
/// | time limit | `timed(out:)` | limits one attempt |
/// | custom layers | `layered(_:)`, `observed(by:)`, `traced()` | in the order of writing, the first one outermost |
///
/// A retry never counts as a delivery, a lease that another invocation holds never makes a dead letter, and a record
/// that goes to the dead letters is not marked as done. A modifier that is written twice replaces the earlier one,
/// except for filters and custom layers, which add up.
public struct RecordStack<Record: BatchRecord>: Sendable {
    var filters: [@Sendable (Record) -> Bool] = []
    var deadLetters: DeadLetterPolicy?
    var lastApplied: (any RecordLayer<Record>)?
    var idempotency: (any IdempotencyStage<Record>)?
    var retries: RetryPolicy?
    var timeLimit: Duration?
    var layers: [any RecordLayer<Record>] = []

    init() {}

    /// Whether the records of one item must be handled in their order, whatever order the processor has.
    var needsItemOrder: Bool { lastApplied != nil }

    /// The handler within everything that it goes through.
    ///
    /// - Parameters:
    ///   - needsKeys: whether a record without an ordering key fails.
    ///   - journal: notes which records run.
    func compose(
        around handler: any RecordHandler<Record>,
        needsKeys: Bool = false,
        journal: CrashJournalRun? = nil
    ) -> any RecordHandler<Record> {
        var composed = handler
        func wrap(in layer: (any RecordLayer<Record>)?) {
            guard let layer else { return }
            composed = WrappedRecordHandler(layer: layer, inner: composed)
        }
        for layer in layers.reversed() { wrap(in: layer) }
        wrap(in: timeLimit.map(TimeLimitLayer.init))
        wrap(in: retries.map(RetryLayer.init))
        wrap(in: idempotency)
        wrap(in: lastApplied)
        wrap(in: journal.map(CrashJournalLayer.init))
        if needsKeys, Record.requiresOrderingKey { wrap(in: OrderingKeyLayer()) }
        wrap(in: deadLetters.map { DeadLetterLayer(policy: $0, counter: counter(of: $0)) })
        if !filters.isEmpty { wrap(in: FilterLayer(filters: filters)) }
        return composed
    }

    /// The counter of failed deliveries: the policy's, otherwise the idempotency store's, otherwise this process's.
    private func counter(of policy: DeadLetterPolicy) -> any DeliveryCounter {
        policy.counter ?? idempotency?.deliveryCounter ?? policy.processCounter
    }

    /// Lets the layers that look at whole batches prepare.
    func prepare(_ records: Record.Source.Records, notes: BatchNotes, context: LambdaContext) async {
        for layer in [lastApplied, idempotency].compactMap({ $0 }) + layers {
            await layer.prepare(records, notes: notes, context: context)
        }
    }
}

/// The stage that skips what an earlier delivery has done.
package protocol IdempotencyStage<Record>: RecordLayer {
    /// Counts failed deliveries where every environment of the function sees them; nil where the store does not count.
    var deliveryCounter: (any DeliveryCounter)? { get }
}

/// Skips what no filter wants.
private struct FilterLayer<Record: BatchRecord>: RecordLayer {
    let filters: [@Sendable (Record) -> Bool]

    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws {
        guard filters.allSatisfy({ $0(record) }) else { return context.countSkipped() }
        try await next.handle(record, context: context)
    }
}

/// Fails a record without an ordering key in a batch whose order depends on it.
private struct OrderingKeyLayer<Record: BatchRecord>: RecordLayer {
    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws {
        guard record.hasOrderingKey else { throw OrderingKeyMissing() }
        try await next.handle(record, context: context)
    }
}

/// A record whose item, partition or group cannot be read, in a batch whose order depends on it.
///
/// ```swift
/// // Counts such a record like any other that fails, instead of keeping it as a dead letter at once.
/// let counting = processor.deadLettered(
///     after: 3,
///     to: sink,
///     classifying: { $0 is OrderingKeyMissing ? .record : nil }
/// )
/// ```
public struct OrderingKeyMissing: ClassifiedFailure, Sendable, Hashable, CustomStringConvertible {
    public var failureKind: FailureKind { .permanent }
    public var description: String { "the record's key cannot be read, so it is not known which record it follows" }
}
