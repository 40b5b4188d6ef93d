// Tells a topic of each order that is placed: once, however often the stream delivers the change.

import LambdaStreamsAWS

/// An item of the table: `{"id": S, "customer": S, "total": N}`.
struct Order: Codable, Sendable {
    let id: String
    let customer: String
    let total: Decimal
}

/// What the function is told by its environment.
struct Configuration {
    let idempotencyTable: String
    let topicARN: String
    let poisonQueueURL: String

    init() throws {
        idempotencyTable = try Self.required("IDEMPOTENCY_TABLE")
        topicARN = try Self.required("ORDERS_PLACED_TOPIC")
        poisonQueueURL = try Self.required("POISON_QUEUE")
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
        let notify = ChangeHandler { (change: ItemChange<Order>, context: RecordContext) in
            guard case .inserted(let order) = change else { return }
            let messageID = try await topic.publish(
                "\(order.customer) placed an order of \(order.total)",
                to: configuration.topicARN,
                attributes: ["orderId": order.id],
                timeout: context.remainingTime
            )
            context.logger.info("told of an order", metadata: ["messageId": "\(messageID)"])
        }
        let once = IdempotentOperations(
            store: DynamoDBIdempotencyStore(table: configuration.idempotencyTable, countsAttempts: true)
        )
        // The capture lies inside: that the idempotency table cannot be reached is no fault of a record.
        let handler =
            notify
            .filtered { $0.eventName == .insert }
            .idempotent(using: once)
            .capturingPoison(
                after: 3,
                to: SQSPoisonQueue(url: configuration.poisonQueueURL),
                counting: StoredAttemptCounter(in: once)
            )
            .retried(.exponential(attempts: 3))
        try await LambdaRuntime(BatchProcessor(order: .perKey(maxConcurrency: 16), handler)).run()
    }
}
