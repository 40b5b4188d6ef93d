// Writes that are carried out with their completion or not at all.

import AWSServices
import DynamoDBStreamEvents
import Idempotency
import IdempotencyDynamoDB
import Moto
import Testing

/// A store, and the table of it to write to.
struct DynamoDBIdempotencyStoreFixture {
    let plain: DynamoDBIdempotencyStore
    let client: DynamoDBClient

    static func make() async throws -> DynamoDBIdempotencyStoreFixture {
        let plain = try await DynamoDBIdempotencyStore.made()
        let client = DynamoDBClient(try Moto.shared().client())
        return DynamoDBIdempotencyStoreFixture(
            plain: plain,
            client: client
        )
    }

    /// Adds to a number in an item of the same table.
    func adding(_ amount: Int, to id: String = "total", condition: WriteCondition? = nil) -> TransactWrite {
        .update(
            UpdateItem(
                ["id": .string(id)],
                in: plain.table,
                update: "ADD #sum :amount",
                condition: condition,
                names: ["#sum": "sum"],
                values: [":amount": .number(AttributeNumber(amount))]
            )
        )
    }

    func sum(_ id: String = "total") async throws -> Int? {
        try await client.getItem(["id": .string(id)], from: plain.table, consistently: true)?["sum"]?.number?.exactly()
    }
}

@Suite("Transactional completion")
struct TransactionTests {
    let clock = ManualClock()

    func operations(_ store: DynamoDBIdempotencyStore) -> IdempotentOperations<DynamoDBIdempotencyStore> {
        IdempotentOperations(store: store, prefix: "orders", settings: IdempotencySettings(clock: clock.clock))
    }

    @Test("writes are carried out once, and the result is replayed")
    func once() async throws {
        let fixture = try await DynamoDBIdempotencyStoreFixture.make()
        let once = operations(fixture.plain)
        for _ in 0..<2 {
            let result = try await once.performTransaction(key: "o-1") {
                TransactedResult([fixture.adding(5)], result: "receipt")
            }
            #expect(result == "receipt")
        }
        #expect(try await fixture.sum() == 5)
    }

    @Test("a write whose condition fails leaves nothing behind, and the key free")
    func conditionFails() async throws {
        let fixture = try await DynamoDBIdempotencyStoreFixture.make()
        let once = operations(fixture.plain)
        let error = await #expect(throws: AWSError.self) {
            try await once.performTransaction(key: "o-1") {
                [
                    fixture.adding(5),
                    fixture.adding(5, to: "other", condition: WriteCondition("attribute_exists(id)")),
                ]
            }
        }
        guard case .transactionCanceled(let reasons)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reasons.map(\.code) == ["None", "ConditionalCheckFailed", "None"])
        #expect(try await fixture.sum() == nil)
        try await once.performTransaction(key: "o-1") { [fixture.adding(7)] }
        #expect(try await fixture.sum() == 7)
    }

    @Test("an owner that comes too late writes nothing")
    func late() async throws {
        let fixture = try await DynamoDBIdempotencyStoreFixture.make()
        let once = operations(fixture.plain)
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.performTransaction(key: "o-1") { [clock] in
                clock.advance(by: .seconds(1000))
                try await once.performTransaction(key: "o-1") { [fixture.adding(1)] }
                return [fixture.adding(100)]
            }
        }
        guard case .leaseLost("orders#o-1") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try await fixture.sum() == 1)
    }

    @Test("without a key the writes are carried out each time")
    func withoutKey() async throws {
        let fixture = try await DynamoDBIdempotencyStoreFixture.make()
        for _ in 0..<2 { try await operations(fixture.plain).performTransaction(key: nil) { [fixture.adding(5)] } }
        #expect(try await fixture.sum() == 10)
    }

    @Test("more writes than a transaction takes are refused before any")
    func tooMany() async throws {
        let fixture = try await DynamoDBIdempotencyStoreFixture.make()
        let once = operations(fixture.plain)
        await #expect(throws: TooManyTransactedWrites(count: 100)) {
            try await once.performTransaction(key: "o-1") { (0..<100).map { fixture.adding(1, to: "t-\($0)") } }
        }
        try await once.performTransaction(key: "o-1") { (0..<99).map { fixture.adding(1, to: "t-\($0)") } }
        #expect(try await fixture.sum("t-98") == 1)
    }

    @Test("an operation that throws writes nothing")
    func thrown() async throws {
        let fixture = try await DynamoDBIdempotencyStoreFixture.make()
        let once = operations(fixture.plain)
        await #expect(throws: HandlerRefused.self) {
            try await once.performTransaction(key: "o-1") { () async throws -> [TransactWrite] in throw HandlerRefused()
            }
        }
        #expect(try await fixture.sum() == nil)
        try await once.performTransaction(key: "o-1") { [fixture.adding(7)] }
        #expect(try await fixture.sum() == 7)
    }
}
