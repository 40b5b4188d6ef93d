// A tumbling window over its batches, in process.

import Foundation
import LambdaStreamsTesting
import SharedState
import Testing

@testable import RevenueByWindow

@Suite("RevenueByWindow")
struct RevenueByWindowTests {
    private let first: StreamEvent.Builder
    private let second: StreamEvent.Builder

    init() throws {
        let order = Order(id: "o-2", total: 10)
        first = try StreamEvent.Builder(keys: "id").insert(Order(id: "o-1", total: 12.5)).insert(order)
        second = try first.nextBatch.modify(old: order, new: Order(id: "o-2", total: 7)).remove(
            Order(id: "o-1", total: 12.5)
        )
    }

    @Test("a window adds up its orders over several batches and is published when it closes")
    func window() async throws {
        let published = Guarded<[WindowRevenue]>([])
        let processor = RevenueByWindow.processor { revenue, _ in published.withLock { $0.append(revenue) } }
        let run = try await processor.run(over: [first.build(), second.build()])
        #expect(run.states == [Revenue(orders: 2, total: 22.5), Revenue(orders: 2, total: 19.5)])
        #expect(run.isClosed)
        let result = try #require(published.withLock { $0 }.first)
        #expect(result.orders == 2)
        #expect(result.total == 19.5)
        #expect(result.start == TimeWindow.testing.start)
        #expect(result.id.contains(result.start))
    }

    @Test("a batch that is delivered again counts once")
    func again() async throws {
        let processor = RevenueByWindow.processor { _, _ in }
        let run = try await processor.run(over: [first.build(), first.build(), second.build()])
        #expect(run.states.last == Revenue(orders: 2, total: 19.5))
    }

    @Test("a result that cannot be published closes the window again, under the same id")
    func closingAgain() async throws {
        struct Down: Error {}
        let ids = Guarded<[String]>([])
        let processor = RevenueByWindow.processor { revenue, _ in
            ids.withLock { $0.append(revenue.id) }
            throw Down()
        }
        for _ in 1...2 {
            await #expect(throws: (any Error).self) { try await processor.run(over: [first.build()]) }
        }
        let seen = ids.withLock { $0 }
        #expect(seen.count == 2)
        #expect(Set(seen).count == 1)
    }
}
