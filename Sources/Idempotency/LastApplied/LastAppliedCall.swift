// One call of a guard: the three guarantees, and the steps that write an effect and its number.

internal import DynamoDBStreamEvents
internal import Logging

struct LastAppliedCall<Store: LastAppliedStore>: Sendable {
    let store: Store
    let settings: LastAppliedSettings
    let key: String
    let number: SequenceNumber
    let owner = OwnerToken.random()
    /// How long a claim lasts from now on.
    private let leaseLength: Duration
    private let deadline: ContinuousClock.Instant?
    private let logger: Logger?

    init(
        store: Store,
        settings: LastAppliedSettings,
        key: String,
        number: SequenceNumber,
        remainingTime: Duration?,
        logger: Logger?
    ) {
        self.store = store
        self.settings = settings
        self.key = key
        self.number = number
        self.logger = logger
        leaseLength = (remainingTime ?? LeaseRule.longestInvocation) + settings.leaseMargin
        deadline = remainingTime.map { ContinuousClock.now + $0 }
    }

    // MARK: The three guarantees

    /// Claim, effect, complete.
    func applyClaimed<Result: Sendable>(_ effect: () async throws -> Result) async throws -> Result? {
        var patience = patience
        while true {
            let claim = LastAppliedStep.claim(leaseEnd: settings.clock.now.later(by: leaseLength))
            guard case .refused(let current) = try await begin(with: claim, undoneBy: .release) else { break }
            guard try await waitedOut(current, &patience) else { return nil }
        }
        let result = try await attempt(effect, undoneBy: .release)
        if case .refused = try await end(with: .complete) { throw LastAppliedError.claimLost(key: key, number: number) }
        return result
    }

    /// Look, effect, advance.
    func applyThenWrite<Result: Sendable>(_ effect: () async throws -> Result) async throws -> Result? {
        var patience = patience
        while let current = try await look(), current.covers(number) || !current.isFree(at: settings.clock.now) {
            guard try await waitedOut(current, &patience) else { return nil }
        }
        let result = try await effect()
        if case .refused(let current) = try await end(with: .advance) {
            throw LastAppliedError.overtaken(key: key, number: number, applied: current?.applied)
        }
        return result
    }

    /// Advance, effect; retreat when that throws.
    func writeThenApply<Result: Sendable>(_ effect: () async throws -> Result) async throws -> Result? {
        var patience = patience
        while case .refused(let current) = try await begin(with: .advance, undoneBy: .retreat) {
            guard try await waitedOut(current, &patience) else { return nil }
        }
        return try await attempt(effect, undoneBy: .retreat)
    }

    // MARK: Another call's claim

    private var patience: Patience {
        let remaining = deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
        return Patience(settings.runningDuplicate, remainingTime: remaining)
    }

    /// Pauses for the claim that keeps this change out.
    ///
    /// - Returns: false when the change is applied already.
    /// - Throws: ``LastAppliedError/inProgress(key:number:leaseEnd:)`` when waiting is over.
    private func waitedOut(_ current: LastApplied?, _ patience: inout Patience) async throws -> Bool {
        guard current?.covers(number) != true else { return false }
        guard let pause = patience.next(leaseEnd: current?.leaseEnd, at: settings.clock.now) else {
            throw LastAppliedError.inProgress(key: key, number: current?.claimed ?? number, leaseEnd: current?.leaseEnd)
        }
        try await Task.sleep(for: pause)
        return true
    }

    // MARK: The steps

    private var storeCall: StoreCall { StoreCall(now: settings.clock.now, deadline: deadline) }

    private func look() async throws -> LastApplied? {
        do {
            return try await store.lastApplied(of: key, in: storeCall)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw LastAppliedError.store(step: nil, key: key, underlying: error)
        }
    }

    /// Takes the step before the effect. A step that fails may have reached the store all the same, and is undone.
    private func begin(with step: LastAppliedStep, undoneBy undo: LastAppliedStep) async throws -> LastAppliedOutcome {
        do {
            return try await take(step, in: storeCall)
        } catch {
            await self.undo(with: undo, within: .seconds(2))
            if Task.isCancelled { throw CancellationError() }
            throw LastAppliedError.store(step: step, key: key, underlying: error)
        }
    }

    private func attempt<Result>(
        _ effect: () async throws -> Result,
        undoneBy step: LastAppliedStep
    ) async throws -> Result {
        do {
            return try await effect()
        } catch {
            await undo(with: step)
            throw error
        }
    }

    /// Takes the step after the effect, which has happened: that the caller was canceled since must not keep this from
    /// being stored.
    private func end(with step: LastAppliedStep) async throws -> LastAppliedOutcome {
        let call = storeCall
        do {
            return try await uncancelled { try await take(step, in: call) }
        } catch {
            throw LastAppliedError.store(step: step, key: key, underlying: error)
        }
    }

    /// Undoes a step, as far as that is possible. Canceled or not: the next delivery would find the claim.
    private func undo(with step: LastAppliedStep, within limit: Duration? = nil) async {
        let latest = limit.map { ContinuousClock.now + $0 }
        let call = StoreCall(now: settings.clock.now, deadline: [deadline, latest].compactMap { $0 }.min())
        do {
            _ = try await uncancelled { try await take(step, in: call) }
        } catch {
            let consequence = step == .retreat ? "its change will be skipped" : "its claim ends by itself"
            logger?.error("a last applied number could not be restored; \(consequence)")
            logger?.debug("the last applied number of \(key): \(error)")
        }
    }

    /// Takes one step, and knows its own when it is refused because of itself.
    private func take(_ step: LastAppliedStep, in call: StoreCall) async throws -> LastAppliedOutcome {
        let change = LastAppliedChange(key: key, number: number, owner: owner, step: step)
        let outcome = try await store.take(change, in: call)
        if case .refused(let mark) = outcome, change.isMade(in: mark) { return .taken }
        return outcome
    }
}
