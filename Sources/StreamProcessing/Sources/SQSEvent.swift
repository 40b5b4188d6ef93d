// Messages from an SQS queue, standard or FIFO.

internal import JSONScanning
public import LambdaFunctions

/// A batch of messages that Lambda received from a queue.
///
/// The shape is documented at https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html. The mapping must have
/// `ReportBatchItemFailures`, otherwise a failed message is deleted with the others.
public struct SQSEvent: BatchSource {
    public typealias Record = SQSMessage

    public let records: JSONRecords<SQSMessage>

    public init(payload: [UInt8]) throws {
        records = try JSONRecords(payload, source: "SQS") { SQSMessage($0) }
    }

    /// Lambda deletes every message that is not reported.
    public static var checkpoint: BatchCheckpoint { .eachRecord }
}

/// A message, as a view into the event.
public struct SQSMessage: BatchRecord {
    private let node: JSONNode

    init(_ node: JSONNode) {
        self.node = node
    }

    public var messageID: String? { node["messageId"]?.text }
    public var receiptHandle: String? { node["receiptHandle"]?.text }
    public var body: String? { node["body"]?.text }
    public var eventSourceARN: String? { node["eventSourceARN"]?.text }

    /// How often the message was received, this time included.
    public var approximateReceiveCount: Int? { attribute("ApproximateReceiveCount").flatMap { Int($0) } }

    /// The group whose messages a FIFO queue delivers in order; nil for a standard queue's message.
    public var messageGroupID: String? { attribute("MessageGroupId") }

    /// One of the message's system attributes, such as `SentTimestamp`.
    public func attribute(_ name: String) -> String? { node["attributes"]?.member(named: name)?.text }

    /// Nil for an empty id too: the mapping would take it for a failure of the whole batch.
    public var itemIdentifier: String? { messageID.flatMap { $0.isEmpty ? nil : $0 } }
    public var orderingKey: String? { messageGroupID }
    public static var requiresOrderingKey: Bool { false }
    public var identity: RecordIdentity? {
        itemIdentifier.map { RecordIdentity(sourceARN: eventSourceARN ?? "", itemIdentifier: $0) }
    }
    public var eventID: String? { nil }
    public var creationTime: LambdaClock.Instant? {
        attribute("SentTimestamp").flatMap { Int64($0) }.map { LambdaClock.Instant(millisecondsSinceEpoch: $0) }
    }
    public var json: [UInt8] { [UInt8](node.jsonText) }
}
