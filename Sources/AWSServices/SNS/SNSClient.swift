// The call to SNS: publishing a message.

internal import HTTPTransfers

/// Amazon SNS, API version 2010-03-31, in its query protocol.
public struct SNSClient: Sendable {
    /// The most bytes of a message, attributes included ("Amazon SNS endpoints and quotas").
    public static let maximumMessageSize = 256 * 1024

    private let aws: AWSClient

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
        var form = [
            ("Action", "Publish"), ("Version", "2010-03-31"), ("TopicArn", topicARN), ("Message", message),
        ]
        if let subject { form.append(("Subject", subject)) }
        for (index, attribute) in attributes.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = "MessageAttributes.entry.\(index + 1)"
            form.append(("\(entry).Name", attribute.key))
            form.append(("\(entry).Value.DataType", "String"))
            form.append(("\(entry).Value.StringValue", attribute.value))
        }
        if let groupID { form.append(("MessageGroupId", groupID)) }
        if let deduplicationID { form.append(("MessageDeduplicationId", deduplicationID)) }
        let body = form.map { "\($0.0)=\($0.1.percentEncoded())" }.joined(separator: "&")
        let call = AWSCall(
            service: .sns,
            operation: "Publish",
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
            body: Array(body.utf8),
            mayBeRepeated: deduplicationID != nil || allowsDuplicates
        )
        return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            guard let id = XMLText(response.body)["MessageId"] else {
                throw MalformedReply("there is no MessageId in it")
            }
            return id
        }
    }
}
