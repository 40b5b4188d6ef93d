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
        let name = UncheckedBytes(text)
        var distance = 0
        // A quote in `text` could match the closing one of a shorter string, so no text with a quote is found here.
        while let word = name.word(at: distance) {
            if self.word(at: start + distance) != word || word.quotes != 0 { return false }
            distance += 8
        }
        while distance < text.count {
            let byte = name.byte(at: distance)
            if self.byte(at: start + distance) != byte || byte == UInt8(ascii: "\"") { return false }
            distance += 1
        }
        return true
    }
}
