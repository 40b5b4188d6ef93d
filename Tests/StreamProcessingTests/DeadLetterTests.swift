// Dead letters: which records go there, after how many deliveries, and what is written of them.

import DynamoDBStreamEvents
import Foundation
import LambdaFunctions
import StreamProcessing
import TemporaryFiles
import Testing

@Suite("Dead letters")
struct DeadLetterTests {
    private struct BadOrder: Error {}

    private func processor(
        _ sink: some DeadLetterSink,
        after deliveries: Int = 3,
        failingWith error: any Error = BadOrder()
    ) -> BatchProcessor<StreamRecord> {
        BatchProcessor { (record: StreamRecord, _: RecordContext) in
            if record.newImage?["total"] == .number(1) { throw error }
        }
        .deadLettered(after: deliveries, to: sink)
    }

    @Test(
        "a record goes there whole when enough deliveries failed, the checkpoint passes it, and never waits for it again"
    )
    func deadLettered() async throws {
        let sink = InMemoryDeadLetterSink()
        let processor = processor(sink)
        for delivery in 1...3 {
            let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
            #expect(response.batchItemFailures.map(\.itemIdentifier) == (delivery < 3 ? [sequenceNumber(1)] : []))
        }
        let letter = try #require(await sink.letters.first)
        #expect(await sink.letters.count == 1)
        #expect(letter.reason == .deliveriesExhausted)
        #expect(letter.deliveries == 3)
        #expect(letter.errorType == "Function.BadOrder")
        #expect(letter.record.json == Array(record(1).utf8))
        // Its batch may come again for a record behind it: that must not begin the count anew.
        let again = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(again.batchItemFailures == [])
        #expect(await sink.letters.map(\.deliveries) == [3, 4])
    }

