// A guard for functions that keep no numbers: what the table holds now decides whether a record is stale.

public import AWSServices
internal import DynamoDBStreamEvents

/// Compares each record with the item that the table holds when the record is about to be handled.
///
/// Between the comparison and the handling the item can change again: this is a guard against what has happened since the
/// record was made, not against what happens meanwhile.
public struct CurrentItemGuard: ReplayGuard {
    /// By what a record counts as stale.
    public enum Comparison: Hashable, Sendable {
        /// The item is not the record's new image any more; for a removal, there is an item.
        case image
        /// This attribute of the item, a version or a time, is greater than that of the record's image; for a removal, than
        /// that of its old image. Numbers are compared as numbers, strings by their bytes.
        case attribute(String)
    }

    private let table: String
    private let client: DynamoDBClient
    private let comparison: Comparison

    /// - Parameters:
    ///   - table: the table's name or ARN. It is read consistently, which needs `dynamodb:BatchGetItem`.
    public init(table: String, client: DynamoDBClient = DynamoDBClient(), comparison: Comparison = .image) {
        self.table = table
        self.client = client
        self.comparison = comparison
    }

    /// - Throws: `AWSError`, when the items cannot be read now.
    public func admit(_ records: [ReplayRecord]) async throws -> [ReplayAdmission] {
        let views = records.map(\.streamRecord)
        var keys: Set<Item> = []
        for view in views { if let key = view?.keys { keys.insert(key) } }
        let found = try await client.batchGetItem(Array(keys), from: table, consistently: true)
        // The reply names no keys: an item belongs to the key whose values it has.
        var items: [Item: Item] = [:]
        let names = keys.first?.names ?? []
        for item in found {
            var key = Item()
            for name in names { key[name] = item[name] }
            items[key] = item
        }
        return views.map { view in
            guard let view, let key = view.keys else { return .admitted }
            return isStale(view, items[key]) ? .stale : .admitted
        }
    }

    private func isStale(_ record: StreamRecord, _ item: Item?) -> Bool {
        let isRemoval = record.eventName == .remove
        switch comparison {
        case .image:
            guard !isRemoval else { return item != nil }
            // A stream of keys alone has no image to compare.
            guard let image = record.newImage else { return item == nil }
            return item != image
        case .attribute(let name):
            guard let item else { return !isRemoval }
            guard let current = item[name], let own = (isRemoval ? record.oldImage : record.newImage)?[name] else {
                // Nobody can tell which is newer, and what is there is the safer one.
                return item != (isRemoval ? record.oldImage : record.newImage)
            }
            return own.isLess(than: current) ?? (own != current)
        }
    }
}

extension AttributeValue {
    /// nil for values that have no order with each other.
    fileprivate func isLess(than other: AttributeValue) -> Bool? {
        switch (self, other) {
        case (.number(let first), .number(let second)): first < second
        case (.string(let first), .string(let second)): first.utf8.lexicographicallyPrecedes(second.utf8)
        default: nil
        }
    }
}
