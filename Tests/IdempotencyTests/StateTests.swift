// The states of a key, and what each call makes of them.

import DynamoDBStreamEvents
import Idempotency
import Testing

@Suite("The states of a key")
struct StateTests {
    let clock = ManualClock()

    func operations(
        _ store: ObservedStore,
        prefix: String = "orders",
        _ change: (inout IdempotencySettings) -> Void = { _ in }
    ) -> IdempotentOperations<ObservedStore> {
        var settings = IdempotencySettings(clock: clock.clock)
        change(&settings)
        return IdempotentOperations(store: store, prefix: prefix, settings: settings)
    }

    @Test("new work runs for two requests, and is passed over for one", arguments: StoreKind.allCases)
    func newAndDone(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        let runs = Counter()
        let first = try await once.perform(key: "o-1") { runs.increase() }
        #expect(first == 1)
        #expect(store.takeSteps() == [.begin, .complete])
        let second = try await once.perform(key: "o-1") { runs.increase() }
        #expect(second == 1)
        #expect(runs.count == 1)
        #expect(store.takeSteps() == [.begin])
    }

    @Test("what is stored while it runs and after", arguments: StoreKind.allCases)
    func records(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        let now = clock.clock.now
        try await once.perform(key: "o-1", validation: "v", remainingTime: .seconds(10)) {
            let running = try #require(try await store.record("orders#o-1"))
            #expect(running.status == .inProgress)
            #expect(running.expiration == now / 1000 + 86_400)
            let leaseEnd = try #require(running.leaseEnd)
            // Ten seconds of time and two of margin, less what the test has taken so far.
            #expect((now + 2_000...now + 12_000).contains(leaseEnd))
            #expect(running.validation == "v")
            #expect(running.data == nil)
        }
        let done = try #require(try await store.record("orders#o-1"))
        #expect(done.status == .completed)
        #expect(done.expiration == now / 1000 + 86_400)
        #expect(done.data == "null")
        #expect(done.validation == "v")
    }

