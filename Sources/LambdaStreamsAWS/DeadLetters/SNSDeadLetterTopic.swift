// Dead letters to an SNS topic, each a message.

public import AWSServices
public import LambdaStreams

/// Publishes each record to a topic as `DeadLetter.json`, with its reason as the attribute `reason`, by which
/// subscriptions can filter.
///
/// SNS takes 256 KiB, less than the images of a large item: such a record fails with ``DeadLetterTooLargeError`` and keeps
/// its shard waiting, unless this sink is only used for items that are known to be small. The function needs
/// `sns:Publish`.
public struct SNSDeadLetterTopic: DeadLetterSink {
    private let topicARN: String
    private let sns: SNSClient

    /// - Parameters:
    ///   - arn: `arn:aws:sns:eu-central-1:123456789012:dead-letters`
    ///   - sns: the client that publishes.
    public init(arn: String, sns: SNSClient = SNSClient()) {
        topicARN = arn
        self.sns = sns
    }

    /// - Throws: ``DeadLetterTooLargeError`` for a record that SNS would not take, or `AWSError`.
    public func accept(_ letter: DeadLetter) async throws {
        let message = try DeadLetterMessage(letter, limit: SNSClient.maximumMessageSize, of: "SNS")
        let isFIFO = topicARN.hasSuffix(".fifo")
        try await sns.publish(
            message.text,
            to: topicARN,
            attributes: message.attributes,
            groupID: isFIFO ? message.groupID : nil,
            deduplicationID: isFIFO ? message.deduplicationID : nil,
            // A record that is kept twice is better than one that is lost.
            allowsDuplicates: true
        )
    }
}
