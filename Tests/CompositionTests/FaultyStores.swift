// The stores and the sink of the world: those in memory, with the world's faults before and after each step.

import DynamoDBStreamEvents
import Idempotency
import LambdaStreams

/// The record that a sequence number, a store's key or an event id belongs to.
func recordIndex(of text: some StringProtocol) -> Int {
    (Int(text.suffix(4)) ?? 999) - 1000
}

struct FaultyIdempotencyStore: FailureCountingStore {
    let base = InMemoryIdempotencyStore()
    let world: World

    private func step<Value>(_ site: Site, _ key: String, _ run: () -> Value) async throws -> Value {
        let index = recordIndex(of: key)
        try await world.before(site, index)
        let value = run()
        try await world.after(site, index)
        return value
    }

    func begin(_ record: IdempotencyRecord, in call: StoreCall) async throws -> BeginOutcome {
        try await step(.begin, record.key) { base.begin(record, in: call) }
    }

    func complete(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        try await step(.complete, record.key) {
            let outcome = base.complete(record, in: call)
            if outcome == .done { world.note(.settled(recordIndex(of: record.key))) }
            return outcome
        }
    }

    func release(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        try await step(.release, record.key) { base.release(record, in: call) }
    }

    func renew(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        base.renew(record, in: call)
    }

    func read(_ key: String, in call: StoreCall) async throws -> IdempotencyRecord? {
        try await step(.read, key) { base.read(key, in: call) }
    }

    func read(_ keys: [String], in call: StoreCall) async throws -> [IdempotencyRecord] {
        try await step(.readMany, keys.first ?? "") { keys.compactMap { base.read($0, in: call) } }
    }

    func countFailure(of key: String, token: String, expiration: Int64, in call: StoreCall) async throws -> Int {
        try await step(.count, key) { base.countFailure(of: key, token: token, expiration: expiration, in: call) }
    }
}

struct FaultyLastAppliedStore: LastAppliedStore {
    let base = InMemoryLastAppliedStore()
    let world: World

    func take(_ change: LastAppliedChange, in call: StoreCall) async throws -> LastAppliedOutcome {
        let index = recordIndex(of: change.number.description)
        try await world.before(.take, index)
        let outcome = base.take(change, in: call)
        if outcome == .taken, change.step == .complete { world.note(.settled(index)) }
        try await world.after(.take, index)
        return outcome
    }

    func lastApplied(of key: String, in call: StoreCall) async throws -> LastApplied? {
        base.lastApplied(of: key, in: call)
    }
}

struct FaultySink: DeadLetterSink {
    let world: World

    func accept(_ letter: DeadLetter) async throws {
        let index = recordIndex(of: letter.record.itemIdentifier ?? "")
        try await world.before(.sink, index)
        world.note(.deadLettered(index))
        try await world.after(.sink, index)
    }
}
