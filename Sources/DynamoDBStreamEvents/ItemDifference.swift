// The attributes that a change touched.

import JSONScanning

/// The attributes that differ between two images of an item, by name, sorted by their bytes.
///
/// ```swift
/// let difference = ItemDifference(from: ["id": "o-1", "total": 5], to: ["id": "o-1", "total": 6, "note": "late"])
/// print(difference.changed, difference.added)  // ["total"] ["note"]
///
/// if let changed = record.diff?.changed, changed.contains("status") { print("the status changed") }
/// ```
///
/// Names and strings are compared byte by byte, as DynamoDB compares them.
public struct ItemDifference: Sendable {
    /// The attributes that the new item alone has, sorted.
    public let added: [String]
    /// The attributes that the old item alone has, sorted.
    public let removed: [String]
    /// The attributes that both items have, with different values, sorted.
    public let changed: [String]

    /// Whether the images are equal: numbers by value, sets without order.
    public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    /// All names that differ, sorted.
    public var names: [String] { (added + removed + changed).sortedByBytes() }

    /// Compares the attributes of two items. Nested values count as a whole.
    public init(from old: Item, to new: Item) {
        let old = old.values
        let new = new.values
        added = new.keys.filter { old[$0] == nil }.sorted().map(\.text)
        removed = old.keys.filter { new[$0] == nil }.sorted().map(\.text)
        changed = new.filter { name, value in old[name].map { $0 != value } ?? false }.keys.sorted().map(\.text)
    }
}

extension ItemDifference: Hashable {
    private var exactly: [[ExactText]] { [added, removed, changed].map { $0.map(ExactText.init) } }

    public static func == (first: Self, second: Self) -> Bool { first.exactly == second.exactly }

    public func hash(into hasher: inout Hasher) { hasher.combine(exactly) }
}

extension StreamRecord {
    /// What the change did to the attributes. An insertion added them all, a removal removed them all.
    ///
    /// - Returns: nil if the stream does not carry the required images.
    public var diff: ItemDifference? {
        switch (eventName, oldImage, newImage) {
        case (.insert, nil, let new?): ItemDifference(from: [:], to: new)
        case (.remove, let old?, nil): ItemDifference(from: old, to: [:])
        case (_, let old?, let new?): ItemDifference(from: old, to: new)
        default: nil
        }
    }
}
