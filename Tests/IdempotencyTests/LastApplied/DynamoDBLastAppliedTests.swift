// Last applied numbers in DynamoDB: its expressions beside the rule, step by step, and the whole against a server.

import AWSServices
import DynamoDBStreamEvents
import Idempotency
import IdempotencyDynamoDB
import Moto
import SeededNumbers
import Testing

@Suite("Last applied numbers in DynamoDB")
struct DynamoDBLastAppliedTests {
    /// Random steps of three callers on one item, so that every term of every condition is met both ways.
    @Test(
        "each step is taken or refused as the rule says, and leaves what it says",
        arguments: 1...6 as ClosedRange<UInt64>
    )
    func agreement(seed: UInt64) async throws {
        let table = "last-applied-agreement-\(seed)"
        let store = try await Self.store(table)
        let reference = InMemoryLastAppliedStore()
        var generator = SplitMix64(seed: seed)
        let numbers = [
            "1", "2", "10", "99999999999999999999999999999999999999", "1000000000000000000000000000000000000000",
            // As LocalStack writes them, and one digit more than DynamoDB.
            "49667899914266146894563104513187834318226397117185228802", "10000000000000000000000000000000000000000",
        ]
        var now: Int64 = 1_800_000_000_000
        for step in 0..<150 {
            let leaseEnd = now + Int64.random(in: -5...20, using: &generator)
            let steps: [LastAppliedStep] = [.claim(leaseEnd: leaseEnd), .complete, .release, .advance, .retreat]
            let change = LastAppliedChange(
                key: ["a", "b"].randomElement(using: &generator) ?? "",
                number: try #require(numbers.randomElement(using: &generator).flatMap { SequenceNumber($0) }),
                owner: ["x", "y", "z"].randomElement(using: &generator) ?? "",
                step: steps.randomElement(using: &generator) ?? .advance
            )
            now += Int64.random(in: 0...5, using: &generator)
            let call = StoreCall(now: now)
            let expected = reference.take(change, in: call)
            #expect(try await store.take(change, in: call) == expected, "step \(step): \(change)")
            #expect(
                try await store.lastApplied(of: change.key, in: call) == reference.lastApplied(of: change.key, in: call)
            )
        }
    }

    @Test("changes are applied once and in order", arguments: LastAppliedTests.guarantees)
    func inOrder(guarantee: ApplyGuarantee) async throws {
        let store = try await Self.store("last-applied-order-\(guarantee)")
        let applied = LastAppliedGuard(store: store, prefix: "p", settings: LastAppliedSettings(guarantee: guarantee))
        var numbers: [Int] = []
        for number in [1, 2, 2, 1, 5, 3, 10, 9] {
            try await applied.apply(key: "k", number: try LastAppliedTests.number(number)) { numbers.append(number) }
        }
        #expect(numbers == [1, 2, 5, 10])
        await #expect(throws: Broken.self) {
            try await applied.apply(key: "k", number: LastAppliedTests.number(11)) { throw Broken() }
        }
        #expect(try await applied.apply(key: "k", number: LastAppliedTests.number(11)) { true } == true)
    }

    @Test("writes and their number are carried out together, once and in order")
    func transaction() async throws {
        let table = "last-applied-transaction"
        let applied = LastAppliedGuard(store: try await Self.store(table), prefix: "p")
        let client = DynamoDBClient(try Moto.shared().client())
        func add(_ number: Int) async throws -> Bool {
            try await applied.applyTransaction(key: "k", number: LastAppliedTests.number(number)) {
                let amount = AttributeValue.number(AttributeNumber(number))
                return [.update(UpdateItem(["id": "total"], in: table, update: "ADD n :n", values: [":n": amount]))]
            }
        }
        var numbers: [Int] = []
        for number in [1, 2, 2, 1, 5, 3, 10, 9] where try await add(number) { numbers.append(number) }
        #expect(numbers == [1, 2, 5, 10])
        #expect(try await client.getItem(["id": "total"], from: table)?["n"] == 18)
        #expect(try await applied.lastApplied(of: "k")?.applied == LastAppliedTests.number(10))
    }

    @Test("a write whose condition fails leaves the number where it was")
    func failedTransaction() async throws {
        let table = "last-applied-failed-transaction"
        let applied = LastAppliedGuard(store: try await Self.store(table), prefix: "p")
        let impossible = WriteCondition("attribute_exists(id)")
        await #expect(throws: AWSError.self) {
            try await applied.applyTransaction(key: "k", number: LastAppliedTests.number(1)) {
                [.put(PutItem(["id": "new"], into: table, condition: impossible))]
            }
        }
        #expect(try await applied.lastApplied(of: "k") == nil)
        let writes = Array(repeating: TransactWrite.delete(DeleteItem(["id": "a"], from: table)), count: 100)
        await #expect(throws: TooManyTransactedWrites.self) {
            try await applied.applyTransaction(key: "k", number: LastAppliedTests.number(1)) { writes }
        }
    }

    @Test("a transaction stays out while another call holds a claim")
    func claimedTransaction() async throws {
        let applied = LastAppliedGuard(store: try await Self.store("last-applied-claimed-transaction"), prefix: "p")
        try await applied.apply(key: "k", number: LastAppliedTests.number(1)) {
            await #expect(throws: LastAppliedError.self) {
                try await applied.applyTransaction(key: "k", number: LastAppliedTests.number(2)) { [] }
            }
        }
    }

    @Test("a lifetime is written with every change")
    func lifetime() async throws {
        let store = try await Self.store("last-applied-lifetime", lifetime: .seconds(172_800))
        for step in [LastAppliedStep.claim(leaseEnd: 1_800_000_001_000), .release, .advance, .retreat] {
            let number = try LastAppliedTests.number(7)
            let change = LastAppliedChange(key: "k", number: number, owner: "x", step: step)
            #expect(try await store.take(change, in: StoreCall(now: 1_800_000_000_000)) == .taken)
        }
        let client = DynamoDBClient(try Moto.shared().client())
        let item = try #require(try await client.getItem(["id": "k"], from: "last-applied-lifetime"))
        #expect(item["expiration"] == 1_800_172_800)
    }

    private static func store(_ table: String, lifetime: Duration? = nil) async throws -> DynamoDBLastAppliedStore {
        let moto = try Moto.shared()
        try await moto.createTable(table, key: "id")
        return DynamoDBLastAppliedStore(table: table, lifetime: lifetime, client: DynamoDBClient(moto.client()))
    }
}
