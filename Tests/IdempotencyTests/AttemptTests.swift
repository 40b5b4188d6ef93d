// Attempts counted in the record itself, by themselves and by the capture of poison records.

import DynamoDBStreamEvents
import Idempotency
import IdempotencyDynamoDB
import LambdaStreams
import LambdaStreamsIdempotency
import LambdaStreamsTesting
import StreamProcessing
import Testing

@Suite("Counting attempts")
struct AttemptTests {
    let clock = ManualClock()

    @Test("a count survives leases, releases and completion", arguments: [StoreKind.inMemory, .countingTable])
    func survives(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = IdempotentOperations(
            store: store,
            prefix: "orders",
            settings: IdempotencySettings(clock: clock.clock)
        )
        #expect(try await once.countAttempt(of: "o-1") == 1)
        #expect(try await store.isFree("orders#o-1", at: clock.clock.now))
        for expected in [2, 3] {
            await #expect(throws: HandlerRefused.self) { try await once.perform(key: "o-1") { throw HandlerRefused() } }
            #expect(try await once.countAttempt(of: "o-1") == expected)
        }
        try await once.perform(key: "o-1") { () async throws in
            // Counting does not touch the lease.
            #expect(try await once.countAttempt(of: "o-1") == 4)
            #expect(try await store.isFree("orders#o-1", at: clock.clock.now) == false)
        }
        let record = try await store.record("orders#o-1")
        #expect(record?.status == .completed)
        #expect(record?.attempts == 4)
    }

    @Test("a count that is sent twice counts once", arguments: [StoreKind.inMemory, .countingTable])
    func sentTwice(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = IdempotentOperations(store: store, prefix: "orders")
        store.fail(.count, .sentTwice)
        #expect(try await once.countAttempt(of: "o-1") == 1)
        #expect(try await once.countAttempt(of: "o-1") == 2)
    }

    @Test("a lease without an end stays one", arguments: [StoreKind.inMemory, .countingTable])
    func endlessLease(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let now = clock.clock.now
        _ = try await store.base.begin(
            IdempotencyRecord(key: "orders#o-1", status: .inProgress, expiration: now / 1000 + 3600),
            in: StoreCall(now: now)
        )
        let once = IdempotentOperations(store: store, prefix: "orders")
        #expect(try await once.countAttempt(of: "o-1") == 1)
        #expect(try await store.isFree("orders#o-1", at: now) == false)
    }

    @Test("a record that has a count is free to a store that knows none, and to Powertools")
    func freeToOthers() async throws {
        let counting = try await DynamoDBIdempotencyStoreFixture.make()
        let operations = IdempotentOperations(store: counting.counting, prefix: "orders")
        #expect(try await operations.countAttempt(of: "o-1") == 1)
        let plain = IdempotentOperations(store: counting.plain, prefix: "orders")
        #expect(try await plain.perform(key: "o-1") { 7 } == 7)
    }

    // MARK: In batches

    private func event(_ count: Int) throws -> StreamEvent {
        var builder = StreamEvent.Builder(keys: "id")
        for number in 0..<count { builder = try builder.insert(["id": .string("o-\(number)")]) }
        return try builder.build()
    }

    @Test("attempts are counted over deliveries in the record itself", arguments: [StoreKind.inMemory, .countingTable])
    func attempts(kind: StoreKind) async throws {
        for isCaptureInside in [false, true] {
            let store = try await kind.makeStore()
            let once = IdempotentOperations(store: store, prefix: "notifier")
            let sink = InMemoryPoisonSink()
            let runs = Counter()
            let refusing = RawRecordHandler<StreamRecord> { _, _ in
                runs.increase()
                throw HandlerRefused()
            }
            let event = try event(1)
            for delivery in 1...3 {
                // A process of its own each time.
                let counter = StoredAttemptCounter(in: once)
                let layered =
                    isCaptureInside
                    ? refusing.idempotent(using: once)
                        .capturingPoison(after: 3, to: sink, counting: counter)
                    : refusing.capturingPoison(after: 3, to: sink, counting: counter)
                        .idempotent(using: once)
                let response = try await BatchProcessor(layered).process(event)
                #expect(response == (delivery < 3 ? .failure(from: event.records[0]) : .success))
            }
            let captured = await sink.records
            #expect(captured.map(\.attempts) == [3])
            #expect(runs.count == 3)
            let key = try #require(event.records.first?.identity?.idempotencyKey)
            let record = try await store.record("notifier#\(key)")
            #expect(record?.attempts == 3)
        }
    }

    @Test("a record that is done is counted for no request")
    func attemptsOfDone() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = IdempotentOperations(store: store, prefix: "notifier")
        let layered = RawRecordHandler<StreamRecord> { _, _ in }.capturingPoison(
            after: 3,
            to: InMemoryPoisonSink(),
            counting: StoredAttemptCounter(in: once)
        )
        #expect(try await BatchProcessor(layered).process(try event(3)) == .success)
        #expect(store.steps == [])
    }
}
