// Identifiers in the form of UUIDs, drawn from a seed: the same seed gives the same ones.

struct UniqueIdentifiers: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A UUID of version 4 in its form, 36 characters in lower case.
    mutating func next() -> String {
        let high = draw() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = draw() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for (number, shifts) in [(high, 0..<16), (low, 16..<32)] {
                for digit in shifts {
                    if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                        buffer[position] = UInt8(ascii: "-")
                        position += 1
                    }
                    let nibble = UInt8(truncatingIfNeeded: number >> UInt64(60 - (digit % 16) * 4)) & 0xF
                    buffer[position] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
                    position += 1
                }
            }
            return position
        }
    }

    /// SplitMix64.
    private mutating func draw() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
