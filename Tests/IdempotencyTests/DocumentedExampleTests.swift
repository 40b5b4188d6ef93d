// The examples of Documentation/LambdaStreams.docc/IdempotentWork.md about keys and last applied numbers, run.

import AWSServices
import Idempotency
import IdempotencyDynamoDB
import LambdaStreams
import LambdaStreamsIdempotency
import Testing

@Suite("Documented examples")
struct DocumentedExampleTests {
    struct Order: Codable { let id: String }
    struct Request { let body: [UInt8] }

    @Test("keys")
    func keys() throws {
        let (order, tenant, request) = (Order(id: "o-1"), "t-1", Request(body: Array(#"{"id":"o-1"}"#.utf8)))
        let json = #"{"Records":[{"dynamodb":{"NewImage":{"orderId":{"S":"o-1"}}}}]}"#
        let record = try #require(try StreamEvent(Array(json.utf8)).records.first)
        #expect(try KeyStrategy.plain.key(of: KeyPayload(record.newImage?["orderId"])) == "o-1")
        #expect(
            try KeyStrategy.plain.key(of: KeyPayload(parts: [KeyPayload(tenant), KeyPayload(order.id)])) == "t-1|o-1"
        )
        #expect(
            try KeyStrategy.powertoolsPython.key(of: KeyPayload(json: request.body))
                == "68b99026259c9e8dda8eecad210a064b"
        )
    }

    @Test("last applied numbers")
    func lastApplied() {
        @Sendable func project(_ change: ItemChange<Order>, _ context: RecordContext<StreamRecord>) async throws {}
        let applied = LastAppliedGuard(store: DynamoDBLastAppliedStore(table: "idempotency"))
        _ = BatchProcessor(project).onlyNewer(using: applied)
        @Sendable func addToTotal(_ order: Order) -> UpdateItem {
            UpdateItem(["id": "total"], in: "totals", update: "ADD n :one")
        }
        @Sendable func transact(_ order: Order, _ number: SequenceNumber) async throws {
            try await applied.applyTransaction(key: order.id, number: number) { [.update(addToTotal(order))] }
        }
        #expect(applied.prefix == nil)
    }
}
