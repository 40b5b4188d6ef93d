// The calls to SNS: publishing a message.

internal import HTTPTransfers

/// Amazon SNS, API version 2010-03-31, in its query protocol.
///
/// ```swift
/// let id = try await SNSClient().publish("hello", to: "arn:aws:sns:eu-central-1:123456789012:orders")
/// ```
public struct SNSClient: Sendable {
    /// The most bytes of a message, attributes included ("Amazon SNS endpoints and quotas").
    public static let maximumMessageSize = 256 * 1024

    let aws: AWSClient

    /// Creates a client that sends its requests through `aws`.
    public init(_ aws: AWSClient = .shared) {
        self.aws = aws
    }

    /// Publishes a message to a topic.
    ///
    /// - Parameters:
    ///   - message: ``maximumMessageSize`` at most.
    ///   - topicARN: the topic's ARN.
    ///   - subject: for subscribers by e-mail; up to 100 characters of ASCII.
    ///   - attributes: text attributes by their names, for the filters of subscriptions.
    ///   - groupID: for a FIFO topic.
    ///   - deduplicationID: for a FIFO topic; of two messages with the same within five minutes one is delivered.
    ///   - allowsDuplicates: whether to publish again after a lost reply without a deduplication id, which may deliver
    ///     the message twice. With one, a repetition is harmless and always made.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Returns: the message's id.
    @discardableResult
    public func publish(
        _ message: String,
        to topicARN: String,
        subject: String? = nil,
        attributes: [String: String] = [:],
        groupID: String? = nil,
        deduplicationID: String? = nil,
        allowsDuplicates: Bool = false,
        timeout: Duration? = nil
    ) async throws(AWSError) -> String {
        var form = [("TopicArn", topicARN), ("Message", message)]
        if let subject { form.append(("Subject", subject)) }
        form.append(attributes: attributes)
        if let groupID { form.append(("MessageGroupId", groupID)) }
        if let deduplicationID { form.append(("MessageDeduplicationId", deduplicationID)) }
        let mayBeRepeated = deduplicationID != nil || allowsDuplicates
        return try await send("Publish", form, timeout, mayBeRepeated: mayBeRepeated) {
            reply throws(MalformedReply) in
            guard let id = reply["MessageId"] else { throw MalformedReply("there is no MessageId in it") }
            return id
        }
    }

    func send<Output: Sendable>(
        _ operation: String,
        _ parameters: [(String, String)],
        _ timeout: Duration?,
        mayBeRepeated: Bool,
        read: (XMLText) throws(MalformedReply) -> Output
    ) async throws(AWSError) -> Output {
        let form = [("Action", operation), ("Version", "2010-03-31")] + parameters
        let body = form.map { "\($0.0)=\($0.1.percentEncoded())" }.joined(separator: "&")
        let call = AWSCall(
            service: .sns,
            operation: operation,
            resource: parameters.first { $0.0 == "TopicArn" }?.1 ?? "",
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
            body: Array(body.utf8),
            mayBeRepeated: mayBeRepeated
        )
        return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            try read(XMLText(response.body))
        }
    }
}
