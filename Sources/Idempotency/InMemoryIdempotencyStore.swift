// A store in this process's memory, for tests and for work that is remembered only as long as the process.

internal import JSONScanning
internal import SharedState

/// Keeps records in memory, under exactly the rules of a shared store.
///
/// ```swift
/// let clock = ManualClock()
/// let store = InMemoryIdempotencyStore()
/// let once = IdempotentOperations(store: store, settings: IdempotencySettings(clock: clock.clock))
/// let tested = processor.idempotent(using: once)
/// _ = try await tested.process(event)
/// _ = try await tested.process(event)  // Every record is skipped.
/// ```
///
/// It shares nothing with other processes and ends with this one, so a deployed function gains little from it. To test
/// expiry and leases, give the operations a ``ManualClock``: the store uses the time of each call.
public final class InMemoryIdempotencyStore: FailureCountingStore {
    fileprivate struct State {
        var records: [ExactText: IdempotencyRecord] = [:]
        var sizeAtLastSweep = 0
        var lastCounts: [ExactText: String] = [:]
    }

    private let state = Guarded(State())
    public let limits: IdempotencyStoreLimits

    /// - Parameter limits: the limits of a record; by default none.
    public init(limits: IdempotencyStoreLimits = IdempotencyStoreLimits()) {
        self.limits = limits
    }

    public func begin(_ record: IdempotencyRecord, in call: StoreCall) -> BeginOutcome {
        state.withLock { state in
            let existing = state.records[ExactText(record.key)]
            if let existing, !existing.isFree(at: call.now) { return .exists(existing) }
            var record = record
            record.attempts = existing?.attempts
            state.records[ExactText(record.key)] = record
            state.sweepIfGrown(at: call.now)
            return .begun
        }
    }

    public func complete(_ record: IdempotencyRecord, in call: StoreCall) -> FenceOutcome {
        change(record) { current in
            var record = record
            record.attempts = current.attempts
            return record
        }
    }

    public func release(_ record: IdempotencyRecord, in call: StoreCall) -> FenceOutcome {
        change(record) { current in
            guard current.attempts != nil else { return nil }
            var freed = current
            freed.leaseEnd = 0
            freed.owner = nil
            return freed
        }
    }

    public func renew(_ record: IdempotencyRecord, in call: StoreCall) -> FenceOutcome {
        change(record) { current in
            var renewed = current
            renewed.expiration = record.expiration
            renewed.leaseEnd = record.leaseEnd
            return renewed
        }
    }

    public func read(_ key: String, in call: StoreCall) -> IdempotencyRecord? {
        state.withLock { $0.records[ExactText(key)] }
    }

    public func countFailure(of key: String, token: String, expiration: Int64, in call: StoreCall) -> Int {
        state.withLock { state in
            var record =
                state.records[ExactText(key)]
                ?? IdempotencyRecord(key: key, status: .inProgress, expiration: expiration, leaseEnd: 0)
            guard state.lastCounts[ExactText(key)] != token else { return record.attempts ?? 0 }
            record.attempts = (record.attempts ?? 0) + 1
            state.records[ExactText(key)] = record
            state.lastCounts[ExactText(key)] = token
            return record.attempts ?? 1
        }
    }

    /// Replaces the record that `record` is to change, if its lease is still the caller's.
    private func change(
        _ record: IdempotencyRecord,
        to changed: (_ current: IdempotencyRecord) -> IdempotencyRecord?
    ) -> FenceOutcome {
        state.withLock { state in
            let current = state.records[ExactText(record.key)]
            guard let current, current.status == .inProgress, current.owner == record.owner else {
                return .lost(current)
            }
            state.records[ExactText(record.key)] = changed(current)
            return .done
        }
    }
}

extension InMemoryIdempotencyStore.State {
    /// Drops what has expired whenever the number of records has doubled, as Time to Live does in a table.
    fileprivate mutating func sweepIfGrown(at now: Int64) {
        guard records.count >= max(1024, sizeAtLastSweep * 2) else { return }
        records = records.filter { !$0.value.isExpired(at: now) }
        lastCounts = lastCounts.filter { records[$0.key] != nil }
        sizeAtLastSweep = records.count
    }
}
