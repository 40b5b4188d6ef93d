// Records handled once, in whole batches: what is handled, what is skipped, and for how many requests.

import DynamoDBStreamEvents
import Idempotency
import LambdaStreams
import LambdaStreamsIdempotency
import LambdaStreamsTesting
import SharedState
import StreamProcessing
import Testing

/// Collects the summaries of batches.
private final class Summaries: BatchObserver {
    private let all = Guarded<[BatchSummary]>([])
    var last: BatchSummary? { all.withLock { $0.last } }

    func didProcess(_ summary: BatchSummary) async { all.withLock { $0.append(summary) } }
}

/// The ids that a handler was given.
final class Handled: Sendable {
    private let ids = Guarded<[String]>([])

    func append(_ id: String) { ids.withLock { $0.append(id) } }

    func take() -> [String] {
        ids.withLock { ids in
            defer { ids = [] }
            return ids
        }
    }
}

struct HandlerRefused: Error {}

@Suite("Records handled once")
struct LayerTests {
    private let handled = Handled()
    private let summaries = Summaries()

    func operations(_ store: ObservedStore, prefix: String = "notifier") -> IdempotentOperations<ObservedStore> {
        IdempotentOperations(store: store, prefix: prefix)
    }

    func event(_ count: Int) throws -> StreamEvent {
        var builder = StreamEvent.Builder(keys: "id")
        for number in 0..<count { builder = try builder.insert(["id": .string("o-\(number)")]) }
        return try builder.build()
    }

    /// A processor that notes what it handles and refuses some.
    func processor(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        refusing refused: Set<String> = []
    ) -> BatchProcessor<StreamRecord> {
        BatchProcessor(order: order, settings: settings) { [handled] (record: StreamRecord, _: RecordContext) in
            let id = record.keys?["id"]?.string ?? ""
            handled.append(id)
            if refused.contains(id) { throw HandlerRefused() }
        }
    }

    func take() -> [String] { handled.take() }

    @Test(
        "a new record costs two requests and a done one none, found a hundred at a time",
        arguments: StoreKind.allCases
    )
    func requests(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let processor = processor(settings: BatchSettings(observer: summaries))
            .idempotent(using: operations(store), lookup: .always)
        let event = try event(5)
        #expect(try await processor.process(event) == .success)
        #expect(take().count == 5)
        #expect(store.takeSteps() == [.readMany] + Array(repeating: [.begin, .complete], count: 5).flatMap { $0 })
        #expect(summaries.last?.skippedCount == 0)
        #expect(try await processor.process(event) == .success)
        #expect(take() == [])
        #expect(store.takeSteps() == [.readMany])
        #expect(summaries.last?.skippedCount == 5)
        #expect(summaries.last?.doneCount == 5)
    }

    @Test("without a look-up a done record costs one request", arguments: StoreKind.allCases)
    func withoutLookup(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let processor = processor().idempotent(using: operations(store), lookup: .never)
        let event = try event(3)
        _ = try await processor.process(event)
        _ = store.takeSteps()
        #expect(try await processor.process(event) == .success)
        #expect(take().count == 3)
        #expect(store.takeSteps() == [.begin, .begin, .begin])
    }

