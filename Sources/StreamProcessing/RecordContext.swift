// The context of a record: the invocation, and the record's place in its batch.

internal import DynamoDBStreamEvents
public import LambdaFunctions
public import Logging

/// The place of one record in one invocation.
///
/// ```swift
/// let processor = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in
///     context.logger.info("record \(context.index + 1) of \(context.count), \(context.remainingTime) left")
///     guard context.record.eventName != .remove else { return }
///     try await notify(change)
/// }
/// ```
///
/// A closure names it without its record's type, `context: RecordContext`; a function names both:
/// `func project(_ change: ItemChange<Order>, _ context: RecordContext<StreamRecord>)`.
public struct RecordContext<Record: BatchRecord>: Sendable {
    /// The record as the event has it: its keys, creation time, user identity and sequence number beside the model.
    public let record: Record
    /// The record's place in the batch, from 0.
    public let index: Int
    /// Counts the attempts at this record within this invocation, from 1.
    public internal(set) var attempt = 1
    let batch: BatchContext

    init(record: Record, index: Int, in batch: BatchContext) {
        self.record = record
        self.index = index
        self.batch = batch
    }

    /// A custom context, for tests.
    package init(lambda: LambdaContext, record: Record, index: Int, count: Int) {
        self.init(record: record, index: index, in: BatchContext(lambda: lambda, count: count, notes: nil))
    }

    /// The invocation that delivered the batch.
    public var lambda: LambdaContext { batch.lambda }

    /// How many records the batch has.
    public var count: Int { batch.count }

    /// The name of the record in a response: the sequence number or the message id.
    public var itemIdentifier: String? { record.itemIdentifier }

    /// The record's event id, the same in every delivery of it. Messages of a queue have none.
    public var eventID: String? { record.eventID }

    /// The time left before the platform ends the invocation.
    public var remainingTime: Duration { lambda.remainingTime }

    /// A logger whose lines carry the request id, the event id and the sequence number (for a queue, the message id).
    /// They are read from the record when a line is written.
    public var logger: Logger {
        // Compiled for the common source as if it were the only one, as `BatchProcessor.process` is.
        @_specialize(where Record == StreamRecord)
        get {
            let logger = lambda.logger
            return Logger(label: logger.label) { _ in RecordLogHandler(logger.handler, record) }
        }
    }
}