    @Test("a running duplicate is refused, each time by the store", arguments: StoreKind.allCases)
    func inProgress(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.localCacheCapacity = 10 }
        try await once.perform(key: "o-1", remainingTime: .seconds(60)) {
            #expect(store.takeSteps() == [.begin])
            for _ in 0..<3 {
                let error = await #expect(throws: IdempotencyError.self) {
                    try await once.perform(key: "o-1") { Issue.record("it must not run twice") }
                }
                guard case .alreadyInProgress("orders#o-1", .some) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            #expect(store.takeSteps() == [.begin, .begin, .begin])
        }
    }

    @Test("an operation that throws gives its lease back and throws its own error", arguments: StoreKind.allCases)
    func thrown(kind: StoreKind) async throws {
        struct Declined: Error {}
        let store = try await kind.makeStore()
        let once = operations(store)
        await #expect(throws: Declined.self) { try await once.perform(key: "o-1") { throw Declined() } }
        #expect(store.takeSteps() == [.begin, .release])
        #expect(try await store.isFree("orders#o-1", at: clock.clock.now))
        #expect(try await once.perform(key: "o-1") { 7 } == 7)
    }

    @Test("a lease that cannot be given back does not hide the operation's error", arguments: StoreKind.allCases)
    func releaseFails(kind: StoreKind) async throws {
        struct Declined: Error {}
        let store = try await kind.makeStore()
        store.fail(.release, .lostRequest)
        await #expect(throws: Declined.self) { try await operations(store).perform(key: "o-1") { throw Declined() } }
    }

    @Test("work that is done but could not be stored says so", arguments: StoreKind.allCases)
    func completionFails(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        store.fail(.complete, .lostRequest)
        let error = await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { 7 } }
        guard case .store(.complete, "orders#o-1", let underlying) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(underlying is StoreUnreachable)
        // The lease stays, for nobody knows what became of the work.
        #expect(try await store.record("orders#o-1")?.status == .inProgress)
    }

    @Test("a lease that cannot be taken runs nothing, and is given back in case it was", arguments: StoreKind.allCases)
    func beginFails(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        store.fail(.begin, .lostReply)
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "o-1") { Issue.record("it must not run") }
        }
        guard case .store(.begin, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(store.takeSteps() == [.begin, .release])
        #expect(try await store.isFree("orders#o-1", at: clock.clock.now))
    }

    @Test("a completed record counts until its expiry has passed, and not longer", arguments: StoreKind.allCases)
    func expiry(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.expiresAfter = .seconds(100) }
        let runs = Counter()
        try await once.perform(key: "o-1") { _ = runs.increase() }
        clock.advance(by: .seconds(100))
        try await once.perform(key: "o-1") { _ = runs.increase() }
        #expect(runs.count == 1)
        clock.advance(by: .seconds(1))
        try await once.perform(key: "o-1") { _ = runs.increase() }
        #expect(runs.count == 2)
    }

    @Test("the expiry of a completed record counts from its completion", arguments: StoreKind.allCases)
    func expiryAtCompletion(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.expiresAfter = .seconds(100) }
        let now = clock.clock.now
        try await once.perform(key: "o-1") { [clock] in clock.advance(by: .seconds(50)) }
        #expect(try await store.record("orders#o-1")?.expiration == now / 1000 + 150)
    }

    @Test("a record in progress does not expire before its lease ends", arguments: StoreKind.allCases)
    func expiryShorterThanLease(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.expiresAfter = .seconds(1) }
        try await once.perform(key: "o-1", remainingTime: .seconds(60)) { [clock] in
            clock.advance(by: .seconds(30))
            await #expect(throws: IdempotencyError.self) {
                try await once.perform(key: "o-1") { Issue.record("it must not run twice") }
            }
        }
    }

    @Test("a lease that has ended is taken over, and not a millisecond before", arguments: StoreKind.allCases)
    func leaseEnds(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.lease = .invocation(margin: .zero) }
        let leaseEnd = clock.clock.now + 900_000
        _ = try await store.base.begin(
            IdempotencyRecord(
                key: "orders#o-1",
                status: .inProgress,
                expiration: leaseEnd / 1000 + 3600,
                leaseEnd: leaseEnd,
                owner: "dead"
            ),
            in: StoreCall(now: clock.clock.now)
        )
        clock.advance(by: .seconds(900))
        await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { 1 } }
        clock.advance(by: .milliseconds(1))
        #expect(try await once.perform(key: "o-1") { 1 } == 1)
    }

    @Test("a record in progress without a lease holds its key until it expires", arguments: StoreKind.allCases)
    func noLease(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        let now = clock.clock.now
        _ = try await store.base.begin(
            IdempotencyRecord(key: "orders#o-1", status: .inProgress, expiration: now / 1000 + 3600),
            in: StoreCall(now: now)
        )
        clock.advance(by: .seconds(3600))
        let error = await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { 1 } }
        guard case .alreadyInProgress(_, nil) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        clock.advance(by: .seconds(1))
        #expect(try await once.perform(key: "o-1") { 1 } == 1)
    }

    @Test("a record that changes under three looks at it is an inconsistent state", arguments: StoreKind.allCases)
    func inconsistent(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        store.fail(.begin, .refusedBare, .refusedBare, .refusedBare)
        let error = await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { 1 } }
        guard case .inconsistentState("orders#o-1") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(store.takeSteps() == [.begin, .begin, .begin])
        store.fail(.begin, .refusedBare, .refusedBare)
        #expect(try await once.perform(key: "o-1") { 1 } == 1)
    }

    @Test("a status of another writer is an error that names it", arguments: StoreKind.allCases)
    func unknownStatus(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let now = clock.clock.now
        _ = try await store.base.begin(
            IdempotencyRecord(key: "orders#o-1", status: .other("PARKED"), expiration: now / 1000 + 3600),
            in: StoreCall(now: now)
        )
        let error = await #expect(throws: IdempotencyError.self) {
            try await operations(store).perform(key: "o-1") { 1 }
        }
        guard case .unknownStatus("orders#o-1", "PARKED") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("equal keys of two prefixes are two keys, and no prefix is none", arguments: StoreKind.allCases)
    func prefixes(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let runs = Counter()
        for prefix in ["orders", "invoices", ""] {
            try await operations(store, prefix: prefix).perform(key: "o-1") { _ = runs.increase() }
        }
        #expect(runs.count == 3)
        for key in ["orders#o-1", "invoices#o-1", "o-1"] { #expect(try await store.record(key) != nil) }
    }
}
