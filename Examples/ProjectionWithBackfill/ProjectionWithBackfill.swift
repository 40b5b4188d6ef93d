// Keeps the open orders of a table in another table: newer changes only, so that old ones can be sent again at any time.

import LambdaStreamsAWS

/// An item of the table: `{"id": S, "customer": S, "total": N, "status": S}`.
struct Order: Codable, Sendable, Equatable {
    let id: String
    let customer: String
    let total: Decimal
    let status: String

    var isOpen: Bool { status != "CLOSED" }
}

/// The primary key of both tables.
struct OrderKey: Codable, Sendable {
    let id: String
}

/// The table of open orders.
struct Projection: Sendable {
    let table: String
    let dynamoDB: DynamoDBClient

    func apply(_ change: ItemChange<Order>, within time: Duration) async throws {
        switch change {
        case .inserted(let order) where order.isOpen, .modified(_, let order) where order.isOpen:
            let item = try AttributeValueEncoder().encodeItem(order)
            try await dynamoDB.putItem(PutItem(item, into: table), timeout: time)
        case .inserted(let order), .modified(_, let order):
            try await remove(OrderKey(id: order.id), within: time)
        case .removed(_, let keys, _):
            try await remove(keys.decode(OrderKey.self), within: time)
        }
    }

    private func remove(_ key: OrderKey, within time: Duration) async throws {
        try await dynamoDB.deleteItem(DeleteItem(["id": .string(key.id)], from: table), timeout: time)
    }
}

@main
struct ProjectionWithBackfill {
    static func main() async throws {
        let variables = AWSEnvironment.process
        let projection = Projection(table: try variables.required("PROJECTION_TABLE"), dynamoDB: DynamoDBClient())
        let lastApplied = DynamoDBLastAppliedStore(table: try variables.required("LAST_APPLIED_TABLE"))
        let bucket = try variables.required("DEAD_LETTER_BUCKET")
        let deadLetters = SQSDeadLetterQueue(
            url: try variables.required("DEAD_LETTER_QUEUE"),
            largeRecordsTo: S3DeadLetterBucket(bucket)
        )
        try await LambdaRuntime(processor(projection, lastApplied, deadLetters)).run()
    }

    static func processor(
        _ projection: Projection,
        _ lastApplied: some LastAppliedStore,
        _ deadLetters: some DeadLetterSink
    ) -> BatchProcessor<StreamRecord> {
        // With the default guarantee one change of an item is applied at a time. The cheaper ones would let a backfilled item
        // be written while a newer change is.
        let newer = LastAppliedGuard(store: lastApplied)
        return BatchProcessor(order: .perKey(maxConcurrency: 16)) {
            (change: ItemChange<Order>, context: RecordContext) in
            try await projection.apply(change, within: context.remainingTime)
        }
        .onlyNewer(using: newer)
        .retried(.exponential(attempts: 3))
        .deadLettered(after: 4, to: deadLetters)
    }
}
