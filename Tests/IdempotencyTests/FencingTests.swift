// Only a lease's owner ends it: late owners, lost replies, nested and concurrent operations.

import DynamoDBStreamEvents
import Idempotency
import Testing

@Suite("Fencing")
struct FencingTests {
    let clock = ManualClock()

    func operations(_ store: ObservedStore, prefix: String = "orders") -> IdempotentOperations<ObservedStore> {
        IdempotentOperations(store: store, prefix: prefix, settings: IdempotencySettings(clock: clock.clock))
    }

    func expectLeaseLost(_ error: IdempotencyError?) {
        guard case .leaseLost("orders#o-1") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("an owner that comes too late does not write over what another completed", arguments: StoreKind.allCases)
    func lateCompletion(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "o-1") { [clock] () async throws -> String in
                clock.advance(by: .seconds(1000))
                #expect(try await once.perform(key: "o-1") { "second" } == "second")
                return "first"
            }
        }
        expectLeaseLost(error)
        #expect(try await store.record("orders#o-1")?.data == #""second""#)
        #expect(try await once.perform(key: "o-1") { "third" } == "second")
    }

    @Test("an owner that comes too late does not complete another's lease", arguments: StoreKind.allCases)
    func lateCompletionOverLease(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        try await once.perform(key: "unrelated") {}
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "o-1") { [clock] in
                clock.advance(by: .seconds(1000))
                try await takeOver(store, owner: "another")
                return 1
            }
        }
        expectLeaseLost(error)
        let record = try await store.record("orders#o-1")
        #expect(record?.owner == "another")
        #expect(record?.status == .inProgress)
    }

    @Test("a lease that Powertools took over, which knows no owners, is another's too", arguments: StoreKind.allCases)
    func takenOverByPowertools(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "o-1") { [clock] in
                clock.advance(by: .seconds(1000))
                try await takeOver(store, owner: nil)
                return 1
            }
        }
        expectLeaseLost(error)
        #expect(try await store.record("orders#o-1")?.status == .inProgress)
    }

    @Test("an owner that fails too late does not delete another's record", arguments: StoreKind.allCases)
    func lateRelease(kind: StoreKind) async throws {
        struct Declined: Error {}
        let store = try await kind.makeStore()
        let once = operations(store)
        await #expect(throws: Declined.self) {
            try await once.perform(key: "o-1") { [clock] () async throws in
                clock.advance(by: .seconds(1000))
                #expect(try await once.perform(key: "o-1") { 2 } == 2)
                throw Declined()
            }
        }
        #expect(try await once.perform(key: "o-1") { 3 } == 2)
        await #expect(throws: Declined.self) {
            try await once.perform(key: "o-2") { [clock] in
                clock.advance(by: .seconds(1000))
                try await takeOver(store, owner: "another", key: "orders#o-2")
                throw Declined()
            }
        }
        #expect(try await store.record("orders#o-2")?.owner == "another")
    }

    /// Takes a key over as another process does when the lease has ended.
    private func takeOver(_ store: ObservedStore, owner: String?, key: String = "orders#o-1") async throws {
        let now = clock.clock.now
        let outcome = try await store.base.begin(
            IdempotencyRecord(
                key: key,
                status: .inProgress,
                expiration: now / 1000 + 3600,
                leaseEnd: now + 60_000,
                owner: owner
            ),
            in: StoreCall(now: now)
        )
        #expect(outcome == .begun)
    }

    @Test("a begin that arrives twice because its reply was lost is the caller's own", arguments: StoreKind.allCases)
    func beginSentTwice(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        store.fail(.begin, .sentTwice)
        let runs = Counter()
        #expect(try await once.perform(key: "o-1") { runs.increase() } == 1)
        #expect(store.takeSteps() == [.begin, .complete])
        #expect(try await store.record("orders#o-1")?.status == .completed)
    }

    @Test("a completion that arrives twice because its reply was lost is done", arguments: StoreKind.allCases)
    func completionSentTwice(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        store.fail(.complete, .sentTwice)
        #expect(try await once.perform(key: "o-1") { 1 } == 1)
        #expect(try await once.perform(key: "o-1") { 2 } == 1)
    }

    @Test("a release that arrives twice because its reply was lost is done", arguments: StoreKind.allCases)
    func releaseSentTwice(kind: StoreKind) async throws {
        struct Declined: Error {}
        let store = try await kind.makeStore()
        let once = operations(store)
        store.fail(.release, .sentTwice)
        await #expect(throws: Declined.self) { try await once.perform(key: "o-1") { throw Declined() } }
        #expect(try await once.perform(key: "o-1") { 2 } == 2)
    }

    @Test("work whose completion was stored and not confirmed is not done again", arguments: StoreKind.allCases)
    func completionReplyLost(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        store.fail(.complete, .lostReply)
        await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { 1 } }
        #expect(try await once.perform(key: "o-1") { 2 } == 1)
    }

    @Test("nested operations on one store keep their keys and results apart", arguments: StoreKind.allCases)
    func nested(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let outer = operations(store)
        let inner = operations(store, prefix: "payments")
        let result = try await outer.perform(key: "o-1") {
            let receipt = try await inner.perform(key: "o-1", validation: "12.50") { "receipt" }
            let other = try await outer.perform(key: "o-2") { "other" }
            return "\(receipt), \(other)"
        }
        #expect(result == "receipt, other")
        let records = [
            try await store.record("orders#o-1"), try await store.record("payments#o-1"),
            try await store.record("orders#o-2"),
        ]
        #expect(records.map { $0?.status } == [.completed, .completed, .completed])
        #expect(records.map { $0?.data } == [#""receipt, other""#, #""receipt""#, #""other""#])
        #expect(records.map { $0?.validation } == [nil, "12.50", nil])
    }

    // Not against moto: its server lets two requests at once both see that a key is free. `make races` asks it for one at a
    // time, and has fifty tasks in four processes.
    @Test("of fifty calls at once with one key, one runs")
    func concurrentWithOneKey() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store)
        let runs = Counter()
        let refused = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do {
                        try await once.perform(key: "o-1") { _ = runs.increase() }
                    } catch IdempotencyError.alreadyInProgress {
                        refused.increase()
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        #expect(runs.count == 1)
        #expect(refused.count < 50)
    }

    @Test("calls at once with keys of their own store their own results", arguments: StoreKind.allCases)
    func concurrentWithManyKeys(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await once.perform(key: "o-\(number)") { () async throws -> Int in
                        await Task.yield()
                        return number
                    }
                }
            }
            try await group.waitForAll()
        }
        for number in 0..<50 { #expect(try await once.perform(key: "o-\(number)") { -1 } == number) }
    }

    @Test("work that ends although its task was cancelled is stored", arguments: StoreKind.allCases)
    func completionOfCancelled(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        let begun = Gate()
        let task = Task {
            try await once.perform(key: "o-1") { () async throws -> Int in
                begun.open()
                // A handler that does not honour cancellation.
                while !Task.isCancelled { await Task.yield() }
                return 1
            }
        }
        await begun.passed()
        task.cancel()
        #expect(try await task.value == 1)
        #expect(try await store.record("orders#o-1")?.status == .completed)
    }

    @Test("work that is cancelled gives its lease back", arguments: StoreKind.allCases)
    func releaseOfCancelled(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        let begun = Gate()
        let task = Task {
            try await once.perform(key: "o-1") {
                begun.open()
                try await Task.sleep(for: .seconds(600))
            }
        }
        await begun.passed()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await store.isFree("orders#o-1", at: clock.clock.now))
    }
}
