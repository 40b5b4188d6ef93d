// The projection against moto: newer changes only, whatever comes again and in whatever order.

import Foundation
import LambdaStreamsAWS
import LambdaStreamsTesting
import Moto
import Testing

@testable import ProjectionWithBackfill

@Suite("ProjectionWithBackfill")
struct ProjectionWithBackfillTests {
    private func order(_ total: Decimal, _ status: String = "OPEN") -> Order {
        Order(id: "o-1", customer: "c-1", total: total, status: status)
    }

    private func projection() async throws -> Projection {
        let moto = try Moto.shared()
        let table = "projection-\(UUID().uuidString)"
        try await moto.createTable(table, key: "id")
        return Projection(table: table, dynamoDB: DynamoDBClient(moto.client()))
    }

    private func stored(_ projection: Projection) async throws -> Item? {
        try await projection.dynamoDB.getItem(["id": "o-1"], from: projection.table, consistently: true)
    }

    @Test("an order is there while it is open")
    func open() async throws {
        let projection = try await projection()
        let processor = ProjectionWithBackfill.processor(
            projection,
            InMemoryLastAppliedStore(),
            InMemoryDeadLetterSink()
        )
        let inserted = try StreamEvent.Builder(keys: "id").insert(order(5))
        #expect(try await processor.process(inserted.build()) == .success)
        #expect(try await stored(projection)?["total"] == 5)
        let closed = try inserted.nextBatch.modify(old: order(5), new: order(5, "CLOSED"))
        #expect(try await processor.process(closed.build()) == .success)
        #expect(try await stored(projection) == nil)
    }

    @Test("old records that come again, in any order, change nothing; a removed order stays removed")
    func again() async throws {
        let projection = try await projection()
        let applied = InMemoryLastAppliedStore()
        let processor = ProjectionWithBackfill.processor(projection, applied, InMemoryDeadLetterSink())
        let first = try StreamEvent.Builder(keys: "id").insert(order(5))
        let second = try first.nextBatch.modify(old: order(5), new: order(6))
        let third = try second.nextBatch.modify(old: order(6), new: order(7))
        let removal = try third.nextBatch.remove(order(7))
        for batch in [first, second, third, second, first] {
            #expect(try await processor.process(batch.build()) == .success)
        }
        #expect(try await stored(projection)?["total"] == 7)
        for batch in [removal, first, third] {
            #expect(try await processor.process(batch.build()) == .success)
        }
        #expect(try await stored(projection) == nil)
    }

    @Test("a record that does not decode is a dead letter, and the ones behind it are applied")
    func deadLetter() async throws {
        let projection = try await projection()
        let deadLetters = InMemoryDeadLetterSink()
        let processor = ProjectionWithBackfill.processor(projection, InMemoryLastAppliedStore(), deadLetters)
        let event = try StreamEvent.Builder(keys: "id").insert(["id": "o-0", "total": "not a number"]).insert(order(5))
        #expect(try await processor.process(event.build()) == .success)
        #expect(await deadLetters.letters.map(\.reason) == [.permanent])
        #expect(try await stored(projection)?["total"] == 5)
    }
}
