// Watermarks: what is applied, what is passed over, and what a failure or a death leaves behind.

import DynamoDBStreamEvents
import Idempotency
import SharedState
import Testing

@Suite("Watermarks")
struct WatermarkTests {
    static let orders: [WatermarkOrder] = [.claimed, .afterEffect, .beforeEffect]

    @Test("each change is applied once, and none after a later one", arguments: orders)
    func inOrder(order: WatermarkOrder) async throws {
        let marks = Watermarks(store: InMemoryWatermarkStore(), prefix: "p", settings: WatermarkSettings(order: order))
        var applied: [Int] = []
        for number in [1, 2, 2, 1, 5, 3, 5, 10, 9, 4] {
            let result = try await marks.apply(key: "k", number: try Self.number(number)) {
                applied.append(number)
                return number
            }
            #expect(result == (applied.last == number ? number : nil) || result == nil)
        }
        #expect(applied == [1, 2, 5, 10])
        #expect(try await marks.watermark(of: "k")?.applied == Self.number(10))
    }

    @Test("keys and prefixes have nothing in common", arguments: orders)
    func keys(order: WatermarkOrder) async throws {
        let store = InMemoryWatermarkStore()
        for prefix in ["a", "b"] {
            let marks = Watermarks(store: store, prefix: prefix, settings: WatermarkSettings(order: order))
            for key in ["x", "y"] {
                #expect(try await marks.apply(key: key, number: Self.number(1)) { true } == true)
                #expect(try await marks.apply(key: key, number: Self.number(1)) { true } == nil)
            }
        }
    }

