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
        guard word.kind == .string else { return escapedString(word, equals: text) }
        return withInput { input in
            let start = word.offset + 1
            guard input.byte(at: start + text.count) == UInt8(ascii: "\"") else { return false }
            // A quote in `text` would match the closing one, so it is looked for, but only where all else agrees.
            for distance in 0..<text.count where input.byte(at: start + distance) != text[distance] { return false }
            return !text.contains(UInt8(ascii: "\""))
        }
    }

    @usableFromInline
    func escapedString(_ word: TapeWord, equals text: UnsafeBufferPointer<UInt8>) -> Bool {
        var isSound = true
        return unescaped(at: word.offset, isSound: &isSound).elementsEqual(text) && isSound
    }
}
