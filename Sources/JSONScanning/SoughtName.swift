// A name that is looked for: its first bytes in one word, so that most members are passed with one comparison.

/// Made and used only while the memory of the name is borrowed.
@usableFromInline
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
        if let word = input.word(at: offset + 1), !start.matches(word) { return false }
        return input.hasString(text, at: offset)
    }
}

/// The first eight bytes of a name and of the quote behind it.
struct NameStart: Sendable {
    private let bytes: UInt64
    /// Covers as many bytes as there are.
    private let mask: UInt64

    init(_ name: UnsafeBufferPointer<UInt8>) {
        let count = name.count
        var bytes: UInt64 = 0
        for position in 0..<min(8, count) { bytes |= UInt64(name[position]) << UInt64(position &* 8) }
        if count < 8 { bytes |= UInt64(UInt8(ascii: "\"")) << UInt64(count &* 8) }
        self.bytes = bytes
        mask = count < 7 ? 1 << UInt64(count &* 8 &+ 8) &- 1 : .max
    }

    @inline(__always)
    func matches(_ word: UInt64) -> Bool { (word ^ bytes) & mask == 0 }
}
