// A name that is looked for: its first bytes in one word, so that most members are passed with one comparison.

/// Made and used only while the memory of the name is borrowed.
struct SoughtName {
    private let text: UnsafeBufferPointer<UInt8>
    private let start: NameStart

    @inline(__always)
    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
        start = NameStart(text)
    }

    /// Whether the string without escapes that opens at `offset` is this name.
    @inline(__always)
    func isString(at offset: Int, in input: UncheckedBytes) -> Bool {
        if let word = input.word(at: offset + 1) {
            if !start.matches(word) { return false }
            if start.isWholeName { return true }
        }
        return input.hasString(text, at: offset)
    }
}

/// The first eight bytes of a name and of the quote behind it.
struct NameStart: Sendable {
    private let bytes: UInt64
    /// Covers as many bytes as there are.
    private let mask: UInt64
    /// Whether what matches needs no further comparison.
    let isWholeName: Bool

    init(_ name: UnsafeBufferPointer<UInt8>) {
        let count = name.count
        if let word = UncheckedBytes(name).word(at: 0) {
            (bytes, mask, isWholeName) = (word, .max, false)
        } else {
            var bytes: UInt64 = UInt64(UInt8(ascii: "\"")) << UInt64(count &* 8)
            for position in 0..<count { bytes |= UInt64(name[position]) << UInt64(position &* 8) }
            self.bytes = bytes
            mask = count < 7 ? 1 << UInt64(count &* 8 &+ 8) &- 1 : .max
            // The first quote is the closing one: the name has none, and a match is the whole string.
            isWholeName = bytes.quotes.trailingZeroBitCount >> 3 == count
        }
    }

    @inline(__always)
    func matches(_ word: UInt64) -> Bool { (word ^ bytes) & mask == 0 }
}
