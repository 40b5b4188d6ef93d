// Messages from an SQS queue, standard or FIFO.

internal import DynamoDBStreamEvents
internal import JSONScanning
public import LambdaFunctions

/// A batch of messages that Lambda received from a queue.
///
/// ```swift
/// let event = try SQSEvent(payload: request.body)
/// for message in event.records { print(message.messageID ?? "no ID", message.body ?? "no body") }
/// ```
///
/// The shape is documented at https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html. The mapping must have
/// `ReportBatchItemFailures`, otherwise a failed message is deleted with the others.
public struct SQSEvent: BatchSource {
    public typealias Record = SQSMessage

    public let records: JSONRecords<SQSMessage>

    public init(payload: [UInt8]) throws {
        records = try JSONRecords(payload, source: "aws:sqs") { SQSMessage($0) }
    }

    /// Lambda deletes every message that is not reported.
    public static var checkpoint: BatchCheckpoint { .eachRecord }
}

/// A message, as a view into the event.
///
/// ```swift
/// let processor = BatchProcessor { (message: SQSMessage, context: RecordContext) in
///     try await notify(message.decodeBody(as: Order.self))
/// }
/// ```
public struct SQSMessage: BatchRecord {
    public typealias Source = SQSEvent

    private let node: JSONNode

    init(_ node: JSONNode) {
        self.node = node
    }

    /// The message's identifier, by which a failure is reported.
    public var messageID: String? { node["messageId"]?.text }
    /// The handle of this delivery, for `DeleteMessage` and `ChangeMessageVisibility`.
    public var receiptHandle: String? { node["receiptHandle"]?.text }
    /// The message's text.
    public var body: String? { node["body"]?.text }
    /// The queue's ARN.
    public var eventSourceARN: String? { node["eventSourceARN"]?.text }

    /// How often the message was received, this time included.
    public var approximateReceiveCount: Int? { attribute("ApproximateReceiveCount").flatMap { Int($0) } }

    /// The message's group. A FIFO queue delivers the messages of a group in order; a standard queue shares its receivers
    /// fairly between groups ("fair queues") and keeps no order.
    public var messageGroupID: String? { attribute("MessageGroupId") }

    /// Whether the message comes from a FIFO queue: the names of those end in `.fifo`.
    public var isFromFIFOQueue: Bool { eventSourceARN?.hasSuffix(".fifo") ?? false }

    /// The attributes that the sender gave the message, by their names.
    public var messageAttributes: [String: SQSMessageAttribute] {
        guard let members = node["messageAttributes"]?.members else { return [:] }
        var attributes: [String: SQSMessageAttribute] = [:]
        for member in members {
            guard let name = member.name.text, let attribute = SQSMessageAttribute(member.value) else { continue }
            attributes[name] = attribute
        }
        return attributes
    }

    /// The body, decoded from JSON.
    ///
    /// - Throws: ``MessageBodyError``, which sends the message to the dead letters at once: delivered again it is the same.
    public func decodeBody<Body: Decodable>(as type: Body.Type = Body.self) throws(MessageBodyError) -> Body {
        guard let body else { throw MessageBodyError(underlying: nil) }
        do {
            return try AttributeValueDecoder().decodePlainJSON(type, from: Array(body.utf8))
        } catch {
            throw MessageBodyError(underlying: error)
        }
    }

    /// One of the message's system attributes, such as `SentTimestamp`.
    public func attribute(_ name: String) -> String? { node["attributes"]?.member(named: name)?.text }

    /// Nil for an empty id too: the mapping would take it for a failure of the whole batch.
    public var itemIdentifier: String? { messageID.flatMap { $0.isEmpty ? nil : $0 } }
    /// The group, for a message of a FIFO queue.
    public var orderingKey: SQSMessageGroup? { isFromFIFOQueue ? messageGroupID.map(SQSMessageGroup.init) : nil }
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

/// The group of a message of a FIFO queue, compared by its bytes.
///
/// ```swift
/// let event = try SQSEvent(payload: request.body)
/// let groups = Dictionary(grouping: event.records) { $0.orderingKey }
/// for messages in groups.values { print(messages.first?.messageGroupID ?? "no group", messages.count) }
/// ```
public struct SQSMessageGroup: Sendable, Hashable {
    private let id: ExactText

    init(_ id: String) {
        self.id = ExactText(id)
    }
}

/// An attribute that the sender gave a message.
///
/// ```swift
/// let processor = BatchProcessor { (message: SQSMessage, context: RecordContext) in
///     guard message.messageAttributes["kind"]?.stringValue == "order" else { return }
///     try await notify(message.decodeBody(as: Order.self))
/// }
/// ```
public struct SQSMessageAttribute: Sendable, Hashable {
    /// `String`, `Number` or `Binary`, with a custom type behind a dot where the sender gave one: `Number.euro`.
    public let dataType: String
    /// The value of a `String` or `Number`.
    public let stringValue: String?
    /// The value of a `Binary`.
    public let binaryValue: [UInt8]?

    init?(_ node: JSONNode) {
        guard let dataType = node["dataType"]?.text else { return nil }
        self.dataType = dataType
        stringValue = node["stringValue"]?.text
        binaryValue = node["binaryValue"]?.text.flatMap { [UInt8](base64: Array($0.utf8)[...]) }
    }
}

/// A message whose body is not what the function decodes it as.
public struct MessageBodyError: ClassifiedFailure, CustomStringConvertible, ContentFreeError {
    /// What is wrong; nil where the message has no body.
    public let underlying: (any Error)?
    /// What was to be decoded.
    var part = "the message's body"

    public var failureKind: FailureKind { .permanent }
    public var description: String {
        underlying.map { "\(part) does not decode: \($0)" } ?? "\(part) is missing"
    }
    public var contentFreeDescription: String {
        underlying.map { "\(part) does not decode: \($0.contentFreeDescription)" } ?? description
    }
}
