// Waiting for a running duplicate, and leases that are renewed. These take real time, with margins of seconds.

import DynamoDBStreamEvents
import Idempotency
import LambdaStreams
import LambdaStreamsIdempotency
import LambdaStreamsTesting
import Testing

@Suite("Waiting and renewing")
struct WaitingTests {
    @Test("a duplicate that waits gets the result of the one that runs", arguments: StoreKind.allCases)
    func waits(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.runningDuplicate = .wait(upTo: .seconds(60)) }
        let begun = Gate()
        async let first = once.perform(key: "o-1") {
            begun.open()
            try await Task.sleep(for: .milliseconds(500))
            return "first"
        }
        await begun.passed()
        #expect(try await once.perform(key: "o-1") { "second" } == "first")
        #expect(try await first == "first")
        // The waiting one only read after its one attempt to begin.
        #expect(store.steps.filter { $0 == .begin }.count == 2)
    }

    @Test("a duplicate that waits runs when the other one fails", arguments: StoreKind.allCases)
    func waitsForFailure(kind: StoreKind) async throws {
        struct Declined: Error {}
        let store = try await kind.makeStore()
        let once = operations(store) { $0.runningDuplicate = .wait(upTo: .seconds(60)) }
        let begun = Gate()
        let first = Task {
            try await once.perform(key: "o-1") { () async throws -> String in
                begun.open()
                try await Task.sleep(for: .milliseconds(300))
                throw Declined()
            }
        }
        await begun.passed()
        #expect(try await once.perform(key: "o-1") { "second" } == "second")
        await #expect(throws: Declined.self) { try await first.value }
    }

    @Test("waiting ends with the time that was given to it")
    func waitsNoLonger() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store) { $0.runningDuplicate = .wait(upTo: .milliseconds(200)) }
        let short = operations(store) { $0.runningDuplicate = .wait(upTo: .seconds(600)) }
        try await once.perform(key: "o-1") {
            for (waiting, remaining) in [(once, nil), (short, Duration.milliseconds(300))] {
                let error = await #expect(throws: IdempotencyError.self) {
                    try await waiting.perform(key: "o-1", remainingTime: remaining) { Issue.record("it must not run") }
                }
                guard case .alreadyInProgress("orders#o-1", .some) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
        }
    }

    @Test("waiting ends when it is cancelled")
    func waitingIsCancelled() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store) { $0.runningDuplicate = .wait(upTo: .seconds(600)) }
        try await once.perform(key: "o-1") {
            let waiting = Task { try await once.perform(key: "o-1") { Issue.record("it must not run") } }
            try await Task.sleep(for: .milliseconds(100))
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test(
        "work that finishes after it was canceled has finished, under a renewed lease too",
        arguments: StoreKind.allCases
    )
    func finishesAfterCancellation(kind: StoreKind) async throws {
        for lease in [LeaseRule.renewed(length: .seconds(60)), .invocation()] {
            let store = try await kind.makeStore()
            let once = operations(store) { $0.lease = lease }
            let begun = Gate()
            let runs = Counter()
            let work: Task<Int, any Error> = Task {
                try await once.perform(key: "o-1") {
                    begun.open()
                    // Does not honor cancellation: goes on until it was canceled, and then finishes.
                    while !Task.isCancelled { await Task.yield() }
                    return runs.increase()
                }
            }
            await begun.passed()
            work.cancel()
            #expect(try await work.value == 1)
            #expect(try await once.perform(key: "o-1") { runs.increase() } == 1)
            #expect(runs.count == 1)
        }
    }

    @Test("work whose renewed lease is lost, and which finishes all the same, says that its lease was lost")
    func finishesAfterLoss() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store) { $0.lease = .renewed(length: .milliseconds(600)) }
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "o-1") { () async throws in
                let mine = try #require(try await store.record("orders#o-1"))
                _ = try await store.base.release(mine, in: StoreCall(now: 0))
                while !Task.isCancelled { await Task.yield() }
            }
        }
        guard case .leaseLost("orders#o-1") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// A lease that a dead process left, which ends in a moment.
    private func leaveLease(_ key: String, in store: ObservedStore, for duration: Duration) async throws {
        let now = WallClock.system.now
        let milliseconds = Int64(duration / .milliseconds(1))
        _ = try await store.base.begin(
            IdempotencyRecord(
                key: key,
                status: .inProgress,
                expiration: now / 1000 + 3600,
                leaseEnd: now + milliseconds,
                owner: "dead"
            ),
            in: StoreCall(now: now)
        )
    }

    @Test(
        "a batch waits for the lease of a dead process within its invocation, instead of failing one delivery after the other"
    )
    func waitsForDeadOwner() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let event = try StreamEvent.Builder(keys: "id").insert(["id": "o-1"]).build()
        let key = try #require(event.records.first?.identity?.idempotencyKey)
        try await leaveLease("function-under-test#\(key)", in: store, for: .milliseconds(400))
        let runs = Counter()
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in runs.increase() }.idempotent(
            using: store
        )
        #expect(try await processor.process(event) == .success)
        #expect(runs.count == 1)
    }

    @Test("a claim on an item and the closing of a window wait for a dead process alike")
    func othersWaitForDeadOwner() async throws {
        let applied = InMemoryLastAppliedStore()
        let event = try StreamEvent.Builder(keys: "id").insert(["id": "o-1"]).build()
        let record = try #require(event.records.first)
        let now = WallClock.system.now
        let claim = LastAppliedChange(
            key: "function-under-test.last-applied#\(try #require(try record.lastAppliedKey))",
            number: try #require(record.sequenceNumber),
            owner: "dead",
            step: .claim(leaseEnd: now + 400)
        )
        #expect(applied.take(claim, in: StoreCall(now: now)) == .taken)
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in }.onlyNewer(using: applied)
        #expect(try await processor.process(event) == .success)

        let store = try await StoreKind.inMemory.makeStore()
        let once = IdempotentOperations(store: store)
        let closed = Counter()
        let windows = TumblingWindowProcessor(initial: 0) { (sum: inout Int, _: StreamRecord, _) in
            sum += 1
        } onClose: { _, window in
            if closed.count == 0 {
                try await leaveLease("function-under-test#\(window.key)", in: store, for: .milliseconds(400))
            }
            try await once.perform(key: window.key, in: window.lambda) { closed.increase() }
        }
        #expect(try await windows.run(over: [event]).isClosed)
        #expect(closed.count == 1)
    }

    @Test("a renewed lease outlasts its length while its work runs", arguments: StoreKind.allCases)
    func renewed(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let clock = WallClock.system
        let once = operations(store) { $0.lease = .renewed(length: .seconds(3)) }
        let result = try await once.perform(key: "o-1") {
            let first = try #require(try await store.record("orders#o-1")?.leaseEnd)
            // Until it has been renewed past its first end, however slow the machine is.
            while let end = try await store.record("orders#o-1")?.leaseEnd, end <= first + 1000 {
                try await Task.sleep(for: .milliseconds(100))
                #expect(clock.now < first + 60_000)
                if clock.now > first + 60_000 { break }
            }
            return 1
        }
        #expect(result == 1)
        #expect(store.steps.contains(.renew))
        #expect(try await store.record("orders#o-1")?.status == .completed)
    }

    @Test("work whose renewed lease is lost is cancelled, and what took it stays", arguments: StoreKind.allCases)
    func renewedAndLost(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.lease = .renewed(length: .milliseconds(900)) }
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "o-1") { () async throws in
                // In a task of its own, for a renewal in the midst of it cancels this one.
                try await Task {
                    let mine = try #require(try await store.record("orders#o-1"))
                    _ = try await store.base.release(mine, in: StoreCall(now: 0))
                    let now = WallClock.system.now
                    _ = try await store.base.begin(
                        IdempotencyRecord(
                            key: "orders#o-1",
                            status: .inProgress,
                            expiration: now / 1000 + 3600,
                            leaseEnd: now + 600_000,
                            owner: "another"
                        ),
                        in: StoreCall(now: now)
                    )
                }.value
                try await Task.sleep(for: .seconds(600))
            }
        }
        guard case .leaseLost("orders#o-1") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try await store.record("orders#o-1")?.owner == "another")
    }

    @Test("a renewal that fails is tried again, and the work goes on")
    func renewalFails() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        store.fail(.renew, .lostRequest, .lostReply)
        let once = operations(store) { $0.lease = .renewed(length: .milliseconds(900)) }
        let result = try await once.perform(key: "o-1") {
            while store.steps.filter({ $0 == .renew }).count < 3 { try await Task.sleep(for: .milliseconds(50)) }
            return 1
        }
        #expect(result == 1)
    }
}
