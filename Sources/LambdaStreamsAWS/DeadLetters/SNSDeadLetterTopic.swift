// Dead letters to an SNS topic, each a message.

public import AWSServices
public import LambdaStreams

/// Publishes each record to a topic as `DeadLetter.json`, with its reason as the attribute `reason`, by which
/// subscriptions can filter.
///
/// SNS takes 256 KiB, less than the images of a large item. A larger record goes to the bucket, and the message is a
/// pointer to it (`DeadLetter.json(recordAt:)`). Without a bucket it fails with ``DeadLetterTooLargeError`` and keeps its
/// shard waiting.
///
/// Records that fail at the same time go in batches of ten. The function needs `sns:Publish`.
///
/// ```swift
/// let sink = SNSDeadLetterTopic(arn: "arn:aws:sns:eu-central-1:123456789012:dead-orders")
/// let kept = processor.deadLettered(after: 5, to: sink)
/// ```
public struct SNSDeadLetterTopic: DeadLetterSink {
    private let messages: DeadLetterMessages

    /// - Parameters:
    ///   - arn: `arn:aws:sns:eu-central-1:123456789012:dead-letters`
    ///   - bucket: where records go that are too large for a message.
    ///   - sns: the client that publishes.
    public init(arn: String, largeRecordsTo bucket: S3DeadLetterBucket? = nil, sns: SNSClient = SNSClient()) {
        let limit = SizeLimit(service: "SNS", byteCount: SNSClient.maximumMessageSize, bucket: bucket)
        messages = DeadLetterMessages(to: arn, limit) { messages, timeout in
            await sns.publish(messages, to: arn, allowsDuplicates: true, timeout: timeout)
        }
    }

    /// - Throws: ``DeadLetterTooLargeError`` for a record that SNS would not take, or `AWSError`.
    public func accept(_ letter: DeadLetter) async throws { try await messages.accept(letter) }
}
