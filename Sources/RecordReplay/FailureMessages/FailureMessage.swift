// What an event source mapping says about a batch that it discarded.

public import DynamoDBStreamEvents
public import EventSourceMapping

/// A message to an on-failure destination, as AWS writes it for DynamoDB streams: where the records are, and why they
/// were discarded.
///
/// ```swift
/// guard case .batch(let message) = try FailureDocument(request.body).content else { return }
/// print(message.condition ?? "discarded", message.place)
/// if let payload = message.payload { print("The message contains its \(payload.records.count) records") }
/// ```
///
/// Only what a redrive needs must be there: the stream, the shard, and either the first and the last sequence number or
/// the event itself. See https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
public struct FailureMessage: Sendable {
    /// The request id of the batch that failed, which the function's log has too.
    public let requestID: String?
    /// The function, with a version or an alias perhaps. The message of a pipe has none.
    public let functionARN: String?
    /// `RetryAttemptsExhausted` or `RecordAgeExceeded`.
    public let condition: String?
    /// When the message was made.
    public let timestamp: MappingInstant?
    /// The ARN of the stream that has the records.
    public let streamARN: String
    /// The shard that has the records.
    public let shardID: String
    /// The records; nil for a window whose last invocation failed.
    public let records: RecordRange?
    /// Whether the records belong to a tumbling window, whose state they are handled with.
    public let window: Window?
    /// The event that could not be delivered, which a bucket receives; nil elsewhere.
    public let payload: Payload?
    /// What an earlier redrive left of the batch; nil when there was none.
    public let redrive: EarlierRedrive?

    /// The place of the records in their shard.
    public struct RecordRange: Hashable, Sendable {
        /// The first record.
        public let start: SequenceNumber
        /// The last record, itself included.
        public let end: SequenceNumber
        /// When the first record was written.
        public let arrivalOfFirst: MappingInstant?
        /// When the last record was written.
        public let arrivalOfLast: MappingInstant?
        /// How many records the batch had after the mapping's filters. Lambda may join the metadata of several failures,
        /// so it is no more than a hint.
        public let batchSize: Int?
    }

    /// The window that a batch belongs to.
    public struct Window: Hashable, Sendable {
        /// `2026-09-17T12:49:00Z`; empty when the message does not say.
        public let start: String
        /// The end of the window; empty when the message does not say.
        public let end: String
        /// Whether the invocation was to close the window.
        public let isFinalInvocation: Bool
    }

    /// An event, and the records in it.
    public struct Payload: Sendable {
        /// The event as JSON.
        public let event: [UInt8]
        public let records: [ReplayRecord]
    }

    /// What a redrive left behind when it put a message back. Its member is `redrive`, which AWS never writes.
    public struct EarlierRedrive: Hashable, Sendable {
        /// Where the first message of the batch came from.
        public let origin: String?
        /// The runs of records that are not done, in their order; none where nothing but a loss is left, and nil where the
        /// message itself says which records are left.
        public let ranges: [ClosedRange<SequenceNumber>]?
        /// Records that an earlier redrive could not bring back.
        public let loss: ReplayLoss?
    }
}

extension FailureMessage {
    /// For people: `100 to 200 in shardId-1 of arn:aws:dynamodb:…`, without the numbers where the message has none.
    public var place: String {
        guard let records else { return "\(shardID) of \(streamARN)" }
        return "\(records.start) to \(records.end) in \(shardID) of \(streamARN)"
    }
}
