// The stores that every rule is tested against, and a store round them that remembers and misbehaves.

import AWSServices
import Idempotency
import IdempotencyDynamoDB
import Moto
import SharedState
import Testing

/// The stores that must behave alike.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case inMemory = "in memory"
    case table = "a table"
    case sortedTable = "a table with a sort key"

    var testDescription: String { rawValue }

    func makeStore() async throws -> ObservedStore {
        switch self {
        case .inMemory: ObservedStore(InMemoryIdempotencyStore())
        case .table: ObservedStore(try await DynamoDBIdempotencyStore.made())
        case .sortedTable: ObservedStore(try await DynamoDBIdempotencyStore.made(sortKey: "sk"))
        }
    }
}

extension DynamoDBIdempotencyStore {
    /// A store over a new table of moto's.
    static func made(sortKey: String? = nil) async throws -> DynamoDBIdempotencyStore {
        let moto = try Moto.shared()
        let table = "idempotency-\(UInt64.random(in: .min ... .max))"
        try await moto.createTable(table, key: "id", sortKey: sortKey)
        return DynamoDBIdempotencyStore(
            table: table,
            client: DynamoDBClient(moto.client()),
            layout: IdempotencyTableLayout(sortKey: sortKey, partition: "idempotency#tests")
        )
    }
}

/// A step as tests name it.
enum Step: String, Sendable {
    case begin, complete, release, renew, read, readMany, count
}

/// A store that could not be reached.
struct StoreUnreachable: Error, Equatable {}

/// Passes steps on to a store, remembers them, and fails or repeats those it is told to.
final class ObservedStore: FailureCountingStore {
    enum Fault: Sendable {
        /// The step does not reach the store.
        case lostRequest
        /// The step reaches the store, and its reply is lost.
        case lostReply
        /// The step reaches the store twice, as when a retry follows upon a lost reply.
        case sentTwice
        /// The step is refused with no record to show, as by a store that reads it in a step of its own.
        case refusedBare
    }

    private struct State {
        var steps: [Step] = []
        var faults: [Step: [Fault]] = [:]
    }

    let base: any FailureCountingStore
    let limits: IdempotencyStoreLimits
    private let state = Guarded(State())

    init(_ base: some FailureCountingStore, limits: IdempotencyStoreLimits? = nil) {
        self.base = base
        self.limits = limits ?? base.limits
    }

    var steps: [Step] { state.withLock { $0.steps } }

    /// The steps since the last call of this.
    func takeSteps() -> [Step] {
        state.withLock { state in
            defer { state.steps = [] }
            return state.steps
        }
    }

    /// Lets the next steps of that kind go wrong, one after the other.
    func fail(_ step: Step, _ faults: Fault...) {
        state.withLock { $0.faults[step, default: []] += faults }
    }

    private func pass<Value>(_ step: Step, _ run: () async throws -> Value) async throws -> Value {
        let fault = state.withLock { state -> Fault? in
            state.steps.append(step)
            guard state.faults[step]?.isEmpty == false else { return nil }
            return state.faults[step]?.removeFirst()
        }
        switch fault {
        case .lostRequest: throw StoreUnreachable()
        case .lostReply:
            _ = try await run()
            throw StoreUnreachable()
        case .sentTwice:
            _ = try await run()
            return try await run()
        case .refusedBare:
            if let refused = BeginOutcome.exists(nil) as? Value { return refused }
            return try await run()
        case nil: return try await run()
        }
    }

    func begin(_ record: IdempotencyRecord, in call: StoreCall) async throws -> BeginOutcome {
        try await pass(.begin) { try await base.begin(record, in: call) }
    }

    func complete(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        try await pass(.complete) { try await base.complete(record, in: call) }
    }

    func release(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        try await pass(.release) { try await base.release(record, in: call) }
    }

    func renew(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        try await pass(.renew) { try await base.renew(record, in: call) }
    }

    func read(_ key: String, in call: StoreCall) async throws -> IdempotencyRecord? {
        try await pass(.read) { try await base.read(key, in: call) }
    }

    func read(_ keys: [String], in call: StoreCall) async throws -> [IdempotencyRecord] {
        try await pass(.readMany) { try await base.read(keys, in: call) }
    }

    func countFailure(of key: String, token: String, expiration: Int64, in call: StoreCall) async throws -> Int {
        try await pass(.count) {
            try await base.countFailure(of: key, token: token, expiration: expiration, in: call)
        }
    }

    /// Whether a key is free: some stores keep a record that says so.
    func isFree(_ key: String, at now: Int64) async throws -> Bool {
        try await record(key)?.isFree(at: now) ?? true
    }

    /// The record of a key, unobserved.
    func record(_ key: String) async throws -> IdempotencyRecord? {
        try await base.read(key, in: StoreCall(now: 0))
    }
}

/// Counts from several tasks.
final class Counter: Sendable {
    private let value = Guarded(0)

    var count: Int { value.withLock { $0 } }

    @discardableResult
    func increase() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

/// What happens until something else has happened.
final class Gate: Sendable {
    private let (stream, continuation) = AsyncStream<Void>.makeStream()

    func open() { continuation.finish() }

    func passed() async {
        for await _ in stream {}
    }
}

/// Operations on orders, over one of the stores.
func operations(
    _ store: ObservedStore,
    _ change: (inout IdempotencySettings) -> Void = { _ in }
) -> IdempotentOperations<ObservedStore> {
    var settings = IdempotencySettings()
    change(&settings)
    return IdempotentOperations(store: store, prefix: "orders", settings: settings)
}
