// The layer round a record handler: what is skipped, what fails, and what an item is known by.

import DynamoDBStreamEvents
import Idempotency
import LambdaStreams
import LambdaStreamsIdempotency
import Logging
import SharedState
import Testing

@Suite("The watermark layer")
struct WatermarkLayerTests {
    private static let stream = "arn:aws:dynamodb:eu-central-1:123456789012:table/Orders/stream/2026-01-01T00:00:00.000"

    @Test("a batch that is delivered again is skipped, and what failed is applied")
    func redelivery() async throws {
        let applied = Guarded<[String]>([])
        let failing = Guarded(true)
        let handler = RawRecordHandler<StreamRecord> { record, _ in
            let number = record.sequenceNumber?.description ?? ""
            if number == "3", failing.withLock({ $0 }) { throw Broken() }
            applied.withLock { $0.append(number) }
        }
        let processor = BatchProcessor(handler.watermarked(using: InMemoryWatermarkStore()))
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
        #expect(try record.watermarkKey == Self.stream + #"|o\|1"#)
    }

    @Test("a record without keys or sequence number fails")
    func missing() async throws {
        let handler = RawRecordHandler<StreamRecord> { _, _ in Issue.record("ran") }
            .watermarked(using: InMemoryWatermarkStore())
        let event = try StreamEvent(Array(#"{"Records":[{"eventID":"1","dynamodb":{"SequenceNumber":"1"}}]}"#.utf8))
        let context = LambdaContext(requestID: "1", logger: Logger(label: "test"))
        let response = try await BatchProcessor(handler).process(event, context: context)
        #expect(response.batchItemFailures.map(\.itemIdentifier) == ["1"])
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
