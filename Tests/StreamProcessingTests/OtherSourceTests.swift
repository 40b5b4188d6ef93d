// The same processor over queues and Kinesis streams, each with its own rule of failure.

import DynamoDBStreamEvents
import Foundation
import LambdaFunctions
import StreamProcessing
import Testing

@Suite("Other sources")
struct OtherSourceTests {
    private func message(
        _ id: String,
        group: String? = nil,
        queue: String = "orders",
        body: String = "",
        attributes: String = "{}"
    ) -> String {
        let group = group.map { #","MessageGroupId":"\#($0)","SequenceNumber":"18849496460467696128""# } ?? ""
        return """
            {"messageId":"\(id)","receiptHandle":"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a","body":"\(body.isEmpty ? "body of \(id)" : body)",\
            "attributes":{"ApproximateReceiveCount":"2","SentTimestamp":"1545082649183"\(group)},"messageAttributes":\(attributes),\
            "md5OfBody":"e4e68fb7bd0e697a0ae8f1bb342846b3","eventSource":"aws:sqs",\
            "eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:\(queue)","awsRegion":"us-east-2"}
            """
    }

    private func kinesisRecord(_ index: Int, partition: String) -> String {
        """
        {"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"\(partition)",\
        "sequenceNumber":"4959033827149025660855969253836157109592157598913665855\(index)",\
        "data":"SGVsbG8=","approximateArrivalTimestamp":1545084650.987},"eventSource":"aws:kinesis","eventVersion":"1.0",\
        "eventID":"shardId-000000000006:4959033827149025660855969253836157109592157598913665855\(index)",\
        "eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/lambda",\
        "awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/orders"}
        """
    }

    private func run(_ messages: [String], failing: Set<String>, order: ProcessingOrder = .sequential) async throws -> (
        handled: [String], failed: [String]
    ) {
        let log = Log()
        let processor = BatchProcessor(order: order) { (message: SQSMessage, _: RecordContext) in
            if failing.contains(message.messageID ?? "") { throw Refused() }
            log.append(message.messageID ?? "")
        }
        let response = try await processor.process(SQSEvent(payload: event(messages)), context: context())
        return (log.lines, response.batchItemFailures.map(\.itemIdentifier))
    }

    @Test(
        "a standard queue: every failed message is named, and no message waits for another",
        arguments: [.sequential, .unordered(maxConcurrency: 4)] as [ProcessingOrder]
    )
    func standardQueue(order: ProcessingOrder) async throws {
        let (handled, failed) = try await run(
            ["a", "b", "c", "d"].map { message($0) },
            failing: ["a", "c"],
            order: order
        )
        #expect(handled.sorted() == ["b", "d"])
        #expect(failed == ["a", "c"])
    }

    @Test("a FIFO queue: behind a failed message its group waits and is named, other groups go on")
    func fifoQueue() async throws {
        let messages = [("1", "g1"), ("2", "g1"), ("3", "g2"), ("4", "g2"), ("5", "g3")].map {
            message($0.0, group: $0.1, queue: "orders.fifo")
        }
        for order in [.sequential, .perKey(maxConcurrency: 3)] as [ProcessingOrder] {
            #expect(try await run(messages, failing: ["3"], order: order).failed == ["3", "4"])
            let (handled, failed) = try await run(messages, failing: ["1"], order: order)
            #expect(failed == ["1", "2"])
            #expect(handled.sorted() == ["3", "4", "5"])
        }
    }

    @Test("a standard queue with message groups keeps no order: it is a fair queue, and a failure holds nothing back")
    func fairQueue() async throws {
        let messages = ["1", "2", "3"].map { message($0, group: "tenant") }
        let (handled, failed) = try await run(messages, failing: ["1"], order: .perKey(maxConcurrency: 1))
        #expect(handled == ["2", "3"])
        #expect(failed == ["1"])
    }

    @Test("attributes and a typed body are read from the message, and a body of another form is nobody else's fault")
    func messageContents() async throws {
        let attributes = """
            {"kind":{"stringValue":"new","stringListValues":[],"binaryListValues":[],"dataType":"String"},\
            "raw":{"binaryValue":"AQID","dataType":"Binary.bytes"},"broken":{}}
            """
        let good = message("a", body: #"{\"id\":\"o-1\",\"total\":5}"#, attributes: attributes)
        let sink = InMemoryDeadLetterSink()
        let processor = BatchProcessor { (message: SQSMessage, _: RecordContext) in
            let order = try message.decodeBody(as: Order.self)
            #expect(order == Order(id: "o-1", total: 5))
            #expect(message.messageAttributes["kind"]?.stringValue == "new")
            #expect(message.messageAttributes["raw"]?.binaryValue == [1, 2, 3])
            #expect(message.messageAttributes["raw"]?.dataType == "Binary.bytes")
            #expect(message.messageAttributes["broken"] == nil)
        }
        .deadLettered(after: 9, to: sink)
        let payload = event([good, message("b", body: "not JSON")])
        let response = try await processor.process(SQSEvent(payload: payload), context: context())
        #expect(response.batchItemFailures == [])
        #expect(await sink.letters.map(\.record.itemIdentifier) == ["b"])
    }

    @Test("a whole batch of failures is named and not thrown")
    func allFail() async throws {
        #expect(try await run([message("a"), message("b")], failing: ["a", "b"]).failed == ["a", "b"])
    }

    @Test("a message without an id fails the invocation when it fails")
    func noMessageID() async throws {
        await #expect(throws: BatchProcessingError.self) { _ = try await run([message("")], failing: [""]) }
    }

    @Test("a message's members are read from the event")
    func messageMembers() throws {
        let event = try SQSEvent(payload: event([message("a", group: "g")]))
        let message = try #require(event.records.first)
        #expect(message.body == "body of a")
        #expect(message.receiptHandle == "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a")
        #expect(message.approximateReceiveCount == 2)
        #expect(message.messageGroupID == "g")
        #expect(message.creationTime?.millisecondsSinceEpoch == 1_545_082_649_183)
        #expect(
            message.identity
                == RecordIdentity(sourceARN: "arn:aws:sqs:us-east-2:123456789012:orders", itemIdentifier: "a")
        )
    }

    @Test("a Kinesis stream: the lowest failed record is named; a partition key keeps its order")
    func kinesis() async throws {
        let log = Log()
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 2)) {
            (record: KinesisRecord, context: RecordContext) in
            #expect(record.data == Array("Hello".utf8))
            if context.index == 1 { throw Refused() }
            log.append("\(context.index)")
        }
        let records = ["p", "q", "p", "q"].enumerated().map { kinesisRecord($0, partition: $1) }
        let response = try await processor.process(KinesisEvent(payload: event(records)), context: context())
        #expect(
            response.batchItemFailures.map(\.itemIdentifier) == [
                "49590338271490256608559692538361571095921575989136658551"
            ]
        )
        #expect(log.lines.sorted() == ["0", "2"])
        let record = try #require(try KinesisEvent(payload: event(records)).records.first)
        #expect(record.creationTime?.millisecondsSinceEpoch == 1_545_084_650_987)
        #expect(record.partitionKey == "p")
        #expect(record.eventID?.hasPrefix("shardId-") == true)
    }

    @Test("an event of another source is refused by the source's name", arguments: [0, 1, 2])
    func foreignSource(kind: Int) async throws {
        let events = [event([record(0)]), event([message("a")]), event([kinesisRecord(0, partition: "p")])]
        let names = ["aws:dynamodb", "aws:sqs", "aws:kinesis"]
        let processors: [any LambdaHandler] = [
            BatchProcessor { (_: StreamRecord, _: RecordContext) in },
            BatchProcessor { (_: SQSMessage, _: RecordContext) in },
            BatchProcessor { (_: KinesisRecord, _: RecordContext) in },
        ]
        for (index, payload) in events.enumerated() {
            guard index != kind else {
                _ = try await processors[kind].handle(payload, context: context())
                continue
            }
            let error = await #expect(throws: BatchEventError.self) {
                _ = try await processors[kind].handle(payload, context: context())
            }
            #expect(error?.description.contains("comes from \(names[index])") == true)
            #expect(error?.description.contains("handles events of \(names[kind])") == true)
        }
    }

    @Test("something that is no event is refused", arguments: ["{}", "[]", "", #"{"Records":{}}"#])
    func foreignEvent(payload: String) async throws {
        let queue = BatchProcessor { (_: SQSMessage, _: RecordContext) in }
        await #expect(throws: BatchEventError.self) {
            _ = try await queue.handle(Array(payload.utf8), context: context())
        }
    }
}
