// Keys that are missing or too long, switching off from outside, the local cache.

import DynamoDBStreamEvents
import Idempotency
import LambdaStreams
import LambdaStreamsIdempotency
import LambdaStreamsTesting
import Testing

@Suite("Settings")
struct SettingsTests {
    let clock = ManualClock()

    func operations(
        _ store: ObservedStore,
        environment: [String: String] = [:],
        prefix: String? = "orders",
        _ change: (inout IdempotencySettings) -> Void = { _ in }
    ) -> IdempotentOperations<ObservedStore> {
        var settings = IdempotencySettings(clock: clock.clock)
        change(&settings)
        return IdempotentOperations(store: store, prefix: prefix, settings: settings) { environment[$0] }
    }

    @Test("work without a key runs each time and asks the store nothing", arguments: [nil, ""])
    func missingKey(key: String?) async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store)
        let runs = Counter()
        for _ in 0..<2 { try await once.perform(key: key) { _ = runs.increase() } }
        #expect(runs.count == 2)
        #expect(store.steps == [])
    }

    @Test("work without a key is refused where there must be one", arguments: [nil, ""])
    func missingKeyRefused(key: String?) async throws {
        let once = operations(try await StoreKind.inMemory.makeStore()) { $0.missingKey = .fail }
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: key) { Issue.record("it must not run") }
        }
        guard case .missingKey = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a key that the store has no room for is refused before it is asked", arguments: StoreKind.allCases)
    func keyTooLong(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let limit = kind == .sortedTable ? 1024 : 2048
        guard store.limits.keyByteCount != .max else { return }
        let once = operations(store)
        try await once.perform(key: String(repeating: "ü", count: (limit - 7) / 2)) {}
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: String(repeating: "ü", count: limit / 2)) { Issue.record("it must not run") }
        }
        guard case .keyTooLong(limit + 7, limit) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(store.steps == [.begin, .complete])
    }

    @Test("the prefix is the function's name unless one is given")
    func defaultPrefix() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let named = operations(store, environment: ["AWS_LAMBDA_FUNCTION_NAME": "notifier"], prefix: nil)
        #expect(named.storedKey("k", functionName: nil) == "notifier#k")
        #expect(operations(store, prefix: nil).storedKey("k", functionName: nil) == "function#k")
        #expect(operations(store, prefix: "").storedKey("k", functionName: "f") == "k")
    }

    @Test("two functions in one process have keys of their own, by the invocation's function")
    func prefixOfInvocation() async throws {
        let once = operations(try await StoreKind.inMemory.makeStore(), prefix: nil)
        let applied = LastAppliedGuard(store: InMemoryLastAppliedStore())
        let runs = Counter()
        for function in ["notifier", "projector", "notifier"] {
            let context = LambdaContext.testing(functionName: function)
            try await once.perform(key: "o-1", in: context) { _ = runs.increase() }
            let number = try #require(SequenceNumber("1"))
            try await applied.apply(key: "o-1", number: number, functionName: context.functionName) { runs.increase() }
        }
        #expect(runs.count == 4)
    }

    @Test("POWERTOOLS_IDEMPOTENCY_DISABLED switches off", arguments: ["1", "y", "yes", "t", "TRUE", "On"])
    func switchedOff(word: String) async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store, environment: ["POWERTOOLS_IDEMPOTENCY_DISABLED": word]) { $0.missingKey = .fail }
        let runs = Counter()
        for _ in 0..<2 { try await once.perform(key: "o-1") { _ = runs.increase() } }
        try await once.perform(key: nil) { _ = runs.increase() }
        #expect(try await once.completed(among: ["o-1"]).isEmpty)
        #expect(runs.count == 3)
        #expect(store.steps == [])
    }

    @Test(
        "POWERTOOLS_IDEMPOTENCY_DISABLED leaves on",
        arguments: [nil, "", "0", "n", "no", "f", "FALSE", "Off"]
    )
    func leftOn(word: String?) async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store, environment: word.map { ["POWERTOOLS_IDEMPOTENCY_DISABLED": $0] } ?? [:])
        try await once.perform(key: "o-1") {}
        try await once.perform(key: "o-1") {}
        #expect(store.steps == [.begin, .complete, .begin])
    }

    @Test("POWERTOOLS_IDEMPOTENCY_DISABLED that says neither is an error", arguments: ["maybe", "2", " true"])
    func unreadableSwitch(word: String) async throws {
        let once = operations(
            try await StoreKind.inMemory.makeStore(),
            environment: ["POWERTOOLS_IDEMPOTENCY_DISABLED": word]
        )
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "o-1") { Issue.record("it must not run") }
        }
        guard case .unreadableSwitch(word) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("true or false") == true)
    }

    // MARK: The local cache

    @Test("what this process completed or found is known without asking", arguments: StoreKind.allCases)
    func cached(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.localCacheCapacity = 10 }
        try await once.perform(key: "o-1") { 1 }
        #expect(store.takeSteps() == [.begin, .complete])
        #expect(try await once.perform(key: "o-1") { 2 } == 1)
        #expect(store.takeSteps() == [])
        let other = operations(store) { $0.localCacheCapacity = 10 }
        #expect(try await other.perform(key: "o-1") { 2 } == 1)
        #expect(try await other.perform(key: "o-1") { 2 } == 1)
        #expect(store.takeSteps() == [.begin])
    }

    @Test("an expired record is dropped from the cache, and asked for anew", arguments: StoreKind.allCases)
    func cacheExpiry(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) {
            $0.localCacheCapacity = 10
            $0.expiresAfter = .seconds(10)
        }
        try await once.perform(key: "o-1") { 1 }
        clock.advance(by: .seconds(11))
        #expect(try await once.perform(key: "o-1") { 2 } == 2)
        #expect(store.takeSteps() == [.begin, .complete, .begin, .complete])
    }

    @Test("work that failed is not cached")
    func cacheAfterFailure() async throws {
        struct Declined: Error {}
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store) { $0.localCacheCapacity = 10 }
        await #expect(throws: Declined.self) { try await once.perform(key: "o-1") { throw Declined() } }
        #expect(try await once.perform(key: "o-1") { 2 } == 2)
    }

    @Test("the record that was not asked for the longest is the first to go")
    func cacheEviction() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store) { $0.localCacheCapacity = 3 }
        for key in ["a", "b", "c"] { try await once.perform(key: key) {} }
        try await once.perform(key: "a") {}
        try await once.perform(key: "d") {}
        _ = store.takeSteps()
        for key in ["a", "c", "d"] { try await once.perform(key: key) {} }
        #expect(store.takeSteps() == [])
        try await once.perform(key: "b") {}
        #expect(store.takeSteps() == [.begin])
        // And b has taken the place of a.
        try await once.perform(key: "a") {}
        #expect(store.takeSteps() == [.begin])
    }

    @Test("a cache of thousands of keys stays within its capacity and right")
    func cacheChurn() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store) { $0.localCacheCapacity = 64 }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            let number = Int.random(in: 0..<200, using: &generator)
            #expect(try await once.perform(key: "o-\(number)") { number } == number)
        }
        let misses = store.takeSteps().filter { $0 == .begin }.count
        #expect(misses >= 200)
        for number in 0..<64 { try await once.perform(key: "o-\(number)") { number } }
        _ = store.takeSteps()
        for number in 0..<64 { try await once.perform(key: "o-\(number)") { number } }
        #expect(store.takeSteps() == [])
    }
}
