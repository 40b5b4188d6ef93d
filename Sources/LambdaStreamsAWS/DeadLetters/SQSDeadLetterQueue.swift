// Dead letters in an SQS queue, each a message.

public import AWSServices
public import LambdaStreams

/// Sends each record to a queue as `DeadLetter.json`, with its reason as the attribute `reason`.
///
/// SQS takes 1 MiB. A larger record goes to the bucket, and the message is a pointer to it
/// (`DeadLetter.json(recordAt:)`). Without a bucket it fails with ``DeadLetterTooLargeError`` and keeps its shard waiting.
///
/// Records that fail at the same time go in batches of ten. A record that goes there twice, because the reply to the first
/// message was lost, is two messages. In a FIFO queue (its URL ends in `.fifo`) it is one, and the records of one source
/// come in their order. The function needs `sqs:SendMessage`.
///
/// ```swift
/// let sink = SQSDeadLetterQueue(url: queueURL, largeRecordsTo: S3DeadLetterBucket("orders-dead-letters"))
/// let kept = processor.deadLettered(after: 5, to: sink)
/// ```
public struct SQSDeadLetterQueue: DeadLetterSink {
    private let messages: DeadLetterMessages

    /// - Parameters:
    ///   - url: `https://sqs.eu-central-1.amazonaws.com/123456789012/dead-letters`
    ///   - bucket: where records go that are too large for a message.
    ///   - sqs: the client that sends.
    public init(url: String, largeRecordsTo bucket: S3DeadLetterBucket? = nil, sqs: SQSClient = SQSClient()) {
        let limit = SizeLimit(service: "SQS", byteCount: SQSClient.maximumMessageSize, bucket: bucket)
        messages = DeadLetterMessages(to: url, limit) { messages, timeout in
            await sqs.sendMessages(messages, to: url, allowsDuplicates: true, timeout: timeout)
        }
    }

    /// - Throws: ``DeadLetterTooLargeError`` for a record that SQS would not take, or `AWSError`.
    public func accept(_ letter: DeadLetter) async throws { try await messages.accept(letter) }
}
