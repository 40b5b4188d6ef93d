// Failed deliveries counted in the record itself, by themselves and by the dead-letter decision.

import DynamoDBStreamEvents
import Idempotency
import IdempotencyDynamoDB
import LambdaStreams
import LambdaStreamsIdempotency
import LambdaStreamsTesting
import StreamProcessing
import Testing

@Suite("Counting failed deliveries")
struct FailureCountTests {
    let clock = ManualClock()

    @Test("a count survives leases, releases and completion", arguments: StoreKind.allCases)
    func survives(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = IdempotentOperations(
            store: store,
            prefix: "orders",
            settings: IdempotencySettings(clock: clock.clock)
        )
        #expect(try await once.countFailure(of: "o-1") == 1)
        #expect(try await store.isFree("orders#o-1", at: clock.clock.now))
        for expected in [2, 3] {
            await #expect(throws: HandlerRefused.self) { try await once.perform(key: "o-1") { throw HandlerRefused() } }
            #expect(try await once.countFailure(of: "o-1") == expected)
        }
        try await once.perform(key: "o-1") { () async throws in
            // Counting does not touch the lease.
            #expect(try await once.countFailure(of: "o-1") == 4)
            #expect(try await store.isFree("orders#o-1", at: clock.clock.now) == false)
        }
        let record = try await store.record("orders#o-1")
        #expect(record?.status == .completed)
        #expect(record?.attempts == 4)
    }

    @Test("a count that is sent twice counts once", arguments: StoreKind.allCases)
    func sentTwice(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = IdempotentOperations(store: store, prefix: "orders")
        store.fail(.count, .sentTwice)
        #expect(try await once.countFailure(of: "o-1") == 1)
        #expect(try await once.countFailure(of: "o-1") == 2)
    }

    @Test("a lease without an end stays one", arguments: StoreKind.allCases)
    func endlessLease(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let now = clock.clock.now
        _ = try await store.base.begin(
            IdempotencyRecord(key: "orders#o-1", status: .inProgress, expiration: now / 1000 + 3600),
            in: StoreCall(now: now)
        )
        let once = IdempotentOperations(store: store, prefix: "orders")
        #expect(try await once.countFailure(of: "o-1") == 1)
        #expect(try await store.isFree("orders#o-1", at: now) == false)
    }

    // MARK: In batches

    private func event(_ count: Int) throws -> StreamEvent {
        var builder = StreamEvent.Builder(keys: "id")
        for number in 0..<count { builder = try builder.insert(["id": .string("o-\(number)")]) }
        return try builder.build()
    }

    @Test(
        "deliveries are counted in the record itself by every process, whatever the order of writing",
        arguments: StoreKind.allCases
    )
    func deliveries(kind: StoreKind) async throws {
        for isIdempotentFirst in [false, true] {
            let store = try await kind.makeStore()
            let sink = InMemoryDeadLetterSink()
            let runs = Counter()
            let event = try event(1)
            for delivery in 1...4 {
                // A process of its own each time: nothing is counted in memory.
                let refusing = BatchProcessor { (_: StreamRecord, _: RecordContext) in
                    runs.increase()
                    throw HandlerRefused()
                }
                let once = IdempotentOperations(store: store, prefix: "notifier")
                let processor =
                    isIdempotentFirst
                    ? refusing.idempotent(using: once).deadLettered(after: 3, to: sink)
                    : refusing.deadLettered(after: 3, to: sink).idempotent(using: once)
                let response = try await processor.process(event)
                #expect(response == (delivery < 3 ? .failure(from: event.records[0]) : .success))
            }
            #expect(await sink.letters.map(\.deliveries) == [3, 4])
            #expect(runs.count == 4)
            let key = try #require(event.records.first?.identity?.idempotencyKey)
            #expect(try await store.record("notifier#\(key)")?.attempts == 4)
        }
    }

    @Test("a store that cannot be reached counts nothing and sends nothing to the dead letters")
    func unreachable() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let sink = InMemoryDeadLetterSink()
        let runs = Counter()
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in runs.increase() }
            .deadLettered(after: 1, to: sink)
            .idempotent(using: IdempotentOperations(store: store, prefix: "notifier"), lookup: .never)
        let event = try event(1)
        for _ in 0..<5 {
            store.fail(.begin, .lostRequest)
            #expect(try await processor.process(event) == .failure(from: event.records[0]))
        }
        #expect(await sink.letters.isEmpty)
        #expect(try await processor.process(event) == .success)
        #expect(runs.count == 1)
    }

    @Test("a record that is done is counted for no request")
    func done() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = IdempotentOperations(store: store, prefix: "notifier")
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in }
            .deadLettered(after: 3, to: InMemoryDeadLetterSink(), counting: StoredDeliveryCounter(in: once))
        #expect(try await processor.process(try event(3)) == .success)
        #expect(store.steps == [])
    }
}
