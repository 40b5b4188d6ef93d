// Counting failed deliveries of a record in its idempotency record, for the dead-letter decision.

/// A store that counts in a key's record how often its work has failed.
///
/// The count outlives the leases of all those deliveries: `begin` and `release` leave it.
public protocol FailureCountingStore: IdempotencyStore {
    /// Counts one more failed delivery of the work of `key`, be there a record or not.
    ///
    /// A record that is made for the count alone is in progress with a lease that has ended, which everybody, Powertools
    /// included, takes for a free key.
    ///
    /// - Parameters:
    ///   - key: the key of the work.
    ///   - token: of this failure. The same one twice in a row counts once, so that a request may be sent again.
    ///   - expiration: seconds since 1970 after which a record made for the count is dropped.
    ///   - call: the time and the deadline.
    /// - Returns: how many there are now, this one included.
    func countFailure(of key: String, token: String, expiration: Int64, in call: StoreCall) async throws -> Int
}

extension IdempotentOperations where Store: FailureCountingStore {
    /// Counts one more failed delivery of the work of `key`.
    ///
    /// - Returns: how many there are now, this one included.
    /// - Throws: what the store throws.
    public func countFailure(
        of key: String,
        remainingTime: Duration? = nil,
        functionName: String? = nil
    ) async throws -> Int {
        let now = settings.clock.now
        return try await store.countFailure(
            of: storedKey(key, functionName: functionName),
            token: OwnerToken.random(),
            expiration: now.later(by: settings.expiresAfter).flooredSeconds,
            in: StoreCall(now: now, deadline: remainingTime.map { ContinuousClock.now + $0 })
        )
    }
}
