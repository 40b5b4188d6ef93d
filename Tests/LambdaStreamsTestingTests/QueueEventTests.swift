// Events of queues and Kinesis streams that are made in code are those that the processor reads.

import LambdaStreamsTesting
import Testing

@Suite("Events of queues and Kinesis streams")
struct QueueEventTests {
    private struct Order: Codable, Sendable, Equatable { let id: String }

    @Test("a FIFO queue's messages with their groups, attributes and typed bodies")
    func queue() async throws {
        let builder = SQSEvent.Builder(queue: "orders.fifo")
            .message(#"{"id":"o-1"}"#, group: "a", receiveCount: 3)
            .message(#"{"id":"o-2"}"#, group: "a", attributes: ["kind": "new", "quoted": "\"é\""])
            .message(#"{"id":"o-3"}"#, id: "third", group: "b")
        let event = try builder.build()
        let first = try #require(event.records.first)
        #expect(first.isFromFIFOQueue && first.messageGroupID == "a" && first.approximateReceiveCount == 3)
        #expect(event.records[1].messageAttributes["quoted"]?.stringValue == "\"é\"")
        #expect(event.records[2].messageID == "third")
        let processor = BatchProcessor { (message: SQSMessage, _: RecordContext) in
            let order = try message.decodeBody(as: Order.self)
            if order.id == "o-1" { throw Permanent(CancellationError()) }
        }
        #expect(
            try await processor.process(event).batchItemFailures.map(\.itemIdentifier) == ["message-1", "message-2"]
        )
        #expect(try await processor.invoke(json: builder.payload).text.contains("message-1"))
    }

    @Test("a Kinesis stream's records with their data")
    func stream() async throws {
        let event = try KinesisEvent.Builder(stream: "clicks").record(#"{"id":"o-1"}"#).record(
            [0, 255],
            partitionKey: "p"
        )
        .build()
        #expect(try event.records[0].decodeData(as: Order.self) == Order(id: "o-1"))
        #expect(event.records[1].data == [0, 255])
        #expect(event.records[1].partitionKey == "p")
        let processor = BatchProcessor { (record: KinesisRecord, _: RecordContext) in
            _ = try record.decodeData(as: Order.self)
        }
        #expect(try await processor.process(event) == .failure(from: event.records[1]))
    }
}
