// The attributes of a table's items, and the conversion of items to records.

internal import DynamoDBStreamEvents
internal import Idempotency

/// The names of the attributes of an idempotency table, by default those of Powertools for AWS Lambda.
///
/// ```swift
/// let layout = IdempotencyTableLayout(partitionKey: "pk", sortKey: "sk")
/// let store = DynamoDBIdempotencyStore(table: "application", layout: layout)
/// ```
public struct IdempotencyTableLayout: Sendable, Hashable {
    /// The table's partition key, a string.
    public var partitionKey: String
    /// The table's sort key, a string, where it has one: it then holds the idempotency key.
    public var sortKey: String?
    /// What the partition key of a table with a sort key holds, by default `idempotency#` and the function's name.
    public var partition: String
    /// Seconds after which a record counts as absent. Set the table's Time to Live to it.
    public var expiration: String
    /// Milliseconds after which an operation in progress counts as dead.
    public var leaseEnd: String
    /// The status of the operation.
    public var status: String
    /// The result.
    public var data: String
    /// The digest of what must be the same in a repetition.
    public var validation: String
    /// Who holds the lease. Not of Powertools, like all that follow.
    public var owner: String
    /// The name of a final error.
    public var failure: String
    /// Why there is no result.
    public var omission: String
    /// How often the work has failed.
    public var attempts: String
    /// The token of the attempt that was counted last.
    public var attemptToken: String

    /// - Parameters:
    ///   - partitionKey: the table's partition key.
    ///   - sortKey: the table's sort key, if it has one.
    ///   - partition: what the partition key of a table with a sort key holds; nil for `idempotency#` and
    ///     `AWS_LAMBDA_FUNCTION_NAME`.
    public init(partitionKey: String = "id", sortKey: String? = nil, partition: String? = nil) {
        self.partitionKey = partitionKey
        self.sortKey = sortKey
        self.partition = partition ?? "idempotency#\(ProcessEnvironment.variable("AWS_LAMBDA_FUNCTION_NAME") ?? "")"
        expiration = "expiration"
        leaseEnd = "in_progress_expiration"
        status = "status"
        data = "data"
        validation = "validation"
        owner = "owner"
        failure = "failure"
        omission = "omission"
        attempts = "attempts"
        attemptToken = "attempt_token"
    }
}

/// A table layout that no table can have.
public enum IdempotencyLayoutError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The partition key and the sort key are one attribute.
    case oneAttributeForBothKeys(String)

    public var description: String {
        switch self {
        case .oneAttributeForBothKeys(let name):
            "\(name) is given as the partition key and as the sort key of the idempotency table; name two attributes"
        }
    }
}

extension IdempotencyTableLayout {
    /// The primary key of a record.
    func key(_ key: String) throws(IdempotencyLayoutError) -> Item {
        guard let sortKey else { return [partitionKey: .string(key)] }
        guard sortKey != partitionKey else { throw .oneAttributeForBothKeys(sortKey) }
        return [partitionKey: .string(partition), sortKey: .string(key)]
    }

    /// The idempotency key of an item.
    func key(of item: Item) -> String? { item[sortKey ?? partitionKey]?.string }

    func record(_ item: Item, key: String) -> IdempotencyRecord {
        IdempotencyRecord(
            key: key,
            status: IdempotencyStatus(word: item[status]?.string ?? ""),
            // A record without an expiry never passes the condition by it.
            expiration: item[expiration]?.number?.whole ?? .max,
            leaseEnd: item[leaseEnd]?.number?.whole,
            owner: item[owner]?.string,
            data: item[data],
            validation: item[validation]?.string,
            failure: item[failure]?.string,
            omission: item[omission]?.string,
            attempts: item[attempts]?.number?.exactly(Int.self)
        )
    }
}

extension AttributeNumber {
    /// Without its fraction: early versions of Powertools for TypeScript stored `1711981471.834` seconds.
    fileprivate var whole: Int64? {
        exactly(Int64.self) ?? Int64(exactly: double.rounded(.down))
    }
}
