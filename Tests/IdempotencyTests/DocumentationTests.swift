// The code of the user's page, so that what it shows compiles and does what it says.

import LambdaStreamsAWS
import LambdaStreamsTesting
import Testing

@Suite("The page on idempotency")
struct DocumentationTests {
    struct Order: Codable, Sendable {
        let id: String
        let total: Int
    }

    @Test("custom work, in an invocation")
    func ownWork() async throws {
        let clock = ManualClock()
        let payments = IdempotentOperations(
            store: InMemoryIdempotencyStore(),
            prefix: "payments",
            settings: IdempotencySettings(clock: clock.clock)
        )
        let context = LambdaContext.testing()
        let charges = Counter()
        for _ in 0..<2 {
            let receipt = try await payments.perform(key: "o-1", in: context) { "receipt \(charges.increase())" }
            #expect(receipt == "receipt 1")
        }
        clock.advance(by: .seconds(2 * 24 * 3600))
        try await payments.perform(key: "o-1", in: context) { _ = charges.increase() }
        #expect(charges.count == 2)
    }

    @Test("writes and their completion, in a record handler")
    func transaction() async throws {
        let fixture = try await DynamoDBIdempotencyStoreFixture.make()
        let once = IdempotentOperations(store: fixture.plain, prefix: "totals")
        let processor = BatchProcessor { (record: StreamRecord, context: RecordContext) in
            let order = try record.change(as: Order.self).new
            try await once.performTransaction(key: record.identity?.idempotencyKey, in: context) {
                [fixture.adding(order?.total ?? 0)]
            }
        }
        let event = try StreamEvent.Builder(keys: "id")
            .insert(Order(id: "o-1", total: 5)).insert(Order(id: "o-2", total: 6)).build()
        for _ in 0..<2 { #expect(try await processor.process(event) == .success) }
        #expect(try await fixture.sum() == 11)
    }

    @Test("a key that Powertools for Python makes of the same event id")
    func sharedKey() async throws {
        let key = try KeyStrategy.powertoolsPython.key(of: KeyPayload("c4ca4238a0b923820dcc509a6f75849b"))
        #expect(key == "e473c12642f6cc0ae1b3be3f9bb37e6a")
    }
}
