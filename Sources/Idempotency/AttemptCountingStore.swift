// Counting attempts at a record in the record itself, for whoever gives up after so many.

/// A store that counts in a key's record how often its work has failed.
///
/// The count outlives the leases of all those attempts: `begin` and `release` leave it.
public protocol AttemptCountingStore: IdempotencyStore {
    /// Counts one more failed attempt at the work of `key`, be there a record or not.
    ///
    /// A record that is made for the count alone is in progress with a lease that has ended, which everybody, Powertools
    /// included, takes for a free key.
    ///
    /// - Parameters:
    ///   - token: of this attempt. The same one twice in a row counts once, so that a request may be sent again.
    ///   - expiration: seconds since 1970 after which a record made for the count is dropped.
    /// - Returns: how many there are now, this one included.
    func countAttempt(of key: String, token: String, expiration: Int64, in call: StoreCall) async throws -> Int
}

extension IdempotentOperations where Store: AttemptCountingStore {
    /// Counts one more failed attempt at the work of `key`.
    ///
    /// - Returns: how many there are now, this one included.
    /// - Throws: what the store throws.
    public func countAttempt(of key: String, remainingTime: Duration? = nil) async throws -> Int {
        let now = settings.clock.now
        return try await store.countAttempt(
            of: storedKey(key),
            token: OwnerToken.random(),
            expiration: now.later(by: settings.expiresAfter).flooredSeconds,
            in: StoreCall(now: now, deadline: remainingTime.map { ContinuousClock.now + $0 })
        )
    }
}
