// What a message, an object or a line of a file says about records that were not handled, whatever it is wrapped in.

public import EventSourceMapping
internal import JSONScanning

/// A document about records that were not handled.
///
/// ```swift
/// for message in try await SQSClient().receiveMessages(from: queueURL) {
///     switch try FailureDocument(Array(message.body.utf8)).content {
///     case .batch(let failure): print("discarded: \(failure.place)")
///     case .deadLetter(let record): print("a dead letter of record \(record.sequenceNumber)")
///     default: print("something else")
///     }
/// }
/// ```
///
/// Every form is recognized by what it contains: SNS notifications, the events in which Lambda delivers queues and
/// topics, what the AWS CLI prints of a queue, EventBridge's events and S3's notifications may be around it.
public struct FailureDocument: Sendable {
    /// What a document says, apart from what it was wrapped in.
    public enum Content: Sendable {
        /// A batch that a mapping or a pipe discarded.
        case batch(FailureMessage)
        /// A dead letter of this package: one record.
        case deadLetter(ReplayRecord)
        /// The records themselves: an event, the output of GetRecords, or one record.
        case records([ReplayRecord])
        /// Objects of a bucket, each of which holds a document: those of a notification of S3, or the dead letter whose
        /// record was too large for a message.
        case objects([ObjectPlace])
        /// Several documents, each complete, such as the messages that `aws sqs receive-message` prints.
        case documents([[UInt8]])
        /// S3's test message, which it sends when notifications are configured. It has no records.
        case testNotification
    }

    /// What the document says.
    public let content: Content
    /// The document itself, without what it was wrapped in.
    public let bytes: [UInt8]
    /// What it was wrapped in.
    let envelope: MessageEnvelope

    /// More bytes than an event of 6 MB has when it is escaped twice.
    public static let maximumByteCount = 64 * 1024 * 1024
    /// An SNS notification in an SQS message in a file is two.
    static let maximumEnvelopeCount = 4

    /// - Parameters:
    ///   - bytes: JSON, of at most ``maximumByteCount`` bytes.
    ///   - streamARN: what a record that does not say which stream it is of receives.
    public init(
        _ bytes: [UInt8],
        streamARN: String = EventSourceMappingConfiguration.exampleStream
    ) throws(FailureMessageError) {
        var envelope = MessageEnvelope()
        var bytes = bytes
        var place = ""
        while true {
            let root = try Self.parse(bytes, in: place).root
            if let wrapped = try MessageEnvelope.Wrapped(root, in: place) {
                guard envelope.count < Self.maximumEnvelopeCount else {
                    throw FailureMessageError(.tooManyEnvelopes, in: place)
                }
                envelope.add(wrapped)
                bytes = wrapped.document
                place = place.isEmpty ? wrapped.member : "\(place).\(wrapped.member)"
                continue
            }
            content = try Self.content(root, streamARN: streamARN, in: place)
            self.bytes = bytes
            self.envelope = envelope
            return
        }
    }

    static func parse(_ bytes: [UInt8], in place: String) throws(FailureMessageError) -> JSONDocument {
        let limit = maximumByteCount
        guard bytes.count <= limit else {
            throw FailureMessageError(.tooLarge(byteCount: bytes.count, limit: limit), in: place)
        }
        do throws(JSONError) {
            return try JSONDocument(bytes, limits: JSONLimits(maximumDepth: 256))
        } catch {
            throw FailureMessageError(.notJSON(error), in: place)
        }
    }

    private static func content(
        _ root: JSONNode,
        streamARN: String,
        in place: String
    ) throws(FailureMessageError) -> Content {
        guard root.kind == .object else { throw FailureMessageError(.unknownForm(found: root.summary), in: place) }
        if root["DDBStreamBatchInfo"] != nil || root["KinesisBatchInfo"] != nil || root["requestContext"] != nil {
            return .batch(try FailureMessage(root, in: place))
        }
        if root["recordLocation"] != nil, root["deadLetteredAt"] != nil {
            return .objects([try ObjectPlace(ofRecordIn: root, in: place)])
        }
        if let record = root["record"], root["deadLetteredAt"] != nil || root["reason"] != nil {
            return .deadLetter(try deadLetter(root, record, streamARN: streamARN, in: place))
        }
        if root["dynamodb"] != nil { return .records([try Self.record(root, 0, streamARN: streamARN, in: place)]) }
        if let objects = try ObjectPlace.all(in: root, place) { return .objects(objects) }
        if let documents = try MessageEnvelope.several(root, in: place) { return .documents(documents) }
        if let list = root["Records"], list.kind == .array {
            return .records(try records(list, streamARN: streamARN, in: place))
        }
        if root["Event"]?.isString("s3:TestEvent") == true { return .testNotification }
        throw FailureMessageError(.unknownForm(found: root.summary), in: place)
    }

    /// `record` of a dead letter. See `DeadLetter.json`.
    private static func deadLetter(
        _ root: JSONNode,
        _ record: JSONNode,
        streamARN: String,
        in place: String
    ) throws(FailureMessageError) -> ReplayRecord {
        if let version = try MemberReader(root, in: place).text("version"), version != "1", !version.hasPrefix("1.") {
            throw FailureMessageError(.unknownVersion(String(version.prefix(20))), in: place)
        }
        return try Self.record(record, 0, streamARN: streamARN, in: place.isEmpty ? "record" : "\(place).record")
    }

    /// The records of an event.
    static func records(
        _ list: JSONNode,
        streamARN: String,
        in place: String
    ) throws(FailureMessageError) -> [ReplayRecord] {
        var records: [ReplayRecord] = []
        for (position, node) in list.elements.enumerated() {
            records.append(try record(node, position, streamARN: streamARN, in: place))
        }
        guard !records.isEmpty else { throw FailureMessageError(.noRecords, in: place) }
        return records
    }

    private static func record(
        _ node: JSONNode,
        _ position: Int,
        streamARN: String,
        in place: String
    ) throws(FailureMessageError) -> ReplayRecord {
        if let source = node.memberText("eventSource"), source != "aws:dynamodb" {
            throw FailureMessageError(.foreignRecord(source: String(source.prefix(60))), in: place)
        }
        do throws(ReplayRecordError) {
            return try ReplayRecord(node, streamARN: streamARN)
        } catch {
            throw FailureMessageError(.record(position: position, error), in: place)
        }
    }
}
