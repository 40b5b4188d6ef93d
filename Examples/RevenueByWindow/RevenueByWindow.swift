// Adds up the orders of each minute and writes the totals to a table, one item for each window.

import LambdaStreamsAWS

/// An item of the table: `{"id": S, "total": N}`.
struct Order: Codable, Sendable {
    let id: String
    let total: Decimal
}

/// What a window has so far. Lambda carries it from one invocation of the window to the next as JSON, 1 MB at most: keep
/// totals in it and not the records.
struct Revenue: Codable, Sendable, Equatable {
    var orders = 0
    var total: Decimal = 0

    mutating func add(_ change: ItemChange<Order>) {
        switch change {
        case .inserted(let order):
            orders += 1
            total += order.total
        case .modified(let old, let order):
            total += order.total - (old?.total ?? order.total)
        case .removed: break
        }
    }
}

/// An item of the table of results.
struct WindowRevenue: Codable, Sendable, Equatable {
    /// The same for each attempt to close the window.
    let id: String
    let start: String
    let end: String
    let orders: Int
    let total: Decimal
}

@main
struct RevenueByWindow {
    static func main() async throws {
        let table = try AWSEnvironment.process.required("REVENUE_TABLE")
        let dynamoDB = DynamoDBClient()
        let processor = processor { revenue, remainingTime in
            let item = try AttributeValueEncoder().encodeItem(revenue)
            try await dynamoDB.putItem(PutItem(item, into: table), timeout: remainingTime)
        }
        try await LambdaRuntime(processor).run()
    }

    /// - Parameter publish: receives the totals of a window that has closed. It is called again with the same `id` when it
    ///   throws, so let it replace what it wrote.
    static func processor(
        publish: @escaping @Sendable (_ revenue: WindowRevenue, _ remainingTime: Duration) async throws -> Void
    ) -> TumblingWindowProcessor<Revenue> {
        TumblingWindowProcessor(initial: Revenue()) {
            (revenue: inout Revenue, change: ItemChange<Order>, _: RecordContext) in
            revenue.add(change)
        } onClose: { revenue, closing in
            guard !closing.isEmpty else { return }
            let result = WindowRevenue(
                id: closing.key,
                start: closing.window.start,
                end: closing.window.end,
                orders: revenue.orders,
                total: revenue.total
            )
            try await publish(result, closing.lambda.remainingTime)
        }
    }
}
