// Replays only what is still the last change of its item: the table is asked.

public import AWSServices
internal import DynamoDBStreamEvents
internal import EventSourceMapping

/// Compares records with the items that the stream's own table has now.
///
/// ```swift
/// let source = try await StreamSource(DynamoDBClient().latestStreamARN(ofTable: "orders") ?? "")
/// let unchanged = CurrentItemGuard(.attribute("updatedAt"), dynamoDB: DynamoDBClient())
/// let summary = await Replay(from: source, to: FunctionTarget("OrderProjector"), guardedBy: unchanged).run()
/// print("\(summary.stale) records are older than their items, and were not sent")
/// ```
///
/// A record is stale when its item has changed since: the later change has a record of its own, which the function
/// handled or will handle. So a function that brings something to the state of an item misses nothing, and one that counts
/// changes does. The items are read with strong consistency (`dynamodb:BatchGetItem`), one read unit for each 4 KB.
public struct CurrentItemGuard: ReplayGuard {
    /// What of a record and of its item is compared.
    public enum Comparison: Sendable, Hashable {
        /// The item is as the record's new image, or gone as the record says.
        case image
        /// The item's attribute of this name, a number or a string such as an ISO 8601 time, is not greater than the
        /// record's.
        case attribute(String)
    }

    private let dynamoDB: DynamoDBClient
    private let comparison: Comparison

    /// Creates a guard that reads the items with this client.
    public init(_ comparison: Comparison, dynamoDB: DynamoDBClient) {
        self.comparison = comparison
        self.dynamoDB = dynamoDB
    }

    /// A record that has nothing to compare is undecidable, for the reason of its ``CurrentItemGuardError``.
    ///
    /// - Throws: `AWSError`, when the items cannot be read now.
    public func admit(_ records: [ReplayRecord]) async throws -> [ReplayAdmission] {
        let changes = records.map { record in Result { () throws(CurrentItemGuardError) in try RecordedChange(record) }
        }
        var tables: [String: Set<Item>] = [:]
        for case .success(let change) in changes { tables[change.table, default: []].insert(change.keys) }
        var current: [String: [Item: Item]] = [:]
        for (table, keys) in tables { current[table] = try await items(keys, of: table) }
        return changes.map { change in
            do throws(CurrentItemGuardError) {
                let change = try change.get()
                return try isStale(change, now: current[change.table]?[change.keys]) ? .stale : .admitted
            } catch {
                return .undecidable(reason: "\(error)")
            }
        }
    }

    /// The items that there are, by their keys.
    private func items(_ keys: Set<Item>, of table: String) async throws(AWSError) -> [Item: Item] {
        let items = try await dynamoDB.batchGetItem(Array(keys), from: table, consistently: true)
        guard let names = keys.first?.names else { return [:] }
        return Dictionary(
            items.map { item in
                (Item(Dictionary(names.map { ($0, item[$0] ?? .null) }, uniquingKeysWith: { $1 })), item)
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    private func isStale(_ change: RecordedChange, now item: Item?) throws(CurrentItemGuardError) -> Bool {
        // A removal is undone by whatever put the item there again.
        if change.isRemoval { return item != nil }
        guard let image = change.newImage else {
            throw .noNewImage(sequenceNumber: change.sequenceNumber)
        }
        guard let item else { return true }
        guard case .attribute(let name) = comparison else { return item != image }
        switch (item[name], image[name]) {
        case (.number(let now), .number(let then)): return now > then
        case (.string(let now), .string(let then)):
            return then.utf8.lexicographicallyPrecedes(now.utf8)
        default: throw .notComparable(attribute: name, sequenceNumber: change.sequenceNumber)
        }
    }
}

/// Why it cannot be known whether a record is stale.
public enum CurrentItemGuardError: Error, Hashable, Sendable {
    /// The record does not say which table it is of.
    case noTable(sequenceNumber: String)
    /// The record has no keys.
    case noKeys(sequenceNumber: String)
    /// The record has no new image to compare.
    case noNewImage(sequenceNumber: String)
    /// The attribute is not a number in both, nor a string in both.
    case notComparable(attribute: String, sequenceNumber: String)
}

extension CurrentItemGuardError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noTable(let number):
            "the record \(number) does not say which table it is of: its eventSourceARN is not that of a stream"
        case .noKeys(let number): "the record \(number) has no keys to find its item by"
        case .noNewImage(let number):
            """
            the record \(number) has no new image to compare with its item: the stream's view type leaves it out. Use the \
            last applied numbers in the function instead of --skip-if-newer
            """
        case .notComparable(let attribute, let number):
            """
            the attribute '\(attribute)' of the record \(number) and of its item are not two numbers or two strings, so \
            nobody can say which is newer. Name another attribute, or compare the images
            """
        }
    }
}

/// What of a record is compared.
private struct RecordedChange {
    let sequenceNumber: String
    let table: String
    let keys: Item
    let newImage: Item?
    let isRemoval: Bool

    init(_ record: ReplayRecord) throws(CurrentItemGuardError) {
        sequenceNumber = record.sequenceNumber.description
        guard let stream = record.streamRecord, let arn = stream.eventSourceARN, arn.isDynamoDBStream else {
            throw .noTable(sequenceNumber: sequenceNumber)
        }
        // Of `arn:…:table/orders/stream/2026-…` the table's ARN, for another region or account may have a table of the same
        // name. DynamoDB on one's own machine has no region, and takes names alone.
        let parts = arn.split(separator: "/" as Character)
        let name = String(parts.dropFirst().first ?? "")
        table = ResourceARN(arn)?.hasRegion == true ? "\(parts[0])/\(name)" : name
        guard let keys = stream.keys, !keys.isEmpty else { throw .noKeys(sequenceNumber: sequenceNumber) }
        self.keys = keys
        newImage = stream.newImage
        isRemoval = stream.eventName == .remove
    }
}
