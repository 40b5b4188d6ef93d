// Comparing a string of the document with a given one, without making either of them.

extension JSONDocument {
    @inlinable
    func string(_ word: TapeWord, equals text: StaticString) -> Bool {
        text.withUTF8Buffer { string(word, equals: $0) }
    }

    @inlinable
    func string(_ word: TapeWord, equals text: String) -> Bool {
        var text = text
        return text.withUTF8 { string(word, equals: $0) }
    }

    /// Text is compared byte by byte, as DynamoDB does, not by canonical equivalence.
    @inlinable
    func string(_ word: TapeWord, equals text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard word.is(.string) else { return escapedString(word, equals: text) }
        return withInput { $0.hasString(text, at: word.offset) }
    }

    @usableFromInline
    func escapedString(_ word: TapeWord, equals text: UnsafeBufferPointer<UInt8>) -> Bool {
        var isSound = true
        return unescaped(at: word.offset, isSound: &isSound).elementsEqual(text) && isSound
    }
}

extension UncheckedBytes {
    /// Whether the string without escapes that opens at `offset` is `text`.
    @inlinable @inline(__always)
    func hasString(_ text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        let start = offset + 1
        guard byte(at: start + text.count) == UInt8(ascii: "\"") else { return false }
        for distance in 0..<text.count where byte(at: start + distance) != text[distance] { return false }
        // A quote in `text` would have matched the closing one, so `text` is searched for it where all else agrees.
        return !text.contains(UInt8(ascii: "\""))
    }
}
