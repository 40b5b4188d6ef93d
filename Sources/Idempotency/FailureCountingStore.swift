// Counts failed deliveries of a record in its idempotency record, for the dead-letter decision.

/// A store that counts in a key's record how often its work has failed.
///
/// ```swift
/// do {
///     try await notify(order)
/// } catch {
///     let failures = try await once.countFailure(of: order.id)
///     guard failures >= 5 else { throw error }
///     print("\(order.id) failed \(failures) times and is skipped")
/// }
/// ```
///
/// The count outlives the leases of all those deliveries: `begin` and `release` leave it.
public protocol FailureCountingStore: IdempotencyStore {
    /// Counts one more failed delivery of the work of `key`, whether or not there is a record.
    ///
    /// A record that is created for the count alone is in progress with a lease that has ended. Everybody, Powertools
    /// included, treats it as a free key.
    ///
    /// - Parameters:
    ///   - key: the key of the work.
    ///   - token: of this failure. The same one twice in a row counts once, so that a request may be sent again.
    ///   - expiration: seconds since 1970 after which a record made for the count is dropped.
    ///   - call: the time and the deadline.
    /// - Returns: the number of failed deliveries, this one included.
    /// - Throws: the store's error.
    func countFailure(of key: String, token: String, expiration: Int64, in call: StoreCall) async throws -> Int
}

extension IdempotentOperations where Store: FailureCountingStore {
    /// Counts one more failed delivery of the work of `key`.
    ///
    /// - Returns: the number of failed deliveries, this one included.
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
