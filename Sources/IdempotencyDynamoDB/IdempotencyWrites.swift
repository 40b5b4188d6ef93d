// The writes of the store: Powertools' own expressions, and the fence that it lacks.

internal import AWSServices
internal import DynamoDBStreamEvents
internal import Idempotency

extension DynamoDBIdempotencyStore {
    /// Powertools' condition for taking a key.
    private static let isFree = """
        attribute_not_exists(#id) OR #expiry < :now OR (#status = :inprogress AND \
        attribute_exists(#in_progress_expiry) AND #in_progress_expiry < :now_in_millis)
        """

    private static let isOwned = WriteCondition("#status = :inprogress AND #owner = :owner")

    /// Takes a key by Powertools' condition. Not by its PutItem, which would replace the item and its count of failures.
    func overtake(_ record: IdempotencyRecord, at now: Int64) throws -> UpdateItem {
        var changes = AttributeChanges(names: freeNames, values: freeValues(at: now))
        changes.set("#expiry", .number(AttributeNumber(record.expiration)), as: ":expiry")
        changes.set("#status", .string(record.status.word), as: ":status")
        changes.set("#in_progress_expiry", record.leaseEnd.map { .number(AttributeNumber($0)) }, as: ":lease_end")
        changes.set("#owner", record.owner.map { .string($0) }, as: ":owner", named: layout.owner)
        changes.set(
            "#validation_key",
            record.validation.map { .string($0) },
            as: ":validation_key",
            named: layout.validation
        )
        for (name, attribute) in [
            ("#response_data", layout.data), ("#failure", layout.failure), ("#omission", layout.omission),
        ] {
            changes.set(name, nil, as: "", named: attribute)
        }
        return changes.update(try layout.key(record.key), in: table, condition: WriteCondition(Self.isFree))
    }

    /// Powertools' completion, by the owner alone.
    func completion(of record: IdempotencyRecord) throws -> UpdateItem {
        var changes = ownedChanges(record)
        if let data = record.data {
            changes.set("#response_data", data, as: ":response_data", named: layout.data)
        }
        changes.set("#expiry", .number(AttributeNumber(record.expiration)), as: ":expiry", named: layout.expiration)
        changes.set("#status", .string(record.status.word), as: ":status")
        if let validation = record.validation {
            changes.set("#validation_key", .string(validation), as: ":validation_key", named: layout.validation)
        }
        if let failure = record.failure {
            changes.set("#failure", .string(failure), as: ":failure", named: layout.failure)
        }
        if let omission = record.omission {
            changes.set("#omission", .string(omission), as: ":omission", named: layout.omission)
        }
        return changes.update(try layout.key(record.key), in: table, condition: Self.isOwned)
    }

    /// Ends a lease and leaves its record with its count of failures, free for everybody, Powertools included.
    func freeing(_ record: IdempotencyRecord) throws -> UpdateItem {
        var changes = ownedChanges(record)
        changes.set("#in_progress_expiry", 0, as: ":ended", named: layout.leaseEnd)
        changes.set("#owner", nil, as: "")
        return changes.update(try layout.key(record.key), in: table, condition: Self.isOwned)
    }

    /// Makes a lease longer.
    func renewal(of record: IdempotencyRecord) throws -> UpdateItem {
        var changes = ownedChanges(record)
        changes.set("#expiry", .number(AttributeNumber(record.expiration)), as: ":expiry", named: layout.expiration)
        changes.set(
            "#in_progress_expiry",
            record.leaseEnd.map { .number(AttributeNumber($0)) },
            as: ":lease_end",
            named: layout.leaseEnd
        )
        return changes.update(try layout.key(record.key), in: table, condition: Self.isOwned)
    }

    private var freeNames: [String: String] {
        [
            "#id": layout.partitionKey, "#expiry": layout.expiration,
            "#in_progress_expiry": layout.leaseEnd, "#status": layout.status,
        ]
    }

    private func freeValues(at now: Int64) -> [String: AttributeValue] {
        [
            ":now": .number(AttributeNumber(now / 1000)), ":now_in_millis": .number(AttributeNumber(now)),
            ":inprogress": .string(IdempotencyStatus.inProgress.word),
        ]
    }

    /// The names and values of the fence.
    private func ownedChanges(_ record: IdempotencyRecord) -> AttributeChanges {
        AttributeChanges(
            names: ["#status": layout.status, "#owner": layout.owner],
            values: [
                ":inprogress": .string(IdempotencyStatus.inProgress.word), ":owner": .string(record.owner ?? ""),
            ]
        )
    }
}

/// An update expression under construction.
struct AttributeChanges {
    private(set) var names: [String: String]
    private(set) var values: [String: AttributeValue]
    private var sets: [String] = []
    private var removals: [String] = []

    init(names: [String: String], values: [String: AttributeValue]) {
        self.names = names
        self.values = values
    }

    /// Sets an attribute, or removes it for nil.
    mutating func set(_ name: String, _ value: AttributeValue?, as placeholder: String, named attribute: String? = nil)
    {
        if let attribute { names[name] = attribute }
        guard let value else { return removals.append(name) }
        values[placeholder] = value
        sets.append("\(name) = \(placeholder)")
    }

    func update(_ key: Item, in table: String, condition: WriteCondition) -> UpdateItem {
        var clauses: [String] = []
        if !sets.isEmpty { clauses.append("SET " + sets.joined(separator: ", ")) }
        if !removals.isEmpty { clauses.append("REMOVE " + removals.joined(separator: ", ")) }
        return UpdateItem(
            key,
            in: table,
            update: clauses.joined(separator: " "),
            condition: condition,
            names: names,
            values: values
        )
    }
}
