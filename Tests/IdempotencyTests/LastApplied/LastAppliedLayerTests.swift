// Changes applied once and in order, in whole batches: what is skipped, what fails, and what an item is known by.

import DynamoDBStreamEvents
import Idempotency
import LambdaStreams
import LambdaStreamsIdempotency
import Logging
import SharedState
import Testing

@Suite("Only newer changes")
struct LastAppliedLayerTests {
    private static let stream = "arn:aws:dynamodb:eu-central-1:123456789012:table/Orders/stream/2026-01-01T00:00:00.000"

    @Test("a batch that is delivered again is skipped, and what failed is applied")
    func redelivery() async throws {
        let applied = Guarded<[String]>([])
        let failing = Guarded(true)
        let processor = BatchProcessor { (record: StreamRecord, _: RecordContext) in
            let number = record.sequenceNumber?.description ?? ""
            if number == "3", failing.withLock({ $0 }) { throw Broken() }
            applied.withLock { $0.append(number) }
        }
        .onlyNewer(using: InMemoryLastAppliedStore())
        let event = try Self.event([("o-1", "1"), ("o-2", "2"), ("o-1", "3"), ("o-2", "4")])
        let context = LambdaContext(requestID: "1", logger: Logger(label: "test"))
        _ = try await processor.process(event, context: context)
        failing.withLock { $0 = false }
        _ = try await processor.process(event, context: context)
        #expect(applied.withLock { $0 } == ["1", "2", "3", "4"])
    }

    @Test("an item is known by its stream and its keys")
    func key() throws {
        let record = try #require(try Self.event([("o|1", "1")]).records.first)
        #expect(try record.lastAppliedKey == Self.stream + #"|o\|1"#)
    }

    @Test("a record without keys or sequence number fails")
    func missing() async throws {
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in Issue.record("ran") }
            .onlyNewer(using: InMemoryLastAppliedStore())
        let event = try StreamEvent(Array(#"{"Records":[{"eventID":"1","dynamodb":{"SequenceNumber":"1"}}]}"#.utf8))
        let context = LambdaContext(requestID: "1", logger: Logger(label: "test"))
        let response = try await processor.process(event, context: context)
        #expect(response.batchItemFailures.map(\.itemIdentifier) == ["1"])
    }

    @Test("unordered, the changes of an item are applied in their order all the same", arguments: 0..<50)
    func unordered(round: Int) async throws {
        let applied = Guarded<[String]>([])
        let processor = BatchProcessor(order: .unordered(maxConcurrency: 8)) {
            (record: StreamRecord, _: RecordContext) in
            for _ in 0..<Int.random(in: 0...4) { await Task.yield() }
            applied.withLock { $0.append(record.sequenceNumber?.description ?? "") }
        }
        .onlyNewer(using: InMemoryLastAppliedStore())
        let event = try Self.event((1...20).map { ("o-\($0 % 3)", "\($0)") })
        let context = LambdaContext(requestID: "1", logger: Logger(label: "test"))
        #expect(try await processor.process(event, context: context).batchItemFailures.isEmpty)
        #expect(applied.withLock { Set($0) }.count == 20)
    }

    private static func event(_ changes: [(id: String, number: String)]) throws -> StreamEvent {
        let records = changes.map { id, number in
            """
            {"eventID":"\(id)-\(number)","eventName":"MODIFY","eventSourceARN":"\(stream)","dynamodb":{\
            "Keys":{"id":{"S":"\(id)"}},"SequenceNumber":"\(number)","StreamViewType":"KEYS_ONLY"}}
            """
        }
        return try StreamEvent(Array(#"{"Records":[\#(records.joined(separator: ","))]}"#.utf8))
    }
}
