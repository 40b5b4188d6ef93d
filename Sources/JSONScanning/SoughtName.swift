// A name that is looked for: its first bytes in one word, so that most members are passed with one comparison.

/// Made and used only while the memory of the name is borrowed.
struct SoughtName {
    let text: UnsafeBufferPointer<UInt8>
    /// The first eight bytes of the name and of the quote behind it; `mask` covers as many as there are.
    private let start: UInt64
    private let mask: UInt64
    /// A name with a quote is written with an escape, so it is no string without them.
    private let hasQuote: Bool

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
        var start: UInt64 = 0
        for position in 0..<min(8, text.count) { start |= UInt64(text[position]) << UInt64(position * 8) }
        if text.count < 8 {
            start |= UInt64(UInt8(ascii: "\"")) << UInt64(text.count * 8)
            mask = text.count == 7 ? .max : 1 << UInt64(text.count * 8 + 8) - 1
        } else {
            mask = .max
        }
        self.start = start
        hasQuote = text.contains(UInt8(ascii: "\""))
    }

    /// Whether the string without escapes that opens at `offset` is this name.
    @inline(__always)
    func isString(at offset: Int, in input: UncheckedBytes) -> Bool {
        if let word = input.word(at: offset + 1) {
            if (word ^ start) & mask != 0 { return false }
            if text.count < 8 { return !hasQuote }
        }
        return input.hasString(text, at: offset)
    }
}
