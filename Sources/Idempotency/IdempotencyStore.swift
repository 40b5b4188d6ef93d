// The requirements of a store: five conditional steps and a read.

/// Keeps the records of idempotent operations.
///
/// A store is correct if each of `begin`, `complete`, `release` and `renew` is atomic: the condition is checked and the
/// record written in one step. In a database with compare-and-set, each is one statement:
///
/// ```text
/// struct PostgresIdempotencyStore: IdempotencyStore {
///     func begin(_ record: IdempotencyRecord, in call: StoreCall) async throws -> BeginOutcome {
///         // INSERT INTO idempotency … ON CONFLICT (key) DO UPDATE SET … WHERE
///         //   idempotency.expiration < :nowSeconds OR
///         //   (idempotency.status = 'INPROGRESS' AND idempotency.lease_end < :nowMilliseconds)
///         try await client.execute(insert, for: record, at: call) > 0 ? .begun : .exists(read(record.key, in: call))
///     }
///     func complete(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
///         // UPDATE idempotency SET … WHERE key = :key AND status = 'INPROGRESS' AND owner = :owner
///         try await client.execute(update, for: record, at: call) > 0 ? .done : .lost(read(record.key, in: call))
///     }
///     // release: DELETE … WHERE the same; renew: UPDATE … SET lease_end … WHERE the same; read: SELECT
/// }
/// ```
///
/// A step may be repeated after its reply was lost. The caller recognizes its own earlier write by `owner` in what
/// ``BeginOutcome/exists(_:)`` and ``FenceOutcome/lost(_:)`` contain, so return the record unchanged.
public protocol IdempotencyStore: Sendable {
    /// Stores `record`, which is in progress, unless the key has a record that is not free.
    ///
    /// A record is free when it is absent, when `expiration` is before the second of `call.now`, or when it is in progress
    /// and has a `leaseEnd` before `call.now`: ``IdempotencyRecord/isFree(at:)``.
    ///
    /// - Throws: the store's error; ``NothingStored`` if it certainly changed nothing.
    func begin(_ record: IdempotencyRecord, in call: StoreCall) async throws -> BeginOutcome

    /// Stores `record`, which is completed, if the stored one is in progress and has the same `owner`.
    ///
    /// - Throws: the store's error; ``NothingStored`` if it certainly changed nothing.
    func complete(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome

    /// Removes `record` if the stored one is in progress and has the same `owner`. A store that counts attempts keeps a
    /// record that has some, free for the next call.
    ///
    /// - Throws: the store's error.
    func release(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome

    /// Sets `expiration` and `leaseEnd` to those of `record`, if the stored one is in progress and has the same
    /// `owner`.
    ///
    /// - Throws: the store's error.
    func renew(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome

    /// The record of `key` as the last write left it, expired or not.
    ///
    /// - Throws: the store's error.
    func read(_ key: String, in call: StoreCall) async throws -> IdempotencyRecord?

    /// The records of `keys` that exist, as far as they were found before `call.deadline`. They may be a moment old: a
    /// completed record stays completed.
    ///
    /// The default reads one after the other.
    ///
    /// - Throws: the store's error.
    func read(_ keys: [String], in call: StoreCall) async throws -> [IdempotencyRecord]

    /// The limits of a record. By default there are none.
    var limits: IdempotencyStoreLimits { get }
}

extension IdempotencyStore {
    public func read(_ keys: [String], in call: StoreCall) async throws -> [IdempotencyRecord] {
        var records: [IdempotencyRecord] = []
        for key in keys {
            if let deadline = call.deadline, ContinuousClock.now >= deadline { break }
            if let record = try await read(key, in: call) { records.append(record) }
        }
        return records
    }

    public var limits: IdempotencyStoreLimits { IdempotencyStoreLimits() }
}

/// The time of a step, and its deadline.
///
/// ```swift
/// let call = StoreCall(now: 1_800_000_000_000)
/// let record = try await store.read("orders#o-1", in: call)
/// ```
public struct StoreCall: Sendable, Hashable {
    /// The time for leases and expiry, in milliseconds since 1970.
    public let now: Int64
    /// When the step must have ended, its retries included; nil for no limit.
    public let deadline: ContinuousClock.Instant?

    /// Creates the circumstances of one step.
    public init(now: Int64, deadline: ContinuousClock.Instant? = nil) {
        self.now = now
        self.deadline = deadline
    }
}

/// The outcome of a step that claims a key.
public enum BeginOutcome: Sendable, Hashable {
    /// The record is stored: the key is the caller's.
    case begun
    /// The stored record is not free. Nil if it was removed since.
    case exists(IdempotencyRecord?)
}

/// The outcome of a step that only the owner of a lease may take.
public enum FenceOutcome: Sendable, Hashable {
    /// It is done.
    case done
    /// The lease is no longer the caller's. Contains the stored record, if it is known.
    case lost(IdempotencyRecord?)
}

/// An error of a store that certainly changed nothing: the request was refused, not lost.
///
/// ```swift
/// func connected() async throws -> Database {
///     do {
///         return try await connect()
///     } catch {
///         throw NothingStored(error)  // No statement was sent.
///     }
/// }
/// ```
///
/// A store need not distinguish this. One that does saves the caller of `begin` a request that undoes what may have
/// been stored.
public struct NothingStored: Error {
    /// What happened.
    public let underlying: any Error

    /// Wraps the error of a step that changed nothing.
    public init(_ underlying: any Error) {
        self.underlying = underlying
    }
}

/// The limits of a record in a store.
///
/// ```swift
/// let store = InMemoryIdempotencyStore(limits: IdempotencyStoreLimits(keyByteCount: 2_048))
/// ```
public struct IdempotencyStoreLimits: Sendable, Hashable {
    /// The longest key, in bytes of UTF-8, its prefix included.
    public var keyByteCount: Int
    /// The largest attribute that holds a result, as DynamoDB counts its size: text in bytes of UTF-8.
    public var dataByteCount: Int

    /// Creates limits. A limit that is nil does not apply.
    public init(keyByteCount: Int = .max, dataByteCount: Int = .max) {
        self.keyByteCount = keyByteCount
        self.dataByteCount = dataByteCount
    }
}
