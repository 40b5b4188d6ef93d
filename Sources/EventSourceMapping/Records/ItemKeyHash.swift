// A number for an item's primary key, the same for equal keys whatever the order of their members: what a queue is
// chosen by.

package import JSONScanning

package enum ItemKeyHash {
    /// The hash of the keys of a stream's record; the seed where it has none.
    package static func hash(ofKeysOf record: JSONNode, seed: UInt64) -> UInt64 {
        guard let keys = record["dynamodb"]?["Keys"], keys.kind == .object else { return seed }
        return hash(of: keys.members, seed: seed)
    }

    /// FNV-1a over each key attribute's name, type and value; their sum, so that the order does not matter.
    package static func hash(of keys: some Sequence<JSONMember>, seed: UInt64) -> UInt64 {
        var sum: UInt64 = 0
        for member in keys { sum &+= hash(of: member, seed: seed) }
        // The low bits of FNV alone would follow the last bytes too closely.
        return sum ^ (sum >> 32)
    }

    private static func hash(of member: JSONMember, seed: UInt64) -> UInt64 {
        var hash = FNV1a(seed: seed)
        hash.add(member.name.textBytes)
        if let tagged = member.value.singleMember {
            hash.add(tagged.name.textBytes)
            hash.add(tagged.value.textBytes ?? tagged.value.jsonText)
        } else {
            hash.add(member.value.jsonText)
        }
        return hash.value
    }
}

/// The hash of several texts.
private struct FNV1a {
    private(set) var value: UInt64

    init(seed: UInt64) { value = 0xCBF2_9CE4_8422_2325 ^ seed }

    mutating func add(_ text: ArraySlice<UInt8>?) {
        var hash = value
        text?.withUnsafeBufferPointer { bytes in
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        value = hash &* 0x0000_0100_0000_01B3
    }
}
