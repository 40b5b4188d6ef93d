// An index of an object's members by their names, for objects of many: each search takes a few steps, whatever the order.

/// The members of one object by name.
public final class JSONMemberIndex: Sendable {
    private let document: JSONDocument
    /// The tape indices of the keys, each in the first free slot at or after that of its hash; 0 in a free slot.
    private let slots: [UInt32]
    /// The tape indices of the keys in the order they came, names that come again left out.
    let keys: [UInt32]
    let repeatedKey: UInt32?
    let count: Int
    let areASCII: Bool
    /// How many slots were looked at to make the index.
    public let steps: Int

    /// - Parameter object: a place in `document` that is an object of several members.
    public init(of object: JSONNode.Place, in document: JSONDocument) {
        self.document = document
        let all = document.tapeIndices(ofKeysOf: object)
        var size = 32
        while size < all.count * 2 { size *= 2 }
        var slots = [UInt32](repeating: 0, count: size)
        var keys: [UInt32] = []
        keys.reserveCapacity(all.count)
        var repeatedKey: UInt32?
        var areASCII = true
        var steps = 0
        for key in all {
            let word = document.tapeWord(key)
            var slot = 0
            document.withName(word) { name in
                slot = Self.hash(name) & (size - 1)
                if !word.is(.string) || name.contains(where: { $0 >= 0x80 }) { areASCII = false }
            }
            steps += 1
            while slots[slot] != 0, !document.hasSameText(document.tapeWord(slots[slot]), word) {
                slot = (slot + 1) & (size - 1)
                steps += 1
            }
            if slots[slot] != 0 {
                repeatedKey = repeatedKey ?? key
            } else {
                slots[slot] = key
                keys.append(key)
            }
        }
        self.slots = slots
        self.keys = keys
        self.repeatedKey = repeatedKey
        count = all.count
        self.areASCII = areASCII
        self.steps = steps
    }

    /// The value of the first member of that name.
    ///
    /// - Parameter steps: grows by the number of slots that were looked at.
    public func member(named name: UnsafeBufferPointer<UInt8>, counting steps: inout Int) -> JSONNode.Place? {
        var slot = Self.hash(name) & (slots.count - 1)
        while true {
            steps += 1
            let key = slots[slot]
            guard key != 0 else { return nil }
            if document.string(document.tapeWord(key), equals: name) {
                return JSONNode.Place(word: document.tapeWord(key + 1), tapeIndex: key + 1)
            }
            // At least half of the slots are free, so this ends.
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    /// Seeded anew in each process, so that no input can be made whose names fall into one slot.
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(name))
        return hasher.finalize()
    }
}

extension JSONDocument {
    fileprivate func withName(_ key: TapeWord, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        withText(of: JSONNode.Place(word: key, tapeIndex: JSONNode.notIndexed)) { body($0) }
    }
}
