// The calls to SQS: sending, receiving and deleting a message, and changing its visibility.

internal import HTTPTransfers
internal import JSONScanning

/// Amazon SQS, API version 2012-11-05, in its JSON protocol. A queue is named by its URL.
///
/// ```swift
/// let id = try await SQSClient().sendMessage("hello", to: queueURL)
/// ```
public struct SQSClient: Sendable {
    /// The most bytes of a message, body and attributes together ("Amazon SQS message quotas").
    public static let maximumMessageSize = 1024 * 1024

    let aws: AWSClient

    /// Creates a client that sends its requests through `aws`.
    public init(_ aws: AWSClient = .shared) {
        self.aws = aws
    }

    /// Sends a message.
    ///
    /// - Parameters:
    ///   - body: text of the characters that XML 1.0 has, ``maximumMessageSize`` at most.
    ///   - queueURL: the queue's URL.
    ///   - attributes: text attributes by their names, ten at most.
    ///   - delay: up to 15 minutes, in whole seconds; not for a FIFO queue.
    ///   - groupID: for a FIFO queue.
    ///   - deduplicationID: for a FIFO queue; of two messages with the same within five minutes one is delivered.
    ///   - allowsDuplicates: whether to send again after a lost reply without a deduplication id, which may leave two
    ///     messages in the queue. With one, a repetition is harmless and always made.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Returns: the message's id.
    @discardableResult
    public func sendMessage(
        _ body: String,
        to queueURL: String,
        attributes: [String: String] = [:],
        delay: Duration? = nil,
        groupID: String? = nil,
        deduplicationID: String? = nil,
        allowsDuplicates: Bool = false,
        timeout: Duration? = nil
    ) async throws(AWSError) -> String {
        var json = RequestJSON()
        json.add("QueueUrl", resource: queueURL)
        json.add("MessageBody", body)
        json.add("DelaySeconds", delay.map { Int(clamping: $0.components.seconds) })
        json.add("MessageAttributes", attributes: attributes)
        json.add("MessageGroupId", groupID)
        json.add("MessageDeduplicationId", deduplicationID)
        let mayBeRepeated = deduplicationID != nil || allowsDuplicates
        return try await send("SendMessage", json, timeout, mayBeRepeated: mayBeRepeated) {
            reply throws(MalformedReply) in
            guard let id = reply.text("MessageId") else { throw MalformedReply("there is no MessageId in it") }
            return id
        }
    }

    /// Receives messages, and hides them from other receivers for a while.
    ///
    /// A repetition is harmless: messages of a lost reply are delivered again when they are visible again.
    ///
    /// - Parameters:
    ///   - queueURL: the queue's URL.
    ///   - limit: 1 to 10.
    ///   - wait: how long SQS waits for a message, up to 20 seconds.
    ///   - visibilityTimeout: how long they stay hidden, up to 12 hours; the queue's own when nil.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Returns: the messages; empty if none came.
    public func receiveMessages(
        from queueURL: String,
        limit: Int = 10,
        wait: Duration = .zero,
        visibilityTimeout: Duration? = nil,
        timeout: Duration? = nil
    ) async throws(AWSError) -> [ReceivedMessage] {
        var json = RequestJSON()
        json.add("QueueUrl", resource: queueURL)
        json.add("MaxNumberOfMessages", limit)
        json.add("WaitTimeSeconds", Int(clamping: wait.components.seconds))
        json.add("VisibilityTimeout", visibilityTimeout.map { Int(clamping: $0.components.seconds) })
        json.add("MessageSystemAttributeNames", list: [Array(#""All""#.utf8)])
        json.add("MessageAttributeNames", list: [Array(#""All""#.utf8)])
        let attempt = Duration.seconds(10) + max(.zero, min(wait, .seconds(20)))
        return try await send("ReceiveMessage", json, timeout, attemptTimeout: attempt) {
            reply throws(MalformedReply) in
            try reply.all("Messages", ReceivedMessage.init)
        }
    }

    /// Deletes a message that was received. A repetition is harmless.
    public func deleteMessage(
        _ receiptHandle: String,
        from queueURL: String,
        timeout: Duration? = nil
    ) async throws(AWSError) {
        var json = RequestJSON()
        json.add("QueueUrl", resource: queueURL)
        json.add("ReceiptHandle", receiptHandle)
        try await sendOnly("DeleteMessage", json, timeout)
    }

    /// Sets how long a message that was received stays hidden from now on: up to 12 hours, in whole seconds. A
    /// repetition is harmless.
    public func changeVisibility(
        of receiptHandle: String,
        in queueURL: String,
        to visibilityTimeout: Duration,
        timeout: Duration? = nil
    ) async throws(AWSError) {
        var json = RequestJSON()
        json.add("QueueUrl", resource: queueURL)
        json.add("ReceiptHandle", receiptHandle)
        json.add("VisibilityTimeout", Int(clamping: visibilityTimeout.components.seconds))
        try await sendOnly("ChangeMessageVisibility", json, timeout)
    }

    /// A call whose reply has no content and may be empty.
    private func sendOnly(_ operation: String, _ body: RequestJSON, _ timeout: Duration?) async throws(AWSError) {
        let call = AWSCall.json(.sqs, operation, targetPrefix: "AmazonSQS", body: body)
        try await aws.send(call, timeout: timeout) { _ in }
    }

    func send<Output: Sendable>(
        _ operation: String,
        _ body: RequestJSON,
        _ timeout: Duration?,
        attemptTimeout: Duration = .seconds(10),
        mayBeRepeated: Bool = true,
        read: (JSONNode) throws(MalformedReply) -> Output
    ) async throws(AWSError) -> Output {
        var call = AWSCall.json(.sqs, operation, targetPrefix: "AmazonSQS", body: body)
        call.attemptTimeout = attemptTimeout
        call.mayBeRepeated = mayBeRepeated
        return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            try read(response.jsonObject())
        }
    }
}
