// Publishes each order that is placed to a topic: once, however often the stream delivers the change.

import LambdaStreamsAWS

/// An item of the table: `{"id": S, "customer": S, "total": N}`.
struct Order: Codable, Sendable {
    let id: String
    let customer: String
    let total: Decimal
}

/// The topic of placed orders.
struct Topic: Sendable {
    let arn: String
    let sns: SNSClient

    /// - Returns: the message's ID.
    func announce(_ order: Order, within time: Duration) async throws -> String {
        try await sns.publish(
            "\(order.customer) placed an order of \(order.total)",
            to: arn,
            attributes: ["orderId": order.id],
            timeout: time
        )
    }
}

@main
struct IdempotentNotifier {
    static func main() async throws {
        let variables = AWSEnvironment.process
        let topic = Topic(arn: try variables.required("ORDERS_PLACED_TOPIC"), sns: SNSClient())
        let store = DynamoDBIdempotencyStore(table: try variables.required("IDEMPOTENCY_TABLE"))
        // Without a bucket, a record that is too large for a message fails until Lambda discards it.
        let deadLetters = SQSDeadLetterQueue(
            url: try variables.required("DEAD_LETTER_QUEUE"),
            largeRecordsTo: variables["DEAD_LETTER_BUCKET"].map { S3DeadLetterBucket($0) }
        )
        try await LambdaRuntime(processor(topic, store, deadLetters)).run()
    }

    static func processor(
        _ topic: Topic,
        _ store: some IdempotencyStore,
        _ deadLetters: some DeadLetterSink
    ) -> BatchProcessor<StreamRecord> {
        BatchProcessor(order: .perKey(maxConcurrency: 16)) { (change: ItemChange<Order>, context: RecordContext) in
            guard case .inserted(let order) = change else { return }
            let messageID = try await topic.announce(order, within: context.remainingTime)
            context.logger.info("published an order", metadata: ["messageId": "\(messageID)"])
        }
        .filtered { $0.eventName == .insert }
        .deadLettered(after: 3, to: deadLetters)
        .idempotent(using: store)
        .retried(.exponential(attempts: 3))
    }
}
