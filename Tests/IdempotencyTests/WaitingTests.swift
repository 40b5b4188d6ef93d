// Waiting for a running duplicate, and leases that are renewed. These take real time, with margins of seconds.

import DynamoDBStreamEvents
import Idempotency
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
