// The second half of an operation: the work under its lease, and what is stored of it.

internal import Logging
internal import SharedState

extension Operation {
    /// Runs the work of a call that owns its key.
    func run<Result: Codable & Sendable>(
        _ record: IdempotencyRecord,
        _ body: @escaping @Sendable () async throws -> Result,
        finish: @escaping @Sendable (IdempotencyRecord, StoreCall) async throws -> FenceOutcome
    ) async throws -> Result {
        let result: Result
        do {
            result = try await leased(record, body)
        } catch let lost as LeaseTakenOver {
            throw IdempotencyError.leaseLost(key: lost.key)
        } catch {
            await settle(record, failedWith: error)
            throw error
        }
        let outcome = StoredOutcome(of: result, limits: store.limits, format: settings.storedDataFormat)
        if let omission = outcome.omission {
            logger?.error("a result is not stored in its idempotency record: \(omission)")
            logger?.debug("the record is \(key)")
        }
        try await complete(record, with: outcome, finish)
        return result
    }

    // MARK: The lease

    private func leased<Result: Sendable>(
        _ record: IdempotencyRecord,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard case .renewed(let length) = settings.lease else { return try await body() }
        let outcome = await watched(by: {
            try await renew(record, every: max(length / 3, .milliseconds(100)), for: length)
        }) {
            try await body()
        }
        // Work that finished all the same is completed under the fence, which knows whether the lease was lost.
        guard outcome.wasInterrupted, case .failure = outcome.result else { return try outcome.result.get() }
        throw LeaseTakenOver(key: key)
    }

    /// Renews the lease, and returns when it is lost.
    private func renew(_ record: IdempotencyRecord, every pause: Duration, for length: Duration) async throws {
        var record = record
        while true {
            try await Task.sleep(for: pause)
            let now = settings.clock.now
            let leaseEnd = now.later(by: length)
            record.leaseEnd = leaseEnd
            record.expiration = expiration(at: now, leaseEnd: leaseEnd)
            do {
                if case .lost = try await store.renew(record, in: storeCall) { return }
            } catch {
                // Nobody has taken it for all that is known: the next beat will tell, and completing is fenced.
                if Task.isCancelled { throw CancellationError() }
                logger?.warning("the lease on an idempotency record could not be renewed, trying again")
                logger?.debug("the lease on \(key): \(error)")
            }
        }
    }

    // MARK: The end

    /// Stores that the work is done.
    private func complete(
        _ record: IdempotencyRecord,
        with outcome: StoredOutcome,
        _ finish: @escaping @Sendable (IdempotencyRecord, StoreCall) async throws -> FenceOutcome
    ) async throws {
        let completed = completion(of: record, with: outcome)
        let call = storeCall
        let fence: FenceOutcome
        do {
            // The work is done. The caller's cancellation since must not keep this from being stored.
            fence = try await uncancelled { try await finish(completed, call) }
        } catch let error as NothingStored {
            await release(record)
            throw error.underlying
        } catch {
            throw IdempotencyError.store(step: .complete, key: key, underlying: error)
        }
        if case .lost(let current) = fence, !isOwnCompletion(current) { throw IdempotencyError.leaseLost(key: key) }
        _ = remembered(completed)
    }

    private func completion(of record: IdempotencyRecord, with outcome: StoredOutcome) -> IdempotencyRecord {
        var completed = record
        completed.status = .completed
        completed.expiration = expiration(at: settings.clock.now)
        completed.data = outcome.data
        completed.failure = outcome.failure
        completed.omission = outcome.omission
        return completed
    }

    /// Whether the lease is lost only because this call has completed it already, in a request whose reply was lost.
    private func isOwnCompletion(_ current: IdempotencyRecord?) -> Bool {
        current?.owner == owner && current?.status == .completed
    }

    /// Keeps a final error, or releases the lease.
    private func settle(_ record: IdempotencyRecord, failedWith error: any Error) async {
        guard let failure = finalFailure(error) else { return await release(record) }
        do {
            try await complete(record, with: StoredOutcome(failure, limits: store.limits)) { [store] in
                try await store.complete($0, in: $1)
            }
        } catch {
            // What the work threw says more than this.
            logger?.error("a final error could not be kept in its idempotency record; the work will run again")
            logger?.debug("the final error of \(key): \(error)")
        }
    }

    private func finalFailure(_ error: any Error) -> StoredFailure? {
        guard !(error is CancellationError) else { return nil }
        for kind in settings.finalErrors {
            do {
                if let failure = try kind.store(error) { return failure }
            } catch {
                logger?.error(
                    "a final error of the type \(type(of: error)) has no form in JSON; the work will run again"
                )
            }
        }
        return nil
    }

    /// Releases the lease, as far as that is possible: it ends by itself.
    func release(_ record: IdempotencyRecord, within limit: Duration? = nil) async {
        let latest = limit.map { ContinuousClock.now + $0 }
        let call = StoreCall(now: settings.clock.now, deadline: [deadline, latest].compactMap { $0 }.min())
        do {
            // Canceled or not: the next delivery would find the key taken until the lease ends.
            let fence = try await uncancelled { [store] in try await store.release(record, in: call) }
            if case .lost(.some) = fence {
                logger?.notice("a lease that was to be released belongs to another call already")
                logger?.debug("the lease on \(key)")
            }
        } catch {
            logger?.warning("the lease on an idempotency record could not be released; it ends by itself")
            logger?.debug("the lease on \(key): \(error)")
        }
    }
}

/// A lease that was found to be another's while the work ran.
private struct LeaseTakenOver: Error {
    let key: String
}

/// Runs `body` to its end although the calling task is canceled. The caller waits for it, so it outlives nothing.
func uncancelled<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    // Begun on this thread where the system can do that: a store that does not wait costs no hop.
    let task: Task<Value, any Error>
    if #available(macOS 26, *) {
        task = Task.immediate { try await body() }
    } else {
        task = Task { try await body() }
    }
    return try await task.value
}
