// The context of a record: the invocation, and the record's place in its batch.

public import LambdaFunctions
public import Logging

/// The place of one record in one invocation.
///
/// A closure names it without its record's type, `context: RecordContext`; a function names both:
/// `func project(_ change: ItemChange<Order>, _ context: RecordContext<StreamRecord>)`.
public struct RecordContext<Record: BatchRecord>: Sendable {
    /// The invocation that delivered the batch.
    public let lambda: LambdaContext
    /// The record as the event has it: its keys, creation time, user identity and sequence number beside the model.
    public let record: Record
    /// The record's place in the batch, from 0.
    public let index: Int
    /// How many records the batch has.
    public let count: Int
    /// Counts the attempts at this record within this invocation, from 1.
    public internal(set) var attempt = 1
    let tally: BatchTally?

    init(lambda: LambdaContext, record: Record, index: Int, count: Int, tally: BatchTally?) {
        self.lambda = lambda
        self.record = record
        self.index = index
        self.count = count
        self.tally = tally
    }

    /// A custom context, for tests.
    package init(lambda: LambdaContext, record: Record, index: Int, count: Int) {
        self.init(lambda: lambda, record: record, index: index, count: count, tally: nil)
    }

    /// The name of the record in a response: the sequence number or the message id.
    public var itemIdentifier: String? { record.itemIdentifier }

    /// The record's event id, the same in every delivery of it. Messages of a queue have none.
    public var eventID: String? { record.eventID }

    /// The time left before the platform ends the invocation.
    public var remainingTime: Duration { lambda.remainingTime }

    /// A logger whose lines carry the request id, the event id and the sequence number (for a queue, the message id).
    /// It is created when it is first used.
    public var logger: Logger {
        var logger = lambda.logger
        if let eventID { logger[metadataKey: "eventId"] = .string(eventID) }
        if let itemIdentifier { logger[metadataKey: "itemIdentifier"] = .string(itemIdentifier) }
        return logger
    }
}
