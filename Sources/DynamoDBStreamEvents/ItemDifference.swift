// Which attributes a change touched.

/// The attributes that differ between two images of an item, by name, sorted.
public struct ItemDifference: Hashable, Sendable {
    public let added: [String]
    public let removed: [String]
    public let changed: [String]

    /// Whether the images are equal: numbers by value, sets without order.
    public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    /// All names that differ, sorted.
    public var names: [String] { (added + removed + changed).sorted() }

    public init(from old: Item, to new: Item) {
        let old = Dictionary(old)
        let new = Dictionary(new)
        added = new.keys.filter { old[$0] == nil }.sorted()
        removed = old.keys.filter { new[$0] == nil }.sorted()
        changed = new.filter { name, value in old[name].map { $0 != value } ?? false }.keys.sorted()
    }
}

extension StreamRecord {
    /// What the change did to the attributes. An insertion added them all, a removal removed them all.
    ///
    /// - Returns: nil when the stream does not carry the images that this takes.
    public var diff: ItemDifference? {
        switch (eventName, oldImage, newImage) {
        case (.insert, nil, let new?): ItemDifference(from: [:], to: new)
        case (.remove, let old?, nil): ItemDifference(from: old, to: [:])
        case (_, let old?, let new?): ItemDifference(from: old, to: new)
        default: nil
        }
    }
}
