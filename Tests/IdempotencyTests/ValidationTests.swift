// What must be the same in every call with a key.

import Idempotency
import Testing

@Suite("Validation")
struct ValidationTests {
    let clock = ManualClock()

    func operations(
        _ store: ObservedStore,
        _ change: (inout IdempotencySettings) -> Void = { _ in }
    ) -> IdempotentOperations<ObservedStore> {
        var settings = IdempotencySettings(clock: clock.clock)
        change(&settings)
        return IdempotentOperations(store: store, prefix: "orders", settings: settings)
    }

    @Test("the same key with another validation is refused, done or in progress", arguments: StoreKind.allCases)
    func validation(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.localCacheCapacity = 10 }
        @Sendable func expectMismatch(_ validation: String) async {
            let error = await #expect(throws: IdempotencyError.self) {
                try await once.perform(key: "o-1", validation: validation) { Issue.record("it must not run") }
            }
            guard case .payloadMismatch("orders#o-1") = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        try await once.perform(key: "o-1", validation: "12.50") { await expectMismatch("99.00") }
        _ = store.takeSteps()
        await expectMismatch("99.00")
        // Found in the local cache, and refused from there.
        #expect(store.takeSteps() == [])
        try await once.perform(key: "o-1", validation: "12.50") { Issue.record("it is done") }
        // A call that validates nothing takes what there is.
        try await once.perform(key: "o-1") { Issue.record("it is done") }
    }

    @Test("a record without a validation does not pass where one is wanted", arguments: StoreKind.allCases)
    func validationMissing(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        try await once.perform(key: "o-1") {}
        await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "o-1", validation: "v") { Issue.record("it must not run") }
        }
    }

    @Test("an expired record is no reason to refuse another validation", arguments: StoreKind.allCases)
    func validationAfterExpiry(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.expiresAfter = .seconds(10) }
        try await once.perform(key: "o-1", validation: "first") {}
        clock.advance(by: .seconds(11))
        #expect(try await once.perform(key: "o-1", validation: "second") { 2 } == 2)
    }
}
