// Last applied numbers: what is applied, what is skipped, and what a failure or a death leaves behind.

import DynamoDBStreamEvents
import Idempotency
import SharedState
import Testing

@Suite("Last applied numbers")
struct LastAppliedTests {
    static let guarantees: [ApplyGuarantee] = [.atLeastOnceExclusively, .atLeastOnce, .atMostOnce]

    @Test("each change is applied once, and none after a later one", arguments: guarantees)
    func inOrder(guarantee: ApplyGuarantee) async throws {
        let applied = LastAppliedGuard(
            store: InMemoryLastAppliedStore(),
            prefix: "p",
            settings: LastAppliedSettings(guarantee: guarantee)
        )
        var numbers: [Int] = []
        for number in [1, 2, 2, 1, 5, 3, 5, 10, 9, 4] {
            let result = try await applied.apply(key: "k", number: try Self.number(number)) {
                numbers.append(number)
                return number
            }
            #expect(result == (numbers.last == number ? number : nil) || result == nil)
        }
        #expect(numbers == [1, 2, 5, 10])
        #expect(try await applied.lastApplied(of: "k")?.applied == Self.number(10))
    }

    @Test("keys and prefixes have nothing in common", arguments: guarantees)
    func keys(guarantee: ApplyGuarantee) async throws {
        let store = InMemoryLastAppliedStore()
        for prefix in ["a", "b"] {
            let applied = LastAppliedGuard(
                store: store,
                prefix: prefix,
                settings: LastAppliedSettings(guarantee: guarantee)
            )
            for key in ["x", "y"] {
                #expect(try await applied.apply(key: key, number: Self.number(1)) { true } == true)
                #expect(try await applied.apply(key: key, number: Self.number(1)) { true } == nil)
            }
        }
    }

