// The calls to DynamoDB against moto: what is written is read, conditions fail with the item, transactions with reasons.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import Moto
import Testing

@Suite("DynamoDB against moto")
struct DynamoDBTests {
    private func table(_ function: String = #function) async throws -> (DynamoDBClient, String) {
        let moto = try Moto.shared()
        let name = "t-\(UUID().uuidString)"
        try await moto.createTable(name, key: "id")
        return (DynamoDBClient(moto.client()), name)
    }

    @Test("an item that is put is read back, every kind of value the same")
    func roundTrip() async throws {
        let (dynamoDB, table) = try await table()
        let item: Item = [
            "id": "o-1", "total": 12.5, "paid": true, "note": nil, "lines": [["sku": "a"], ["sku": "ü😀\u{0}\""]],
            "raw": .binary([0, 255, 128]), "tags": .stringSet(["x", "y"]), "sizes": .numberSet([1, 2.5]),
            "blobs": .binarySet([[1], [2]]),
        ]
        try await dynamoDB.putItem(PutItem(item, into: table))
        let read = try await dynamoDB.getItem(["id": "o-1"], from: table, consistently: true)
        #expect(read == item)
        #expect(try await dynamoDB.getItem(["id": "o-2"], from: table) == nil)
    }

    @Test("a condition that fails comes with the item that is there, and with AWS's code, status and request id")
    func conditionFails() async throws {
        let (dynamoDB, table) = try await table()
        let first = PutItem(
            ["id": "o-1", "owner": "first"],
            into: table,
            condition: WriteCondition("attribute_not_exists(#id)"),
            names: ["#id": "id"]
        )
        try await dynamoDB.putItem(first)
        var second = first
        second.item["owner"] = "second"
        let error = await #expect(throws: AWSError.self) { try await dynamoDB.putItem(second) }
        guard case .conditionalCheckFailed(let item)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(item == ["id": "o-1", "owner": "first"])
        #expect(error?.code == .conditionalCheckFailed)
        #expect(error?.status == 400)
        #expect(error?.requestID?.isEmpty == false)
        #expect(error?.attempts == 1)
        #expect(error?.mayHaveTakenEffect == false)
    }

    @Test("an update gives back what it is asked for, a deletion the old item")
    func updateAndDelete() async throws {
        let (dynamoDB, table) = try await table()
        let update = UpdateItem(
            ["id": "o-1"],
            in: table,
            update: "SET #s = :s ADD attempts :one",
            names: ["#s": "status"],
            values: [":s": "open", ":one": 1]
        )
        #expect(try await dynamoDB.updateItem(update) == nil)
        #expect(
            try await dynamoDB.updateItem(update, returning: .allNew) == ["id": "o-1", "status": "open", "attempts": 2]
        )
        let deletion = DeleteItem(["id": "o-1"], from: table)
        #expect(try await dynamoDB.deleteItem(deletion, returnsOldItem: true)?["attempts"] == 2)
        #expect(try await dynamoDB.deleteItem(deletion, returnsOldItem: true) == nil)
    }

    @Test("a transaction is carried out whole, or fails with a reason for each of its actions")
    func transactions() async throws {
        let (dynamoDB, table) = try await table()
        try await dynamoDB.transactWriteItems([
            .put(PutItem(["id": "a", "n": 1], into: table)),
            .update(UpdateItem(["id": "b"], in: table, update: "SET n = :n", values: [":n": 2])),
        ])
        #expect(try await dynamoDB.getItem(["id": "b"], from: table)?["n"] == 2)
        let writes: [TransactWrite] = [
            .delete(DeleteItem(["id": "b"], from: table)),
            .check(ConditionCheck(["id": "c"], in: table, condition: WriteCondition("attribute_exists(id)"))),
            .put(PutItem(["id": "a", "n": 3], into: table, condition: WriteCondition("attribute_not_exists(id)"))),
        ]
        let error = await #expect(throws: AWSError.self) { try await dynamoDB.transactWriteItems(writes) }
        guard case .transactionCanceled(let reasons)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reasons.map(\.code) == ["None", "ConditionalCheckFailed", "ConditionalCheckFailed"])
        #expect(reasons.last?.item == ["id": "a", "n": 1])
        #expect(try await dynamoDB.getItem(["id": "b"], from: table) != nil)
    }

    @Test("two hundred and fifty items are read in three requests")
    func batch() async throws {
        let (dynamoDB, table) = try await table()
        for start in stride(from: 0, to: 250, by: 50) {
            try await dynamoDB.transactWriteItems(
                (start..<start + 50).map { .put(PutItem(["id": "\($0)", "n": .number(.init($0))], into: table)) }
            )
        }
        let keys: [Item] = (0..<250).map { ["id": "\($0)"] }
        let items = try await dynamoDB.batchGetItem(keys + [["id": "absent"]], from: table)
        #expect(Set(items.compactMap { $0["id"]?.string }) == Set((0..<250).map(String.init)))
        #expect(try await dynamoDB.batchGetItem([], from: table).isEmpty)
    }

    @Test("a table that is not there is an error with AWS's code, at the first attempt")
    func noTable() async throws {
        let dynamoDB = DynamoDBClient(try Moto.shared().client())
        let error = await #expect(throws: AWSError.self) { try await dynamoDB.getItem(["id": "a"], from: "absent") }
        #expect(error?.code == .resourceNotFound)
        #expect(error?.attempts == 1)
    }
}
