// What the processor needs to know about a source of batches.

internal import JSONScanning
public import LambdaFunctions

/// An event that is a batch of records, each of which can be reported as failed by its own.
///
/// ```swift
/// struct Lines: BatchSource {
///     let records: [Line]
///
///     init(payload: [UInt8]) {
///         records = payload.split(separator: 0x0A).enumerated().map { Line(number: $0.offset, json: Array($0.element)) }
///     }
///
///     static var checkpoint: BatchCheckpoint { .lowestFailure }
/// }
///
/// struct Line: BatchRecord {
///     typealias Source = Lines
///     let number: Int
///     let json: [UInt8]
///
///     var itemIdentifier: String? { String(number) }
///     var orderingKey: Int? { nil }
///     static var requiresOrderingKey: Bool { false }
///     var identity: RecordIdentity? { nil }
///     var eventID: String? { nil }
///     var creationTime: LambdaClock.Instant? { nil }
/// }
///
/// let processor = BatchProcessor(handler: RawRecordHandler { (line: Line, context) in
///     context.logger.info("line \(line.number)")
/// })
/// ```
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

/// What an event source mapping does with the records that a response names. It decides the defaults of `BatchSettings`.
public enum BatchCheckpoint: Sendable, Hashable {
    /// The mapping delivers the lowest failed record and every later record again, as for streams. The response names the
    /// lowest record that is not done, and a sequential processor stops at the first failure.
    case lowestFailure
    /// The mapping delivers each failed record again and removes the others, as for queues. The response names every record
    /// that is not done, and the processor continues after a failure.
    case eachRecord
}

/// A record of a batch.
///
/// ```swift
/// func label(of record: some BatchRecord) -> String {
///     let written = record.creationTime.map { " of \($0.millisecondsSinceEpoch)" } ?? ""
///     return "record \(record.itemIdentifier ?? "without identifier")\(written), \(record.json.count) bytes"
/// }
/// ```
public protocol BatchRecord: Sendable {
    /// The event that it comes in.
    associatedtype Source: BatchSource where Source.Record == Self
    /// The key whose records stay in order: the item's key, the message group, the partition key.
    associatedtype OrderingKey: Hashable

    /// The name of the record in a response; nil if it cannot be read. The record cannot be reported then.
    var itemIdentifier: String? { get }

    /// Records of one key are to be handled in order.
    var orderingKey: OrderingKey? { get }

    /// Whether ``orderingKey`` can be read; a record may know without reading it.
    var hasOrderingKey: Bool { get }

    /// Whether a record without an ordering key is broken. If not, it follows no other.
    static var requiresOrderingKey: Bool { get }

    /// The record's identity across deliveries: for idempotency keys, the count of failed deliveries and the crash journal.
    var identity: RecordIdentity? { get }

    /// The event's ID in log lines, `eventId`; nil if the source has only the item identifier.
    var eventID: String? { get }

    /// When the record was written, for ages in batch summaries and names of dead letters; nil if the source does not say.
    var creationTime: LambdaClock.Instant? { get }

    /// The bytes of the record, exactly as received.
    var json: [UInt8] { get }
}

extension BatchRecord {
    public var hasOrderingKey: Bool { orderingKey != nil }
}

/// Names a record across deliveries: its source and its identifier there. Compared by their bytes.
///
/// ```swift
/// let processor = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in
///     if let identity = context.record.identity { context.logger.info("\(identity.itemIdentifier) of \(identity.sourceARN)") }
///     try await notify(change)
/// }
/// ```
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
