// A message from a queue.

internal import JSONScanning

/// A message that was received.
///
/// ```swift
/// let queue = SQSClient()
/// for message in try await queue.receiveMessages(from: queueURL) {
///     print(message.body)
///     try await queue.deleteMessage(message.receiptHandle, from: queueURL)
/// }
/// ```
public struct ReceivedMessage: Sendable, Hashable {
    public let id: String
    /// The message's text, at most 1 MiB.
    public let body: String
    /// The handle for ``SQSClient/deleteMessage(_:from:timeout:)``. It is different each time the message is received.
    public let receiptHandle: String
    /// `ApproximateReceiveCount`, `SentTimestamp` and the like.
    public let systemAttributes: [String: String]
    /// The message's text attributes.
    public let attributes: [String: String]

    init?(_ node: JSONNode) {
        guard let id = node.text("MessageId"), let body = node.text("Body"),
            let receiptHandle = node.text("ReceiptHandle")
        else { return nil }
        self.id = id
        self.body = body
        self.receiptHandle = receiptHandle
        systemAttributes = node["Attributes"].map { $0.texts { try? $0.string() } } ?? [:]
        attributes = node["MessageAttributes"].map { $0.texts { $0.text("StringValue") } } ?? [:]
    }
}

extension JSONNode {
    /// The members that have a text, by their names.
    fileprivate func texts(_ text: (JSONNode) -> String?) -> [String: String] {
        Dictionary(
            members.compactMap { member in text(member.value).map { (member.repairedName, $0) } },
            uniquingKeysWith: { first, _ in first }
        )
    }
}
