// Dead letters in an SQS queue, each a message.

public import AWSServices
public import LambdaStreams

/// Sends each record to a queue as `DeadLetter.json`, with its reason as the attribute `reason`.
///
/// A record that goes there twice, because the reply to the first message was lost, is two messages. In a FIFO queue
/// (its URL ends in `.fifo`) it is one, and the records of one source come in their order. The function needs
/// `sqs:SendMessage`.
public struct SQSDeadLetterQueue: DeadLetterSink {
    private let queueURL: String
    private let sqs: SQSClient

    /// - Parameters:
    ///   - url: `https://sqs.eu-central-1.amazonaws.com/123456789012/dead-letters`
    ///   - sqs: the client that sends.
    public init(url: String, sqs: SQSClient = SQSClient()) {
        queueURL = url
        self.sqs = sqs
    }

    /// - Throws: ``DeadLetterTooLargeError`` for a record that SQS would not take, or `AWSError`.
    public func accept(_ letter: DeadLetter) async throws {
        let message = try DeadLetterMessage(letter, limit: SQSClient.maximumMessageSize, of: "SQS")
        let isFIFO = queueURL.hasSuffix(".fifo")
        try await sqs.sendMessage(
            message.text,
            to: queueURL,
            attributes: message.attributes,
            groupID: isFIFO ? message.groupID : nil,
            deduplicationID: isFIFO ? message.deduplicationID : nil,
            // A record that is kept twice is better than one that is lost.
            allowsDuplicates: true
        )
    }
}
