// Publishes each order that is placed to a topic: once, however often the stream delivers the change.

import LambdaStreamsAWS

/// An item of the table: `{"id": S, "customer": S, "total": N}`.
struct Order: Codable, Sendable {
    let id: String
    let customer: String
    let total: Decimal
}

/// What the function reads from its environment.
struct Configuration {
    let idempotencyTable: String
    let topicARN: String
    let deadLetterQueueURL: String

    init() throws {
        idempotencyTable = try Self.required("IDEMPOTENCY_TABLE")
        topicARN = try Self.required("ORDERS_PLACED_TOPIC")
        deadLetterQueueURL = try Self.required("DEAD_LETTER_QUEUE")
    }

    private static func required(_ name: String) throws -> String {
        guard let value = AWSEnvironment.process[name], !value.isEmpty else { throw VariableMissing(name: name) }
        return value
    }
}

struct VariableMissing: Error, CustomStringConvertible {
    let name: String
    var description: String { "the environment variable \(name) is not set" }
}

@main
struct IdempotentNotifier {
    static func main() async throws {
        let configuration = try Configuration()
        let topic = SNSClient()
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 16)) {
            (change: ItemChange<Order>, context: RecordContext) in
            guard case .inserted(let order) = change else { return }
            let messageID = try await topic.publish(
                "\(order.customer) placed an order of \(order.total)",
                to: configuration.topicARN,
                attributes: ["orderId": order.id],
                timeout: context.remainingTime
            )
            context.logger.info("published an order", metadata: ["messageId": "\(messageID)"])
        }
        .filtered { $0.eventName == .insert }
        .deadLettered(after: 3, to: SQSDeadLetterQueue(url: configuration.deadLetterQueueURL))
        .idempotent(using: DynamoDBIdempotencyStore(table: configuration.idempotencyTable))
        .retried(.exponential(attempts: 3))
        try await LambdaRuntime(processor).run()
    }
}
