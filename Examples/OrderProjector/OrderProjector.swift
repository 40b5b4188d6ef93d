// Keeps a projection of an orders table in memory: the smallest complete function, to copy and to change.

import LambdaStreams

/// An item of the table: `{"id": S, "total": N, "status": S, "updatedAt": N}`.
struct Order: Codable, Sendable, Equatable {
    let id: String
    let total: Decimal
    let status: String
    /// In the table as seconds since the epoch.
    let updatedAt: Date
}

/// The table's primary key.
struct OrderKey: Codable, Sendable {
    let id: String
}

/// The open orders and what they are worth together.
actor Projection {
    private var orders: [String: Order] = [:]
    private var total: Decimal = 0

    var summary: String { "\(orders.count) orders worth \(total)" }

    func put(_ order: Order) throws {
        // The seed of trouble for the demonstration and the tests.
        guard order.status != "EXPLODE" else { throw OrderExploded(id: order.id) }
        let replaced = orders.updateValue(order, forKey: order.id)
        total += order.total - (replaced?.total ?? 0)
    }

    func remove(_ key: OrderKey) {
        guard let removed = orders.removeValue(forKey: key.id) else { return }
        total -= removed.total
    }
}

struct OrderExploded: Error {
    let id: String
}

@main
struct OrderProjector {
    static func main() async throws {
        let projection = Projection()
        let processor = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in
            let logger = context.logger
            switch change {
            case .inserted(let order):
                try await projection.put(order)
                logger.info("order inserted")
            case .modified(_, let order):
                try await projection.put(order)
                logger.info("order modified")
            case .removed(_, let keys, let cause):
                await projection.remove(try keys.decode(OrderKey.self))
                logger.info("order removed\(cause == .timeToLive ? " by its time to live" : "")")
            }
            // Made for the log alone, so only where that level is on.
            guard logger.logLevel <= .debug else { return }
            let summary = await projection.summary
            logger.debug("\(summary)")
        }
        try await LambdaRuntime(processor).run()
    }
}