    @Test("a change that throws is not applied, and comes again", arguments: guarantees)
    func failure(guarantee: ApplyGuarantee) async throws {
        let applied = LastAppliedGuard(
            store: InMemoryLastAppliedStore(),
            prefix: "p",
            settings: LastAppliedSettings(guarantee: guarantee)
        )
        try await applied.apply(key: "k", number: Self.number(1)) {}
        await #expect(throws: Broken.self) {
            try await applied.apply(key: "k", number: Self.number(2)) { throw Broken() }
        }
        #expect(try await applied.lastApplied(of: "k")?.applied == Self.number(1))
        #expect(try await applied.apply(key: "k", number: Self.number(2)) { true } == true)
    }

    @Test("the very first change that throws is not applied either", arguments: guarantees)
    func firstFailure(guarantee: ApplyGuarantee) async throws {
        let applied = LastAppliedGuard(
            store: InMemoryLastAppliedStore(),
            prefix: "p",
            settings: LastAppliedSettings(guarantee: guarantee)
        )
        await #expect(throws: Broken.self) {
            try await applied.apply(key: "k", number: Self.number(1)) { throw Broken() }
        }
        #expect(try await applied.apply(key: "k", number: Self.number(1)) { true } == true)
    }

    @Test("a claim keeps every other change of its key out, and none of another key")
    func claim() async throws {
        let applied = LastAppliedGuard(store: InMemoryLastAppliedStore(), prefix: "p")
        try await applied.apply(key: "k", number: Self.number(2)) {
            for number in [1, 2, 3] {
                await #expect(throws: LastAppliedError.self) {
                    try await applied.apply(key: "k", number: Self.number(number)) { Issue.record("ran") }
                }
            }
            let other = try await applied.apply(key: "other", number: Self.number(1)) { true }
            #expect(other == true)
        }
    }

    @Test("an abandoned claim ends with its lease, and its late owner learns of it")
    func abandoned() async throws {
        let clock = ManualClock()
        let settings = LastAppliedSettings(leaseMargin: .seconds(2), clock: clock.clock)
        let applied = LastAppliedGuard(store: InMemoryLastAppliedStore(), prefix: "p", settings: settings)
        await #expect {
            try await applied.apply(key: "k", number: Self.number(1), remainingTime: .seconds(10)) {
                clock.advance(by: .seconds(12))
                await #expect(throws: LastAppliedError.self) {
                    try await applied.apply(key: "k", number: Self.number(1)) {}
                }
                clock.advance(by: .milliseconds(1))
                let second = try await applied.apply(key: "k", number: Self.number(1)) { true }
                #expect(second == true)
            }
        } throws: { error in
            if case .claimLost("p#k", let number)? = error as? LastAppliedError {
                number == SequenceNumber("1")
            } else {
                false
            }
        }
        #expect(try await applied.lastApplied(of: "k")?.applied == Self.number(1))
    }

    @Test("a late owner that throws leaves its successor's claim alone")
    func lateFailure() async throws {
        let clock = ManualClock()
        let store = InMemoryLastAppliedStore()
        let applied = LastAppliedGuard(store: store, prefix: "p", settings: LastAppliedSettings(clock: clock.clock))
        await #expect(throws: Broken.self) {
            try await applied.apply(key: "k", number: Self.number(1), remainingTime: .seconds(10)) {
                clock.advance(by: .seconds(13))
                let call = StoreCall(now: clock.clock.now)
                let claim = LastAppliedStep.claim(leaseEnd: call.now + 5000)
                let other = LastAppliedChange(key: "p#k", number: try Self.number(1), owner: "other", step: claim)
                #expect(store.take(other, in: call) == .taken)
                throw Broken()
            }
        }
        #expect(store.lastApplied(of: "p#k", in: StoreCall(now: 0))?.owner == "other")
        #expect(store.lastApplied(of: "p#k", in: StoreCall(now: 0))?.claimed == SequenceNumber("1"))
    }

    @Test("a change that is overtaken while it is applied after the effect is reported, and not written")
    func overtaken() async throws {
        let settings = LastAppliedSettings(guarantee: .atLeastOnce)
        let applied = LastAppliedGuard(store: InMemoryLastAppliedStore(), prefix: "p", settings: settings)
        await #expect(throws: LastAppliedError.self) {
            try await applied.apply(key: "k", number: Self.number(1)) {
                try await applied.apply(key: "k", number: Self.number(7)) {}
            }
        }
        #expect(try await applied.lastApplied(of: "k")?.applied == Self.number(7))
    }

    @Test("a write whose reply was lost is recognized", arguments: guarantees)
    func lostReplies(guarantee: ApplyGuarantee) async throws {
        let store = RepeatingStore()
        let applied = LastAppliedGuard(store: store, prefix: "p", settings: LastAppliedSettings(guarantee: guarantee))
        for number in 1...3 {
            #expect(try await applied.apply(key: "k", number: Self.number(number)) { true } == true)
            #expect(try await applied.apply(key: "k", number: Self.number(number)) { true } == nil)
        }
        await #expect(throws: Broken.self) {
            try await applied.apply(key: "k", number: Self.number(4)) { throw Broken() }
        }
        #expect(try await applied.lastApplied(of: "k")?.applied == Self.number(3))
    }

    @Test(
        "a store that fails after writing leaves nothing claimed",
        arguments: [ApplyGuarantee.atLeastOnceExclusively, .atMostOnce]
    )
    func failingStore(guarantee: ApplyGuarantee) async throws {
        let store = FailingStore()
        let applied = LastAppliedGuard(store: store, prefix: "p", settings: LastAppliedSettings(guarantee: guarantee))
        await #expect(throws: LastAppliedError.self) { try await applied.apply(key: "k", number: Self.number(1)) {} }
        #expect(try await applied.apply(key: "k", number: Self.number(1)) { true } == true)
    }

    @Test("a function that has changed its guarantee leaves the claims of its predecessor alone", arguments: guarantees)
    func mixedGuarantees(guarantee: ApplyGuarantee) async throws {
        let clock = ManualClock()
        let store = InMemoryLastAppliedStore()
        let old = LastAppliedGuard(store: store, prefix: "p", settings: LastAppliedSettings(clock: clock.clock))
        let new = LastAppliedGuard(
            store: store,
            prefix: "p",
            settings: LastAppliedSettings(guarantee: guarantee, clock: clock.clock)
        )
        let late: Task<Void, any Error> = Task {
            try await old.apply(key: "k", number: Self.number(5), remainingTime: .seconds(1)) {
                await #expect(throws: LastAppliedError.self) {
                    try await new.apply(key: "k", number: Self.number(7)) { Issue.record("ran beside a claim") }
                }
                clock.advance(by: .seconds(4))
                try await new.apply(key: "k", number: Self.number(7)) {}
            }
        }
        await #expect(throws: LastAppliedError.self) { try await late.value }
        #expect(try await new.lastApplied(of: "k")?.applied == Self.number(7))
    }

    @Test("sequence numbers are compared as numbers, whatever their length")
    func lengths() async throws {
        let applied = LastAppliedGuard(store: InMemoryLastAppliedStore(), prefix: "p")
        let longest = String(repeating: "9", count: 40)
        for (text, isApplied) in [
            ("9", true), ("10", true), ("00010", false), (longest, true), ("1" + longest.dropFirst(), false),
        ] {
            let number = try #require(SequenceNumber(text))
            #expect(try await applied.apply(key: "k", number: number) { true } == (isApplied ? true : nil), "\(text)")
        }
    }

    @Test(
        "tasks that fight over one key apply each change once and in order",
        arguments: [ApplyGuarantee.atLeastOnceExclusively]
    )
    func contention(guarantee: ApplyGuarantee) async throws {
        let applied = LastAppliedGuard(
            store: InMemoryLastAppliedStore(),
            prefix: "p",
            settings: LastAppliedSettings(guarantee: guarantee)
        )
        let log = Log()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for number in 1...50 {
                        while true {
                            do {
                                try await applied.apply(key: "k", number: Self.number(number)) {
                                    await Task.yield()
                                    log.append(number)
                                }
                                break
                            } catch {
                                await Task.yield()
                            }
                        }
                    }
                }
            }
        }
        #expect(log.entries == Array(1...50))
    }

    static func number(_ value: Int) throws -> SequenceNumber { try #require(SequenceNumber(String(value))) }
}

struct Broken: Error {}

private final class Log: Sendable {
    private let numbers = Guarded<[Int]>([])

    var entries: [Int] { numbers.withLock { $0 } }

    func append(_ number: Int) { numbers.withLock { $0.append(number) } }
}

/// Sends every step twice and gives the second answer, as a client does whose first reply was lost.
private struct RepeatingStore: LastAppliedStore {
    let base = InMemoryLastAppliedStore()

    func take(_ change: LastAppliedChange, in call: StoreCall) -> LastAppliedOutcome {
        _ = base.take(change, in: call)
        return base.take(change, in: call)
    }

    func lastApplied(of key: String, in call: StoreCall) -> LastApplied? { base.lastApplied(of: key, in: call) }
}

/// Takes the first step and says that it failed.
private final class FailingStore: LastAppliedStore {
    private let base = InMemoryLastAppliedStore()
    private let failures = Guarded(1)

    func take(_ change: LastAppliedChange, in call: StoreCall) throws -> LastAppliedOutcome {
        let outcome = base.take(change, in: call)
        let fails = failures.withLock { failures in
            failures -= 1
            return failures >= 0
        }
        if fails { throw Broken() }
        return outcome
    }

    func lastApplied(of key: String, in call: StoreCall) -> LastApplied? { base.lastApplied(of: key, in: call) }
}
