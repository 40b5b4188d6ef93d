// One call on its way: the three orders in which an effect and its watermark can be written.

internal import DynamoDBStreamEvents
internal import Logging

struct WatermarkCall<Store: WatermarkStore>: Sendable {
    let store: Store
    let settings: WatermarkSettings
    let key: String
    let number: SequenceNumber
    let owner = OwnerToken.random()
    /// How long a claim lasts from now on.
    private let leaseLength: Duration
    private let deadline: ContinuousClock.Instant?
    private let logger: Logger?

    init(
        store: Store,
        settings: WatermarkSettings,
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

    // MARK: The three orders

    /// Claim, effect, complete.
    func applyClaimed<Result: Sendable>(_ effect: () async throws -> Result) async throws -> Result? {
        let claim = WatermarkStep.claim(leaseEnd: settings.clock.now.later(by: leaseLength))
        switch try await begin(with: claim, undoneBy: .release) {
        case .taken: break
        case .refused(let mark):
            try checkFree(mark)
            return nil
        }
        let result = try await attempt(effect, undoneBy: .release)
        if case .refused = try await end(with: .complete) { throw WatermarkError.claimLost(key: key, number: number) }
        return result
    }

    /// Look, effect, advance.
    func applyThenWrite<Result: Sendable>(_ effect: () async throws -> Result) async throws -> Result? {
        if let mark = try await look() {
            if mark.covers(number) { return nil }
            if !mark.isFree(at: settings.clock.now) { try checkFree(mark) }
        }
        let result = try await effect()
        if case .refused(let mark) = try await end(with: .advance) {
            throw WatermarkError.overtaken(key: key, number: number, applied: mark?.applied)
        }
        return result
    }

    /// Advance, effect; retreat when that throws.
    func writeThenApply<Result: Sendable>(_ effect: () async throws -> Result) async throws -> Result? {
        if case .refused(let mark) = try await begin(with: .advance, undoneBy: .retreat) {
            try checkFree(mark)
            return nil
        }
        return try await attempt(effect, undoneBy: .retreat)
    }

    // MARK: The steps

    /// A change that is refused without being applied is kept out by somebody's claim.
    private func checkFree(_ mark: Watermark?) throws(WatermarkError) {
        guard mark?.covers(number) != true else { return }
        throw .inProgress(key: key, number: mark?.claimed ?? number, leaseEnd: mark?.leaseEnd)
    }

    private var storeCall: StoreCall { StoreCall(now: settings.clock.now, deadline: deadline) }

    private func look() async throws -> Watermark? {
        do {
            return try await store.watermark(of: key, in: storeCall)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw WatermarkError.store(step: nil, key: key, underlying: error)
        }
    }

    /// Takes the step before the effect. A step that fails may have reached the store all the same, and is undone.
    private func begin(with step: WatermarkStep, undoneBy undo: WatermarkStep) async throws -> WatermarkOutcome {
        do {
            return try await take(step, in: storeCall)
        } catch {
            await self.undo(with: undo, within: .seconds(2))
            if Task.isCancelled { throw CancellationError() }
            throw WatermarkError.store(step: step, key: key, underlying: error)
        }
    }

    private func attempt<Result>(
        _ effect: () async throws -> Result,
        undoneBy step: WatermarkStep
    ) async throws -> Result {
        do {
            return try await effect()
        } catch {
            await undo(with: step)
            throw error
        }
    }

    /// Takes the step after the effect, which has happened: that the caller was cancelled since must not keep this from
    /// being stored.
    private func end(with step: WatermarkStep) async throws -> WatermarkOutcome {
        let call = storeCall
        do {
            return try await uncancelled { try await take(step, in: call) }
        } catch {
            throw WatermarkError.store(step: step, key: key, underlying: error)
        }
    }

    /// Takes a step back, as far as that is possible. Cancelled or not: the next delivery would find the claim.
    private func undo(with step: WatermarkStep, within limit: Duration? = nil) async {
        let latest = limit.map { ContinuousClock.now + $0 }
        let call = StoreCall(now: settings.clock.now, deadline: [deadline, latest].compactMap { $0 }.min())
        do {
            _ = try await uncancelled { try await take(step, in: call) }
        } catch {
            let consequence = step == .retreat ? "its change will be passed over" : "its claim ends by itself"
            logger?.error("a watermark could not be put back; \(consequence)")
            logger?.debug("the watermark \(key): \(error)")
        }
    }

    /// Takes one step, and knows its own when it is refused because of itself.
    private func take(_ step: WatermarkStep, in call: StoreCall) async throws -> WatermarkOutcome {
        let change = WatermarkChange(key: key, number: number, owner: owner, step: step)
        let outcome = try await store.take(change, in: call)
        if case .refused(let mark) = outcome, change.isMade(in: mark) { return .taken }
        return outcome
    }
}