    @Test("after a failure the records behind it that are done are skipped, and that batch is looked up")
    func suffix() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store)
        let failing = processor(order: .perKey(maxConcurrency: 1), refusing: ["o-1"]).idempotent(using: once)
        let event = try event(4)
        let response = try await failing.process(event)
        #expect(response == .failure(from: event.records[1]))
        #expect(take() == ["o-0", "o-1", "o-2", "o-3"])
        // Its first batch was looked up, for another process may have died before it.
        #expect(store.takeSteps().filter { $0 == .readMany }.count == 1)
        #expect(try await failing.process(event) == .failure(from: event.records[1]))
        #expect(take() == ["o-1"])
        #expect(store.takeSteps() == [.readMany, .begin, .release])
        let mended = processor().idempotent(using: once)
        #expect(try await mended.process(event) == .success)
        #expect(take() == ["o-1"])
    }

    @Test("a healthy stream is looked up once, at its first batch")
    func lookedUpOnce() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let processor = processor().idempotent(using: operations(store))
        var builder = StreamEvent.Builder(keys: "id")
        for batch in 0..<3 {
            builder = try builder.insert(["id": .string("o-\(batch)")])
            #expect(try await processor.process(try builder.build()) == .success)
            builder = builder.nextBatch
        }
        #expect(store.steps == [.readMany, .begin, .complete, .begin, .complete, .begin, .complete])
    }

    @Test("a look-up that fails costs nothing but itself")
    func lookupFails() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        store.fail(.readMany, .lostRequest)
        let processor = processor().idempotent(using: operations(store))
        #expect(try await processor.process(try event(2)) == .success)
        #expect(take().count == 2)
        // Each record asked for itself, and the next batch does too: nothing failed since.
        _ = store.takeSteps()
        #expect(try await processor.process(try event(2)) == .success)
        #expect(store.steps == [.begin, .begin])
    }

    @Test("the default key is the stream's ARN and the event id")
    func defaultKey() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let event = try event(1)
        let record = try #require(event.records.first)
        _ = try await processor().idempotent(using: operations(store)).process(event)
        let arn = try #require(record.eventSourceARN)
        let eventID = try #require(record.eventID)
        #expect(try await store.record("notifier#\(arn)#\(eventID)")?.status == .completed)
    }

    @Test("a custom key makes records of one item one, and a record without one is handled each time")
    func ownKey() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let event = try StreamEvent.Builder(keys: "id")
            .insert(["id": "o-1", "customer": "c-1"]).insert(["id": "o-2", "customer": "c-1"]).insert(["id": "o-3"])
            .build()
        let processor = processor().idempotent(using: operations(store)) { $0.newImage?["customer"]?.string }
        #expect(try await processor.process(event) == .success)
        #expect(take() == ["o-1", "o-3"])
        #expect(try await processor.process(event) == .success)
        #expect(take() == ["o-3"])
    }

    @Test("a validation that differs fails its record and no other")
    func validation() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let event = try StreamEvent.Builder(keys: "id")
            .insert(["id": "o-1", "total": 5]).insert(["id": "o-1", "total": 6]).insert(["id": "o-2", "total": 7])
            .build()
        let processor = processor(settings: BatchSettings(onFailure: .continue)).idempotent(using: operations(store)) {
            $0.keys?["id"]?.string
        } validation: {
            $0.newImage?["total"]?.number?.text
        }
        let response = try await processor.process(event)
        #expect(response == .failure(from: event.records[1]))
        #expect(take() == ["o-1", "o-2"])
    }

    @Test("two functions on one table each handle every record")
    func twoFunctions() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        for prefix in ["notifier", "projector"] {
            let processor = processor().idempotent(using: operations(store, prefix: prefix))
            #expect(try await processor.process(try event(3)) == .success)
        }
        #expect(take().count == 6)
    }

    @Test("a record that another delivery is handling fails, and comes again")
    func inProgress() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store)
        let event = try event(2)
        let key = try #require(event.records[1].identity?.idempotencyKey)
        let processor = processor().idempotent(using: once)
        let response = try await once.perform(key: key) { [event] in
            // Without a deadline there is no time to wait within.
            let response = try await processor.process(event, context: .testing(remaining: nil))
            #expect(response == .failure(from: event.records[1]))
            return true
        }
        #expect(response)
        #expect(take() == ["o-0"])
    }

    @Test("messages of a queue are known by their queue and message id")
    func queue() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let json = """
            {"Records":[{"messageId":"059f36b4","receiptHandle":"r","body":"{}","attributes":{},"messageAttributes":{},\
            "md5OfBody":"","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:orders",\
            "awsRegion":"us-east-2"}]}
            """
        let count = Counter()
        let processor = BatchProcessor { (_: SQSMessage, _: RecordContext) in count.increase() }
            .idempotent(using: operations(store))
        for _ in 0..<2 { _ = try await processor.invoke(json: json) }
        #expect(count.count == 1)
        #expect(try await store.record("notifier#arn:aws:sqs:us-east-2:123456789012:orders#059f36b4") != nil)
    }
}
