// Random numbers for the purposes of one command, each determined by its seed.

import SeededNumbers

struct SeededRandom: RandomNumberGenerator, Sendable {
    private var numbers: SplitMix64

    /// A stream of its own for one purpose, so that drawing more for one does not change what another draws.
    init(seed: UInt64, purpose: String) {
        let mixed = purpose.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        var first = SplitMix64(seed: mixed)
        numbers = SplitMix64(seed: first.next())
    }

    mutating func next() -> UInt64 { numbers.next() }

    /// True as often as `probability` says, 0 never and 1 always.
    mutating func happens(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return Double(next() >> 11) / Double(1 << 53) < probability
    }
}
