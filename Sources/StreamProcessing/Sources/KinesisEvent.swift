// Records from a Kinesis data stream.

internal import DynamoDBStreamEvents
internal import JSONScanning
public import LambdaFunctions

/// A batch of records that Lambda read from a shard of a Kinesis stream.
///
/// ```swift
/// let event = try KinesisEvent(payload: request.body)
/// for record in event.records { print(record.partitionKey ?? "no key", record.data?.count ?? 0) }
/// ```
///
/// The shape is documented at https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html.
public struct KinesisEvent: BatchSource {
    public typealias Record = KinesisRecord

    public let records: JSONRecords<KinesisRecord>

    public init(payload: [UInt8]) throws {
        records = try JSONRecords(payload, source: "aws:kinesis") { KinesisRecord($0) }
    }

    public static var checkpoint: BatchCheckpoint { .lowestFailure }
}

/// A record, as a view into the event.
///
/// ```swift
/// let processor = BatchProcessor { (record: KinesisRecord, context: RecordContext) in
///     try await notify(record.decodeData(as: Order.self))
/// }
/// ```
public struct KinesisRecord: BatchRecord {
    public typealias Source = KinesisEvent

    private let node: JSONNode

    init(_ node: JSONNode) {
        self.node = node
    }

    /// The key that decides the record's shard.
    public var partitionKey: String? { node["kinesis"]?["partitionKey"]?.text }
    /// The record's place in its shard.
    public var sequenceNumber: String? { node["kinesis"]?["sequenceNumber"]?.text }
    /// The stream's ARN.
    public var eventSourceARN: String? { node["eventSourceARN"]?.text }
    public var eventID: String? { node["eventID"]?.text }

    /// The record's data; nil when it is not base64.
    public var data: [UInt8]? { node["kinesis"]?["data"]?.text.flatMap { [UInt8](base64: Array($0.utf8)[...]) } }

    /// The data, decoded from JSON.
    ///
    /// - Throws: ``MessageBodyError``, which sends the record to the dead letters at once: delivered again it is the same.
    public func decodeData<Body: Decodable>(as type: Body.Type = Body.self) throws(MessageBodyError) -> Body {
        let part = "the record's data"
        guard let data else { throw MessageBodyError(underlying: nil, part: part) }
        do {
            return try AttributeValueDecoder().decodePlainJSON(type, from: data)
        } catch {
            throw MessageBodyError(underlying: error, part: part)
        }
    }

    /// When the stream took the record, in seconds since the epoch.
    public var approximateArrivalTimestamp: Double? {
        node["kinesis"]?["approximateArrivalTimestamp"]?.numberText.flatMap { Double($0) }
    }

    /// Nil for an empty sequence number too: the mapping would take it for a failure of the whole batch.
    public var itemIdentifier: String? { sequenceNumber.flatMap { $0.isEmpty ? nil : $0 } }
    public var orderingKey: KinesisPartition? { partitionKey.map(KinesisPartition.init) }
    public static var requiresOrderingKey: Bool { true }
    public var identity: RecordIdentity? {
        itemIdentifier.map {
            RecordIdentity(sourceARN: eventSourceARN ?? "", itemIdentifier: $0, eventID: eventID)
        }
    }
    public var creationTime: LambdaClock.Instant? {
        approximateArrivalTimestamp.flatMap { Int64(exactly: ($0 * 1000).rounded()) }
            .map { LambdaClock.Instant(millisecondsSinceEpoch: $0) }
    }
    public var json: [UInt8] { [UInt8](node.jsonText) }
}

/// The partition of a record, compared by the bytes of its key.
///
/// ```swift
/// let event = try KinesisEvent(payload: request.body)
/// let partitions = Dictionary(grouping: event.records) { $0.orderingKey }
/// for records in partitions.values { print(records.first?.partitionKey ?? "no key", records.count) }
/// ```
public struct KinesisPartition: Sendable, Hashable {
    private let key: ExactText

    init(_ key: String) {
        self.key = ExactText(key)
    }
}
