// The requirements of a store: five conditional steps and a read.

/// Keeps the records of idempotent operations.
///
/// A store is right if each of `begin`, `complete`, `release` and `renew` is atomic: the condition is checked and the
/// record written in one step that nothing comes between. In a database with compare-and-set that is one statement:
///
/// ```swift
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
    /// Stores `record`, which is in progress, unless there is one that is not free.
    ///
    /// A record is free when it is absent, when `expiration` is before the second of `call.now`, or when it is in progress
    /// and has a `leaseEnd` before `call.now`: ``IdempotencyRecord/isFree(at:)``.
    func begin(_ record: IdempotencyRecord, in call: StoreCall) async throws -> BeginOutcome

    /// Stores `record`, which is completed, if the one that is there is in progress and has the same `owner`.
    func complete(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome

    /// Removes `record` if the one that is there is in progress and has the same `owner`. A store that counts attempts
    /// keeps a record that has some, free for the next call.
    func release(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome

    /// Sets `expiration` and `leaseEnd` to those of `record`, if the one that is there is in progress and has the same
    /// `owner`.
    func renew(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome

    /// The record of `key` as the last write left it, expired or not.
    func read(_ key: String, in call: StoreCall) async throws -> IdempotencyRecord?

    /// Those records of `keys` that are there, as far as they were found before `call.deadline`. They may be a moment old: what
    /// is completed stays completed.
    ///
    /// By default one read after the other.
    func read(_ keys: [String], in call: StoreCall) async throws -> [IdempotencyRecord]

    /// What fits into a record. By default everything.
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

/// When a step is taken, and how long it may take.
public struct StoreCall: Sendable, Hashable {
    /// The time that records are judged by, in milliseconds since 1970.
    public let now: Int64
    /// When the step must have ended, its retries included; nil for whenever.
    public let deadline: ContinuousClock.Instant?

    public init(now: Int64, deadline: ContinuousClock.Instant? = nil) {
        self.now = now
        self.deadline = deadline
    }
}

/// What became of a step that takes a key.
public enum BeginOutcome: Sendable, Hashable {
    /// The record is stored: the key is the caller's.
    case begun
    /// The record that is there is not free. Nil when it has gone since.
    case exists(IdempotencyRecord?)
}

/// What became of a step that only the owner of a lease may take.
public enum FenceOutcome: Sendable, Hashable {
    /// It is done.
    case done
    /// The lease is not the caller's any more. What is there now, as far as it is known.
    case lost(IdempotencyRecord?)
}

/// An error of a store that is sure to have changed nothing: refused, not lost on the way.
///
/// A store need not make the difference. One that does spares the caller of `begin` a request that undoes what may have
/// been stored.
public struct NothingStored: Error {
    /// What happened.
    public let underlying: any Error

    public init(_ underlying: any Error) {
        self.underlying = underlying
    }
}

/// What fits into a record of a store.
public struct IdempotencyStoreLimits: Sendable, Hashable {
    /// The longest key, in bytes of UTF-8, its prefix included.
    public var keyByteCount: Int
    /// The largest attribute that holds a result, as DynamoDB counts its size: text in bytes of UTF-8.
    public var dataByteCount: Int

    public init(keyByteCount: Int = .max, dataByteCount: Int = .max) {
        self.keyByteCount = keyByteCount
        self.dataByteCount = dataByteCount
    }
}
