// The sequence of generated changes: the item that changes next, and its images.

import DynamoDBStreamEvents

/// The items that the user gave.
struct GivenItems {
    var new: Item?
    var old: Item?
}

/// A plausible sequence of changes: an item is inserted before it is modified, as far as the kinds
/// of changes allow.
struct ChangeSequence {
    struct Kinds: Sendable {
        var insert = false
        var modify = false
        var remove = false
    }

    enum Change {
        case insert(Item)
        case modify(old: Item, new: Item)
        case remove(Item)
    }

    /// The share of possible removals that are made.
    static let shareOfRemovals = 0.2

    private let kinds: Kinds
    private let keys: [String]
    private let given: GivenItems
    private let shareOfRemovals: Double
    private var random: SeededRandom
    /// How often each item was changed; 0 if it does not exist.
    private var versions: [Int]
    private var number = 0

    init(
        kinds: Kinds,
        items: Int,
        keys: [String],
        given: GivenItems = GivenItems(),
        shareOfRemovals: Double = Self.shareOfRemovals,
        seed: UInt64
    ) {
        self.shareOfRemovals = shareOfRemovals
        let isAny = !kinds.insert && !kinds.modify && !kinds.remove
        let canModify = given.new == nil || given.old != nil
        self.kinds = isAny ? Kinds(insert: true, modify: canModify) : kinds
        self.keys = keys
        self.given = given
        random = SeededRandom(seed: seed, purpose: "generate-event")
        versions = [Int](repeating: 0, count: items)
    }

    /// - Returns: the item that changes, and how.
    mutating func next() -> (item: Int, change: Change) {
        // Every item once, then any of them.
        let index = number < versions.count ? number : Int.random(in: 0..<versions.count, using: &random)
        number += 1
        return (index, change(of: index))
    }

    private mutating func change(of index: Int) -> Change {
        let version = versions[index]
        let mayEnd = kinds.remove && (version > 0 || !kinds.insert)
        let mayChange = kinds.modify && (version > 0 || !kinds.insert)
        let mayBegin = kinds.insert && (version == 0 || !(mayEnd || mayChange))
        let isRemoval = mayEnd && (!(mayChange || mayBegin) || random.happens(shareOfRemovals))
        if isRemoval {
            versions[index] = 0
            return .remove(given.old.map { keyed($0, index) } ?? item(index, version: max(1, version)))
        }
        if mayChange {
            versions[index] = max(1, version) + 1
            let old = given.old.map { keyed($0, index) } ?? item(index, version: max(1, version))
            return .modify(old: old, new: item(index, version: max(1, version) + 1))
        }
        versions[index] = 1
        return .insert(item(index, version: 1))
    }

    /// The user's item, or an order like those in the examples of this package.
    private func item(_ index: Int, version: Int) -> Item {
        if let new = given.new { return keyed(new, index) }
        var item: Item = [
            "total": .number(AttributeNumber(10 + index % 90)), "status": version == 1 ? "OPEN" : "PAID",
            "version": .number(AttributeNumber(version)), "updatedAt": .number(AttributeNumber(1_789_649_450 + index)),
        ]
        for key in keys { item[key] = .string(key == keys.first ? "item-\(index)" : "\(index)") }
        return item
    }

    /// The first item is the user's. The others have different partition keys.
    private func keyed(_ item: Item, _ index: Int) -> Item {
        guard index > 0, let key = keys.first else { return item }
        var item = item
        switch item[key] {
        case .string(let text): item[key] = .string("\(text)-\(index)")
        case .number(let number):
            let value: Int? = number.exactly()
            item[key] = .number(AttributeNumber((value ?? 0) &+ index))
        case .binary(let bytes): item[key] = .binary(bytes + Array("-\(index)".utf8))
        default: break
        }
        return item
    }
}
