// A number for what an item holds, the same whatever the order of its attributes: the second half of an event id.

internal import JSONScanning

struct ContentHash {
    private(set) var value: UInt64 = 0

    /// Adds an attribute.
    mutating func add(_ attribute: JSONMember) {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        hash.fold(attribute.name.jsonText)
        hash.fold(attribute.value.jsonText)
        value &+= hash.mixed
    }
}

extension UInt64 {
    /// Every bit of the number in every bit of another: the end of MurmurHash3.
    var mixed: UInt64 {
        var hash = self
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ (hash >> 33)
    }

    /// Takes in bytes, eight at a time, and how many they are.
    fileprivate mutating func fold(_ bytes: ArraySlice<UInt8>) {
        let count = bytes.count
        self = bytes.withUnsafeBytes { bytes in
            var hash = self
            var position = 0
            // Eight bytes from a position up to `count - 8` lie within the buffer.
            while position + 8 <= count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                hash = (hash ^ word) &* 0x9FB2_1C65_1E98_DF25
                hash ^= hash >> 32
                position += 8
            }
            var last: UInt64 = 0
            while position < count {
                last = last << 8 | UInt64(bytes[position])
                position += 1
            }
            hash = (hash ^ last) &* 0x9FB2_1C65_1E98_DF25
            hash ^= hash >> 32
            return (hash ^ UInt64(count)) &* 0x9FB2_1C65_1E98_DF25
        }
    }
}
