// Keys from outside: texts that Unicode holds for equal and no table does.

import DynamoDBStreamEvents
import Idempotency
import LambdaStreams
import StreamProcessing
import Testing

@Suite("Keys by their bytes")
struct ExactKeyTests {
    /// One name in two normalizations.
    private let composed = "caf\u{E9}"
    private let decomposed = "cafe\u{301}"

    @Test("two spellings of a key are two keys, in every store, cache and look-up", arguments: StoreKind.allCases)
    func operations(kind: StoreKind) async throws {
        #expect(composed == decomposed)
        let store = try await kind.makeStore()
        for capacity in [0, 10] {
            let settings = IdempotencySettings(localCacheCapacity: capacity)
            let once = IdempotentOperations(store: store, prefix: "p-\(capacity)", settings: settings)
            for _ in 0..<2 {
                #expect(try await once.perform(key: composed) { "one" } == "one")
                #expect(try await once.perform(key: decomposed) { "two" } == "two")
            }
            let found = try await once.completed(among: [composed, decomposed])
            #expect(found.count == 2)
            #expect(try await once.perform(key: composed, prefetched: found) { "three" } == "one")
            #expect(try await once.perform(key: decomposed, prefetched: found) { "three" } == "two")
        }
    }

    @Test("failures of two spellings are counted apart")
    func failures() async throws {
        let once = IdempotentOperations(store: InMemoryIdempotencyStore(), prefix: "p")
        #expect(try await once.countFailure(of: composed) == 1)
        #expect(try await once.countFailure(of: decomposed) == 1)
        let identities = [composed, decomposed].map { RecordIdentity(sourceARN: "s", itemIdentifier: $0) }
        #expect(Set(identities).count == 2)
        let arns = [composed, decomposed].map { RecordIdentity(sourceARN: $0, itemIdentifier: "1") }
        #expect(arns[0] != arns[1])
    }

    @Test("two spellings of an item are two items to the last applied numbers")
    func lastApplied() async throws {
        let applied = LastAppliedGuard(store: InMemoryLastAppliedStore(), prefix: "p")
        let number = try #require(SequenceNumber("1"))
        for key in [composed, decomposed] {
            #expect(try await applied.apply(key: key, number: number) { true } == true)
        }
    }
}
