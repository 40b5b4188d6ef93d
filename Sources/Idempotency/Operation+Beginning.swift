// The first half of an operation: taking the key, or finding out what became of it.

internal import DynamoDBStreamEvents

/// How a call goes on.
enum Beginning: Sendable {
    /// The key is this call's, by this record.
    case owned(IdempotencyRecord)
    /// The work was done before, with this record.
    case done(IdempotencyRecord)
}

extension Operation {
    /// Takes the key unless the work is done or in progress.
    func begin() async throws -> Beginning {
        if let known = try knownRecord() { return .done(known) }
        var triesLeft = 3
        var patience = Patience(settings.runningDuplicate, remainingTime: remainingTime)
        while triesLeft > 0 {
            let call = storeCall
            let record = leaseRecord(at: call.now)
            let existing: IdempotencyRecord?
            switch try await take(record, in: call) {
            case .begun: return .owned(record)
            case .exists(let found): existing = found
            }
            // A request whose reply was lost is sent again, and refused because of itself.
            if let existing, existing.owner == owner, existing.status == .inProgress { return .owned(existing) }
            switch try judgement(of: existing) {
            case .done(let record): return .done(remembered(record))
            case .free: triesLeft -= 1
            case .running(let running):
                if let done = try await outcome(of: running, &patience) { return .done(remembered(done)) }
            }
        }
        throw IdempotencyError.inconsistentState(key: key)
    }

    /// A completed record that is known without asking the store.
    private func knownRecord() throws -> IdempotencyRecord? {
        let now = settings.clock.now
        guard let record = prefetched?[key] ?? cache?.record(of: key, at: now), !record.isExpired(at: now) else {
            return nil
        }
        try check(record)
        return record
    }

    private func leaseRecord(at now: Int64) -> IdempotencyRecord {
        let leaseEnd = now.later(by: settings.lease.length(remainingTime: remainingTime))
        return IdempotencyRecord(
            key: key,
            status: .inProgress,
            expiration: expiration(at: now, leaseEnd: leaseEnd),
            leaseEnd: leaseEnd,
            owner: owner,
            validation: validation
        )
    }

    /// An expired record is free whatever its lease says, so it must not expire before its lease ends.
    func expiration(at now: Int64, leaseEnd: Int64 = 0) -> Int64 {
        max(now.later(by: settings.expiresAfter).flooredSeconds, leaseEnd.later(by: .milliseconds(999)).flooredSeconds)
    }

    private func take(_ record: IdempotencyRecord, in call: StoreCall) async throws -> BeginOutcome {
        do {
            return try await store.begin(record, in: call)
        } catch {
            // It may have reached the store all the same, and would keep everybody out for nothing.
            if !(error is NothingStored) { await release(record, within: .seconds(2)) }
            if Task.isCancelled { throw CancellationError() }
            let underlying = (error as? NothingStored)?.underlying ?? error
            throw IdempotencyError.store(step: .begin, key: key, underlying: underlying)
        }
    }

    // MARK: What a record says

    private enum Judgement {
        case done(IdempotencyRecord)
        case running(IdempotencyRecord)
        case free
    }

    private func judgement(of record: IdempotencyRecord?) throws(IdempotencyError) -> Judgement {
        guard let record, !record.isFree(at: settings.clock.now) else { return .free }
        try check(record)
        return record.status == .completed ? .done(record) : .running(record)
    }

    /// Whether a record is one that this call can live with.
    private func check(_ record: IdempotencyRecord) throws(IdempotencyError) {
        if let validation, record.validation != validation { throw .payloadMismatch(key: key) }
        if case .other(let word) = record.status { throw .unknownStatus(key: key, status: word) }
    }

    func remembered(_ record: IdempotencyRecord) -> IdempotencyRecord {
        cache?.insert(record)
        return record
    }

    // MARK: Waiting

    /// Waits for the outcome of a running duplicate.
    ///
    /// - Returns: nil when the key has become free.
    private func outcome(of running: IdempotencyRecord, _ patience: inout Patience) async throws -> IdempotencyRecord? {
        var running = running
        while true {
            guard let pause = patience.next(leaseEnd: running.leaseEnd, at: settings.clock.now) else {
                throw IdempotencyError.alreadyInProgress(key: key, leaseEnd: running.leaseEnd)
            }
            try await Task.sleep(for: pause)
            switch try judgement(of: try await look()) {
            case .done(let record): return record
            case .running(let record): running = record
            case .free: return nil
            }
        }
    }

    private func look() async throws -> IdempotencyRecord? {
        do {
            return try await store.read(key, in: storeCall)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw IdempotencyError.store(step: .read, key: key, underlying: error)
        }
    }
}
