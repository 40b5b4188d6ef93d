// The record that a store keeps for one key.

public import DynamoDBStreamEvents

/// The state of the work of one key.
///
/// ```swift
/// var record = IdempotencyRecord(key: "orders#o-1", status: .inProgress, expiration: 1_800_086_400)
/// record.leaseEnd = 1_800_000_032_000
/// print(record.isFree(at: 1_800_000_000_000))  // false: the lease has not ended
/// ```
///
/// Its fields are those of a Powertools record, and a few that Powertools' readers ignore.
public struct IdempotencyRecord: Sendable, Hashable {
    /// The key, its prefix included.
    public var key: String
    /// Where the operation stands.
    public var status: IdempotencyStatus
    /// Seconds since 1970 after which the record counts as absent. The table's Time to Live attribute.
    public var expiration: Int64
    /// Milliseconds since 1970 after which an operation in progress counts as dead. It has no meaning in a completed
    /// record. Nil means that the operation lives until `expiration`.
    public var leaseEnd: Int64?
    /// The owner of the lease: a random token of one call, which fences its writes. Powertools has none.
    public var owner: String?
    /// The result, as JSON text in a string, or in the form of another library.
    public var data: AttributeValue?
    /// The digest of what must be the same in every call.
    public var validation: String?
    /// The name of the error in `data`, if the outcome was a final error.
    public var failure: String?
    /// Why there is no result in `data`.
    public var omission: String?
    /// The number of failed attempts, if it is counted.
    public var attempts: Int?

    /// Creates a record as a store keeps it.
    public init(
        key: String,
        status: IdempotencyStatus,
        expiration: Int64,
        leaseEnd: Int64? = nil,
        owner: String? = nil,
        data: AttributeValue? = nil,
        validation: String? = nil,
        failure: String? = nil,
        omission: String? = nil,
        attempts: Int? = nil
    ) {
        self.key = key
        self.status = status
        self.expiration = expiration
        self.leaseEnd = leaseEnd
        self.owner = owner
        self.data = data
        self.validation = validation
        self.failure = failure
        self.omission = omission
        self.attempts = attempts
    }
}

/// The state of the work.
public enum IdempotencyStatus: Sendable, Hashable {
    /// `INPROGRESS`
    case inProgress
    /// `COMPLETED`
    case completed
    /// A status that another writer left.
    case other(String)

    /// Creates the status that Powertools calls by this word: `INPROGRESS`, `COMPLETED` or any other.
    public init(word: String) {
        switch word {
        case "INPROGRESS": self = .inProgress
        case "COMPLETED": self = .completed
        default: self = .other(word)
        }
    }

    /// The status as it is stored.
    public var word: String {
        switch self {
        case .inProgress: "INPROGRESS"
        case .completed: "COMPLETED"
        case .other(let word): word
        }
    }
}

extension IdempotencyRecord {
    /// Whether the record counts as absent at `now`, in milliseconds since 1970.
    public func isExpired(at now: Int64) -> Bool { expiration < now.flooredSeconds }

    /// Whether a call may take the key over at `now`, in milliseconds since 1970: the rule of ``IdempotencyStore``'s
    /// `begin`.
    public func isFree(at now: Int64) -> Bool {
        if isExpired(at: now) { return true }
        guard status == .inProgress, let leaseEnd else { return false }
        return leaseEnd < now
    }
}

extension Int64 {
    /// Whole seconds of these milliseconds.
    var flooredSeconds: Int64 { self / 1000 }
}
