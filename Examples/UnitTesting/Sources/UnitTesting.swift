// A small function that is easy to test: its processor is made by a function that takes what it depends on.

import LambdaStreams

struct Order: Codable, Sendable, Equatable {
    let id: String
    let total: Decimal
}

/// An order that nobody can pay. No other delivery of it would help.
struct NegativeTotal: Error {}

/// What the function depends on. The deployed one writes somewhere; that of the tests remembers.
protocol Ledger: Sendable {
    func enter(_ order: Order) async throws
}

@main
struct UnitTesting {
    struct PrintingLedger: Ledger {
        func enter(_ order: Order) async throws { print("\(order.id): \(order.total)") }
    }

    static func main() async throws {
        try await LambdaRuntime(processor(PrintingLedger())).run()
    }

    static func processor(_ ledger: some Ledger) -> BatchProcessor<StreamRecord> {
        BatchProcessor { (change: ItemChange<Order>, _: RecordContext) in
            guard let order = change.new else { return }
            guard order.total >= 0 else { throw NegativeTotal() }
            try await ledger.enter(order)
        }
    }
}
