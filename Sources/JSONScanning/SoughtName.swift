// A name that is looked for: its first bytes in one word, so that most members are passed with one comparison.

/// Made and used only while the memory of the name is borrowed. Of a name in the program's text, the compiler makes it.
public struct SoughtName {
    public let text: UnsafeBufferPointer<UInt8>
    @usableFromInline let start: NameStart

    @inlinable @inline(__always)
    public init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
        start = NameStart(text)
    }

    /// Whether the string without escapes that opens at `offset` is this name.
    @inline(__always)
    func isString(at offset: Int, in input: UncheckedBytes) -> Bool {
        switch start.matches(stringAt: offset, in: input) {
        case .no: false
        case .yes: true
        case .unknown: input.hasString(text, at: offset)
        }
    }
}

/// The first eight bytes and the last eight of a name, which are all there are of most.
@usableFromInline
struct NameStart: Sendable {
    @usableFromInline let count: Int
    /// The first bytes and, where there is room, the quote behind them.
    @usableFromInline let first: UInt64
    /// Covers as many bytes as `first` has.
    @usableFromInline let mask: UInt64
    @usableFromInline let last: UInt64
    /// Whether what matches needs no further comparison. Names with a quote are written with an escape, so no string
    /// without escapes is one of them.
    @usableFromInline let isWholeName: Bool

    @usableFromInline
    enum Match { case yes, no, unknown }

    @inlinable @inline(__always)
    init(_ name: UnsafeBufferPointer<UInt8>) {
        count = name.count
        let bytes = UncheckedBytes(name)
        if let first = bytes.word(at: 0), let last = bytes.word(at: name.count - 8) {
            (self.first, mask, self.last) = (first, .max, last)
            isWholeName = name.count <= 16 && first.quotes | last.quotes == 0
        } else {
            first = bytes.shortText | UInt64(UInt8(ascii: "\"")) << UInt64(name.count &* 8)
            mask = name.count < 7 ? 1 << UInt64(name.count &* 8 &+ 8) &- 1 : .max
            last = 0
            // The first quote is the closing one.
            isWholeName = first.quotes.trailingZeroBitCount >> 3 == name.count
        }
    }

    /// Whether the string without escapes that opens at `offset` is this name.
    @inlinable @inline(__always)
    func matches(stringAt offset: Int, in input: UncheckedBytes) -> Match {
        // Offsets have 28 bits, and names of this package's own are short: nothing overflows.
        let start = offset &+ 1
        guard let word = input.word(at: start) else { return .unknown }
        if (word ^ first) & mask != 0 { return .no }
        if count >= 8 {
            guard input.byte(at: start &+ count) == UInt8(ascii: "\"") else { return .no }
            if input.word(at: start &+ count &- 8) != last { return .no }
        }
        return isWholeName ? .yes : .unknown
    }
}
