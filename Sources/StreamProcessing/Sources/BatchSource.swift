// What the processor needs to know about a source of batches.

internal import JSONScanning
public import LambdaFunctions

/// An event that is a batch of records, each of which can be reported as failed by its own.
///
/// DynamoDB streams (`StreamEvent`), Kinesis streams (``KinesisEvent``) and SQS queues (``SQSEvent``) are sources.
public protocol BatchSource: Sendable {
    associatedtype Record: BatchRecord
    /// The records of an event, in the order of the source.
    associatedtype Records: RandomAccessCollection<Record> & Sendable where Records.Index == Int

    /// Reads an event as Lambda sends it.
    ///
    /// - Throws: if the bytes are not an event of this source. A single record that is malformed is not a reason to
    ///   throw.
    init(payload: [UInt8]) throws

    /// The batch, in the order of the source. Its indices count from 0.
    var records: Records { get }

    /// What the source's mapping makes of reported failures.
    static var checkpoint: BatchCheckpoint { get }
}

/// What an event source mapping does with the records that a response names.
public enum BatchCheckpoint: Sendable, Hashable {
    /// Everything from the lowest one on is delivered again: streams.
    case lowestFailure
    /// Each of them is delivered again, the others are not: queues.
    case eachRecord
}

/// A record of a batch.
public protocol BatchRecord: Sendable {
    /// The event that it comes in.
    associatedtype Source: BatchSource where Source.Record == Self
    /// The key whose records stay in order: the item's key, the message group, the partition key.
    associatedtype OrderingKey: Hashable

    /// What a response names the record by; nil when that cannot be read, so that the record cannot be reported.
    var itemIdentifier: String? { get }

    /// Records of one key are to be handled in order.
    var orderingKey: OrderingKey? { get }

    /// Whether ``orderingKey`` can be read; a record may know without reading it.
    var hasOrderingKey: Bool { get }

    /// Whether a record without an ordering key is broken. If not, it follows no other.
    static var requiresOrderingKey: Bool { get }

    /// The record's identity across deliveries.
    var identity: RecordIdentity? { get }

    /// What log lines call the event; nil when the source has nothing but the item identifier.
    var eventID: String? { get }

    /// When the record was made, as far as its source says.
    var creationTime: LambdaClock.Instant? { get }

    /// The bytes of the record, exactly as received.
    var json: [UInt8] { get }
}

extension BatchRecord {
    public var hasOrderingKey: Bool { orderingKey != nil }
}

/// Names a record across deliveries: its source and its identifier there. Compared by their bytes.
public struct RecordIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The ARN of the stream or queue; empty where the record does not carry it.
    public let sourceARN: String
    /// The sequence number or message id.
    public let itemIdentifier: String
    /// The event id, where the source has one beside the item identifier.
    public let eventID: String?

    /// Creates an identity.
    public init(sourceARN: String, itemIdentifier: String, eventID: String? = nil) {
        self.sourceARN = sourceARN
        self.itemIdentifier = itemIdentifier
        self.eventID = eventID
    }

    public static func == (one: RecordIdentity, two: RecordIdentity) -> Bool {
        one.itemIdentifier.isExactly(two.itemIdentifier) && one.sourceARN.isExactly(two.sourceARN)
            && one.eventID.map(ExactText.init) == two.eventID.map(ExactText.init)
    }

    public func hash(into hasher: inout Hasher) {
        itemIdentifier.hashExactly(into: &hasher)
    }

    public var description: String { "\(itemIdentifier) of \(sourceARN)" }
}
