// A message for a queue or a topic, and its size as SQS and SNS count it.

internal import JSONScanning

/// A message that is sent in a batch, by ``SQSClient/sendMessages(_:to:allowsDuplicates:timeout:)`` or
/// ``SNSClient/publish(_:to:allowsDuplicates:timeout:)``.
///
/// ```swift
/// let message = OutgoingMessage(#"{"id":"o-1"}"#, attributes: ["kind": "order"])
/// for result in await SQSClient().sendMessages([message], to: queueURL) { print(try result.get()) }
/// ```
public struct OutgoingMessage: Sendable, Hashable {
    /// Text. SQS takes the characters that XML 1.0 has.
    public var body: String
    /// Text attributes by their names, ten at most.
    public var attributes: [String: String]
    /// For FIFO queues and topics.
    public var groupID: String?
    /// For FIFO queues and topics. Of two messages with the same ID within five minutes one is delivered.
    public var deduplicationID: String?

    /// Creates a message. A FIFO queue or topic needs a group.
    public init(
        _ body: String,
        attributes: [String: String] = [:],
        groupID: String? = nil,
        deduplicationID: String? = nil
    ) {
        self.body = body
        self.attributes = attributes
        self.groupID = groupID
        self.deduplicationID = deduplicationID
    }

    /// The bytes that count towards the service's limit: the body, and the name, type and value of each attribute.
    public var byteCount: Int {
        attributes.reduce(body.utf8.count) { $0 + $1.key.utf8.count + "String".utf8.count + $1.value.utf8.count }
    }
}

extension RequestJSON {
    /// Text attributes as SQS's JSON protocol has them; none are left out.
    mutating func add(_ name: String, attributes: [String: String]) {
        guard !attributes.isEmpty else { return }
        var list = RequestJSON()
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            var attribute = RequestJSON()
            attribute.add("DataType", "String")
            attribute.add("StringValue", value)
            list.add(name, json: attribute.bytes)
        }
        add(name, json: list.bytes)
    }
}

extension [(String, String)] {
    /// Text attributes as SNS's query protocol has them.
    mutating func append(attributes: [String: String], prefix: String = "") {
        for (index, attribute) in attributes.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = "\(prefix)MessageAttributes.entry.\(index + 1)"
            append(("\(entry).Name", attribute.key))
            append(("\(entry).Value.DataType", "String"))
            append(("\(entry).Value.StringValue", attribute.value))
        }
    }
}
