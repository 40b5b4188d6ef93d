// LastAppliedGuard in a DynamoDB table: one item for each source key, one conditional write for each step.

public import AWSServices
internal import DynamoDBStreamEvents
public import Idempotency

/// Keeps last applied numbers in a table whose partition key is a string.
///
/// ```swift
/// let processor = BatchProcessor { (change: ItemChange<Order>, _: RecordContext) in try await project(change) }
///     .onlyNewer(using: DynamoDBLastAppliedStore(table: "idempotency", lifetime: .seconds(7 * 86_400)))
/// ```
///
/// It may be the table of idempotency records: its keys have a prefix of their own. An item holds
///
/// | attribute | type | meaning |
/// |---|---|---|
/// | `id` | S | the key, its prefix included |
/// | `seq` | S | the last applied sequence number, forty digits with leading zeros: a number attribute holds 38 |
/// | `claim`, `in_progress_expiration` | S, N | the number that is being applied, and until when; milliseconds |
/// | `owner` | S | a token of the call that wrote last |
/// | `previous` | S | what `.atMostOnce` restores when an effect throws |
/// | `expiration` | N | when the item may go, if a lifetime was given; seconds. The table's Time to Live attribute |
///
/// Its function needs `dynamodb:UpdateItem`, and `dynamodb:GetItem` for `.atLeastOnce`.
public struct DynamoDBLastAppliedStore: LastAppliedStore {
    /// The table's name or ARN. Its partition key is the string `id`, and it has no sort key.
    public let table: String
    /// The table's partition key.
    public let keyAttribute: String
    /// How long a number is kept after its last change; nil for ever.
    ///
    /// A stream does not deliver a record after a day, so two days are safe against redelivery. What is redriven later
    /// is refused only as long as the number is there. That goes for deletions too, which leave their number as any change
    /// does: a backfill of an export brings an item back that was deleted since, if the number has expired. For such a
    /// backfill the lifetime must be longer than from the export's time to the end of the backfill.
    public let lifetime: Duration?
    let client: DynamoDBClient

    /// - Parameters:
    ///   - table: the table's name or ARN.
    ///   - keyAttribute: the table's partition key.
    ///   - lifetime: how long a number is kept after its last change; nil for ever.
    ///   - client: who sends the requests.
    public init(
        table: String,
        keyAttribute: String = "id",
        lifetime: Duration? = nil,
        client: DynamoDBClient = DynamoDBClient()
    ) {
        self.table = table
        self.keyAttribute = keyAttribute
        self.lifetime = lifetime
        self.client = client
    }

    /// What DynamoDB lets a partition key have.
    public var longestKey: Int { 2048 }

    public func take(_ change: LastAppliedChange, in call: StoreCall) async throws -> LastAppliedOutcome {
        let write = update(for: change, at: call.now)
        do {
            try await client.updateItem(write, timeout: call.timeout)
            return .taken
        } catch {
            guard case .conditionalCheckFailed(let item) = error.kind else { throw error }
            return .refused(item.map(LastApplied.init(item:)))
        }
    }

    public func lastApplied(of key: String, in call: StoreCall) async throws -> LastApplied? {
        let item = try await client.getItem(itemKey(key), from: table, consistently: true, timeout: call.timeout)
        return item.map(LastApplied.init(item:))
    }

    /// The step as an update.
    func update(for change: LastAppliedChange, at now: Int64) -> UpdateItem {
        var expression = LastAppliedExpression(change, now: now)
        if let lifetime {
            expression.set("expiration", to: .number(AttributeNumber(now / 1000 + lifetime.components.seconds)))
        }
        var update = UpdateItem(
            itemKey(change.key),
            in: table,
            update: expression.update,
            condition: WriteCondition(expression.condition),
            names: expression.names,
            values: expression.values
        )
        // The condition of a step that copies an attribute does not hold once the step is done.
        update.mayBeRepeated = true
        return update
    }

    private func itemKey(_ key: String) -> Item { Item([keyAttribute: .string(key)]) }
}

extension LastApplied {
    init(item: Item) {
        self.init(
            applied: SequenceNumber(padded: item["seq"]),
            previous: SequenceNumber(padded: item["previous"]),
            claimed: SequenceNumber(padded: item["claim"]),
            leaseEnd: item["in_progress_expiration"]?.number?.exactly(),
            owner: item["owner"]?.string
        )
    }
}

extension SequenceNumber {
    /// DynamoDB's own numbers have up to forty digits.
    private static let digitCount = 40

    /// What stands for no number where a number must stand: forty zeros, which no record has.
    static let nothingApplied = String(repeating: "0", count: digitCount)

    fileprivate init?(padded attribute: AttributeValue?) {
        guard let text = attribute?.string else { return nil }
        self.init(text.utf8.drop { $0 == UInt8(ascii: "~") }.drop { $0 == UInt8(ascii: "0") })
    }

    /// A text whose order is that of the numbers: forty digits with leading zeros. A longer number, as LocalStack writes them,
    /// has thousand digits behind a `~`, which no digit comes after.
    var padded: AttributeValue {
        let digits = description.drop { $0 == "0" }
        let isLong = digits.utf8.count > Self.digitCount
        let length = isLong ? Self.maximumDigitCount : Self.digitCount
        return .string((isLong ? "~" : "") + String(repeating: "0", count: length - digits.utf8.count) + digits)
    }
}
