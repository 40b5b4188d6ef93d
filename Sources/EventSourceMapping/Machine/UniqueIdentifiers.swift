// Identifiers in the form of UUIDs, drawn from a seed: the same seed gives the same ones.

internal import SeededNumbers

struct UniqueIdentifiers: Sendable {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// A UUID of version 4 in its form, 36 characters in lower case.
    mutating func next() -> String {
        let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
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
}