    @Test("attempts in one process are one delivery")
    func attemptsAreNotDeliveries() async throws {
        let sink = InMemoryDeadLetterSink()
        let runs = Counter()
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in
            _ = runs.next()
            throw BadOrder()
        }
        .retried(RetryPolicy(attempts: 4, firstPause: .zero))
        .deadLettered(after: 2, to: sink)
        for delivery in 1...2 {
            let response = try await processor.process(StreamEvent(event(count: 1)), context: context())
            #expect(response.batchItemFailures.count == 2 - delivery)
        }
        #expect(runs.count == 8)
        #expect(await sink.letters.map(\.deliveries) == [2])
    }

    @Test("what no delivery heals goes there at once", arguments: [true, false])
    func permanent(isUndecodable: Bool) async throws {
        let sink = InMemoryDeadLetterSink()
        let processor = processor(
            sink,
            after: 100,
            failingWith: isUndecodable ? StreamRecordError.unknownEventName("X") : Permanent(BadOrder())
        )
        let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(response.batchItemFailures == [])
        let letter = try #require(await sink.letters.first)
        #expect(letter.reason == .permanent)
        #expect(letter.errorType == (isUndecodable ? "Function.StreamRecordError" : "Function.BadOrder"))
    }

    @Test("a record that does not decode is counted like any other where that is asked for")
    func undecodableCounted() async throws {
        let sink = InMemoryDeadLetterSink()
        let processor = BatchProcessor { (_: ItemChange<Order>, _: RecordContext) in }
            .deadLettered(after: 2, to: sink, undecodable: .counted)
        let broken = event([record(0, image: #"{"total":{"N":"1"}}"#)])
        #expect(try await processor.process(StreamEvent(broken), context: context()).batchItemFailures.count == 1)
        #expect(try await processor.process(StreamEvent(broken), context: context()).batchItemFailures.isEmpty)
        #expect(await sink.letters.map(\.reason) == [.deliveriesExhausted])
    }

    @Test("a failure that is not the record's never counts, whoever says so")
    func elsewhere() async throws {
        struct ServiceDown: ClassifiedFailure { var failureKind: FailureKind { .elsewhere } }
        let sink = InMemoryDeadLetterSink()
        let unsaid = BatchProcessor { (_: StreamRecord, _: RecordContext) in throw Refused() }
            .deadLettered(after: 1, to: sink) { $0 is Refused ? .elsewhere : nil }
        for processor in [processor(sink, after: 1, failingWith: ServiceDown()), unsaid] {
            for _ in 0..<5 {
                let response = try await processor.process(StreamEvent(event(count: 2)), context: context())
                #expect(response.batchItemFailures.count == 1)
            }
        }
        #expect(await sink.letters.isEmpty)
    }

    @Test("a record that exceeds its time limit in every delivery goes there: timed and dead-lettered in either order")
    func timedOut() async throws {
        for isTimedFirst in [true, false] {
            let sink = InMemoryDeadLetterSink()
            let slow = BatchProcessor { (_: StreamRecord, _: RecordContext) in try await Task.sleep(for: .seconds(60)) }
            let limit = Duration.milliseconds(1)
            let processor =
                isTimedFirst
                ? slow.timed(out: limit).deadLettered(after: 2, to: sink)
                : slow.deadLettered(after: 2, to: sink).timed(out: limit)
            for delivery in 1...2 {
                let response = try await processor.process(StreamEvent(event(count: 1)), context: context())
                #expect(response.batchItemFailures.count == 2 - delivery)
            }
            #expect(await sink.letters.count == 1)
        }
    }

    @Test("a record whose key cannot be read goes there at once, and blocks nothing")
    func keyMissing() async throws {
        let sink = InMemoryDeadLetterSink()
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 2)) { (_: StreamRecord, _: RecordContext) in }
            .deadLettered(after: 9, to: sink)
        let keyless = record(1).replacing(#""Keys":{"id":{"S":"order-1"}},"#, with: "")
        let response = try await processor.process(StreamEvent(event([record(0), keyless])), context: context())
        #expect(response.batchItemFailures == [])
        #expect(await sink.letters.map(\.errorType) == ["Function.OrderingKeyMissing"])
    }

    @Test("a sink that fails fails the record")
    func failingSink() async throws {
        struct Broken: DeadLetterSink {
            func accept(_ letter: DeadLetter) async throws { throw Refused() }
        }
        let response = try await processor(Broken(), after: 1).process(StreamEvent(event(count: 3)), context: context())
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
    }

    @Test("cancellation says nothing of the record and is not counted")
    func cancellation() async throws {
        let sink = InMemoryDeadLetterSink()
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in throw CancellationError() }
            .deadLettered(after: 1, to: sink)
        let response = try await processor.process(StreamEvent(event(count: 1)), context: context())
        #expect(response.batchItemFailures.count == 1)
        #expect(await sink.letters.isEmpty)
    }

    @Test("a file takes one line of JSON a record, the record verbatim in it")
    func file() async throws {
        let folder = try TemporaryFolder()
        let sink = JSONLinesDeadLetterSink(path: folder.file("letters"))
        _ = try await processor(sink, after: 1).process(StreamEvent(event(count: 3)), context: context())
        _ = try await processor(sink, after: 1).process(StreamEvent(event(count: 3)), context: context())
        let lines = try folder.read("letters").split(separator: "\n")
        #expect(lines.count == 2)
        let line = try #require(lines.first)
        #expect(line.hasSuffix(#","record":\#(record(1))}"#))
        #expect(
            line.contains(#""reason":"DeliveriesExhausted","deliveries":1,"error":{"errorType":"Function.BadOrder""#)
        )
        #expect(line.contains(#""invocation":{"requestId":"8476a536-e9f4-11e8-9739-2dfe598c3fcd"}"#))
        await #expect(throws: DeadLetterFileError.self) {
            try await JSONLinesDeadLetterSink(path: "/nowhere/at/all").accept(try #require(await OneLetter.one()))
        }
    }

    @Test("the counter forgets the oldest beyond its capacity")
    func counterCapacity() {
        let counter = InMemoryDeliveryCounter(capacity: 2)
        let identities = (0..<3).map { RecordIdentity(sourceARN: "s", itemIdentifier: "\($0)") }
        #expect(identities.map { counter.countFailure(of: $0, in: context()) } == [1, 1, 1])
        #expect(counter.countFailure(of: identities[2], in: context()) == 2)
        #expect(counter.countFailure(of: identities[0], in: context()) == 1)
    }

    /// A dead letter from a real run.
    private enum OneLetter {
        static func one() async throws -> DeadLetter? {
            let sink = InMemoryDeadLetterSink()
            let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in throw Refused() }
                .deadLettered(after: 1, to: sink)
            _ = try await processor.process(StreamEvent(event(count: 1)), context: context())
            return await sink.letters.first
        }
    }
}