    @Test("a change that throws is not applied, and comes again", arguments: orders)
    func failure(order: WatermarkOrder) async throws {
        let marks = Watermarks(store: InMemoryWatermarkStore(), prefix: "p", settings: WatermarkSettings(order: order))
        try await marks.apply(key: "k", number: Self.number(1)) {}
        await #expect(throws: Broken.self) {
            try await marks.apply(key: "k", number: Self.number(2)) { throw Broken() }
        }
        #expect(try await marks.watermark(of: "k")?.applied == Self.number(1))
        #expect(try await marks.apply(key: "k", number: Self.number(2)) { true } == true)
    }

    @Test("the very first change that throws is not applied either", arguments: orders)
    func firstFailure(order: WatermarkOrder) async throws {
        let marks = Watermarks(store: InMemoryWatermarkStore(), prefix: "p", settings: WatermarkSettings(order: order))
        await #expect(throws: Broken.self) {
            try await marks.apply(key: "k", number: Self.number(1)) { throw Broken() }
        }
        #expect(try await marks.apply(key: "k", number: Self.number(1)) { true } == true)
    }

    @Test("a claim keeps every other change of its key out, and none of another key")
    func claim() async throws {
        let marks = Watermarks(store: InMemoryWatermarkStore(), prefix: "p")
        try await marks.apply(key: "k", number: Self.number(2)) {
            for number in [1, 2, 3] {
                await #expect(throws: WatermarkError.self) {
                    try await marks.apply(key: "k", number: Self.number(number)) { Issue.record("ran") }
                }
            }
            let other = try await marks.apply(key: "other", number: Self.number(1)) { true }
            #expect(other == true)
        }
    }

    @Test("an abandoned claim ends with its lease, and its late owner is told")
    func abandoned() async throws {
        let clock = ManualClock()
        let settings = WatermarkSettings(leaseMargin: .seconds(2), clock: clock.clock)
        let marks = Watermarks(store: InMemoryWatermarkStore(), prefix: "p", settings: settings)
        await #expect {
            try await marks.apply(key: "k", number: Self.number(1), remainingTime: .seconds(10)) {
                clock.advance(by: .seconds(12))
                await #expect(throws: WatermarkError.self) {
                    try await marks.apply(key: "k", number: Self.number(1)) {}
                }
                clock.advance(by: .milliseconds(1))
                let second = try await marks.apply(key: "k", number: Self.number(1)) { true }
                #expect(second == true)
            }
        } throws: { error in
            if case .claimLost("p#k", let number)? = error as? WatermarkError {
                number == SequenceNumber("1")
            } else {
                false
            }
        }
        #expect(try await marks.watermark(of: "k")?.applied == Self.number(1))
    }

    @Test("a late owner that throws leaves its successor's claim alone")
    func lateFailure() async throws {
        let clock = ManualClock()
        let store = InMemoryWatermarkStore()
        let marks = Watermarks(store: store, prefix: "p", settings: WatermarkSettings(clock: clock.clock))
        await #expect(throws: Broken.self) {
            try await marks.apply(key: "k", number: Self.number(1), remainingTime: .seconds(10)) {
                clock.advance(by: .seconds(13))
                let call = StoreCall(now: clock.clock.now)
                let claim = WatermarkStep.claim(leaseEnd: call.now + 5000)
                let other = WatermarkChange(key: "p#k", number: try Self.number(1), owner: "other", step: claim)
                #expect(store.take(other, in: call) == .taken)
                throw Broken()
            }
        }
        #expect(store.watermark(of: "p#k", in: StoreCall(now: 0))?.owner == "other")
        #expect(store.watermark(of: "p#k", in: StoreCall(now: 0))?.claimed == SequenceNumber("1"))
    }

    @Test("a change that is overtaken while it is applied after the effect is reported, and not written")
    func overtaken() async throws {
        let settings = WatermarkSettings(order: .afterEffect)
        let marks = Watermarks(store: InMemoryWatermarkStore(), prefix: "p", settings: settings)
        await #expect(throws: WatermarkError.self) {
            try await marks.apply(key: "k", number: Self.number(1)) {
                try await marks.apply(key: "k", number: Self.number(7)) {}
            }
        }
        #expect(try await marks.watermark(of: "k")?.applied == Self.number(7))
    }

    @Test("a write whose reply was lost is known as one's own", arguments: orders)
    func lostReplies(order: WatermarkOrder) async throws {
        let store = RepeatingStore()
        let marks = Watermarks(store: store, prefix: "p", settings: WatermarkSettings(order: order))
        for number in 1...3 {
            #expect(try await marks.apply(key: "k", number: Self.number(number)) { true } == true)
            #expect(try await marks.apply(key: "k", number: Self.number(number)) { true } == nil)
        }
        await #expect(throws: Broken.self) {
            try await marks.apply(key: "k", number: Self.number(4)) { throw Broken() }
        }
        #expect(try await marks.watermark(of: "k")?.applied == Self.number(3))
    }

    @Test(
        "a store that fails after writing leaves nothing claimed",
        arguments: [WatermarkOrder.claimed, .beforeEffect]
    )
    func failingStore(order: WatermarkOrder) async throws {
        let store = FailingStore()
        let marks = Watermarks(store: store, prefix: "p", settings: WatermarkSettings(order: order))
        await #expect(throws: WatermarkError.self) { try await marks.apply(key: "k", number: Self.number(1)) {} }
        #expect(try await marks.apply(key: "k", number: Self.number(1)) { true } == true)
    }

    @Test("a function that has changed its order leaves the claims of its forerunner alone", arguments: orders)
    func mixedOrders(order: WatermarkOrder) async throws {
        let clock = ManualClock()
        let store = InMemoryWatermarkStore()
        let old = Watermarks(store: store, prefix: "p", settings: WatermarkSettings(clock: clock.clock))
        let new = Watermarks(store: store, prefix: "p", settings: WatermarkSettings(order: order, clock: clock.clock))
        let late: Task<Void, any Error> = Task {
            try await old.apply(key: "k", number: Self.number(5), remainingTime: .seconds(1)) {
                await #expect(throws: WatermarkError.self) {
                    try await new.apply(key: "k", number: Self.number(7)) { Issue.record("ran beside a claim") }
                }
                clock.advance(by: .seconds(4))
                try await new.apply(key: "k", number: Self.number(7)) {}
            }
        }
        await #expect(throws: WatermarkError.self) { try await late.value }
        #expect(try await new.watermark(of: "k")?.applied == Self.number(7))
    }

    @Test("sequence numbers are compared as numbers, whatever their length")
    func lengths() async throws {
        let marks = Watermarks(store: InMemoryWatermarkStore(), prefix: "p")
        let longest = String(repeating: "9", count: 40)
        for (text, isApplied) in [
            ("9", true), ("10", true), ("00010", false), (longest, true), ("1" + longest.dropFirst(), false),
        ] {
            let number = try #require(SequenceNumber(text))
            #expect(try await marks.apply(key: "k", number: number) { true } == (isApplied ? true : nil), "\(text)")
        }
    }

    @Test("tasks that fight over one key apply each change once and in order", arguments: [WatermarkOrder.claimed])
    func contention(order: WatermarkOrder) async throws {
        let marks = Watermarks(store: InMemoryWatermarkStore(), prefix: "p", settings: WatermarkSettings(order: order))
        let applied = Log()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for number in 1...50 {
                        while true {
                            do {
                                try await marks.apply(key: "k", number: Self.number(number)) {
                                    await Task.yield()
                                    applied.append(number)
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
        #expect(applied.entries == Array(1...50))
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
private struct RepeatingStore: WatermarkStore {
    let base = InMemoryWatermarkStore()

    func take(_ change: WatermarkChange, in call: StoreCall) -> WatermarkOutcome {
        _ = base.take(change, in: call)
        return base.take(change, in: call)
    }

    func watermark(of key: String, in call: StoreCall) -> Watermark? { base.watermark(of: key, in: call) }
}

/// Takes the first step and says that it failed.
private final class FailingStore: WatermarkStore {
    private let base = InMemoryWatermarkStore()
    private let failures = Guarded(1)

    func take(_ change: WatermarkChange, in call: StoreCall) throws -> WatermarkOutcome {
        let outcome = base.take(change, in: call)
        let fails = failures.withLock { failures in
            failures -= 1
            return failures >= 0
        }
        if fails { throw Broken() }
        return outcome
    }

    func watermark(of key: String, in call: StoreCall) -> Watermark? { base.watermark(of: key, in: call) }
}
