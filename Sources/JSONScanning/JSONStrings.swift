// Reading strings and other scalars back from the bytes of a document that the scanner has found sound.

extension JSONDocument {
    /// The offset of the closing quote of a string without escapes whose content begins at `start`.
    @inlinable
    func endOfPlainString(from start: Int) -> Int {
        withInput { input in
            var position = start
            while let word = input.word(at: position) {
                let quotes = word.quotes
                if quotes != 0 { return position + quotes.trailingZeroBitCount >> 3 }
                position += 8
            }
            while position < input.count, input.byte(at: position) != UInt8(ascii: "\"") { position += 1 }
            return position
        }
    }

    @inlinable
    func plainString(at offset: Int) -> String {
        let start = offset + 1
        return String(decoding: bytes[start..<endOfPlainString(from: start)], as: UTF8.self)
    }

    /// The offset behind the last byte of a scalar or a one-member object.
    @usableFromInline
    func endOfScalar(_ word: TapeWord) -> Int {
        switch word.kind {
        case .string: return endOfPlainString(from: word.offset + 1) + 1
        case .escapedString: return endOfEscapedString(from: word.offset + 1) + 1
        case .null, .true: return word.offset + 4
        case .false: return word.offset + 5
        case .singleScalarObject:
            return skipWhitespace(from: memberOfSingle(at: word.offset).value.sourceRange.upperBound) + 1
        case .number, .object, .array, .end:
            return withInput { input in
                var position = word.offset
                while input.byte(at: position).isNumberByte { position += 1 }
                return position
            }
        }
    }

    /// The member of an object that the index holds as one word.
    @usableFromInline
    func memberOfSingle(at offset: Int) -> JSONMember {
        let (key, value) = wordsOfSingle(at: offset)
        return JSONMember(key: key, value: JSONNode(document: self, word: value))
    }

    /// `0..<0` unless a string without escapes stands there behind this tag.
    @inlinable @inline(__always)
    func rangeOfTaggedText(at offset: Int, tag: UInt8) -> Range<Int> {
        withInput { $0.rangeOfTaggedText(at: offset, tag: tag) }
    }

    func wordsOfSingle(at offset: Int) -> (key: TapeWord, value: TapeWord) {
        // The shape of nearly all of them: {"X":" with nothing between.
        if let word = withInput({ $0.word(at: offset) }), word.opensTaggedString {
            return (TapeWord(.string, at: offset + 1), stringWord(at: offset + 5).0)
        }
        let keyOffset = skipWhitespace(from: offset + 1)
        let (key, endOfKey) = scalar(at: keyOffset)
        let colon = skipWhitespace(from: endOfKey)
        let (value, _) = scalar(at: skipWhitespace(from: colon + 1), measured: false)
        return (key, value)
    }

    /// The word for the scalar at an offset, and where the scalar ends when that was asked for.
    private func scalar(at offset: Int, measured: Bool = true) -> (TapeWord, end: Int) {
        let kind: TapeWord.Kind
        switch withInput({ $0.byte(at: offset) }) {
        case UInt8(ascii: "\""): return stringWord(at: offset)
        case UInt8(ascii: "t"): kind = .true
        case UInt8(ascii: "f"): kind = .false
        case UInt8(ascii: "n"): kind = .null
        default: kind = .number
        }
        let word = TapeWord(kind, at: offset)
        return (word, measured ? endOfScalar(word) : offset)
    }

    private func stringWord(at offset: Int) -> (TapeWord, end: Int) {
        withInput { input in
            var position = offset + 1
            while let word = input.word(at: position) {
                let stops = word.quotes | word.backslashes
                if stops != 0 {
                    position += stops.trailingZeroBitCount >> 3
                    break
                }
                position += 8
            }
            while position < input.count {
                switch input.byte(at: position) {
                case UInt8(ascii: "\""): return (TapeWord(.string, at: offset), position + 1)
                case UInt8(ascii: "\\"):
                    return (TapeWord(.escapedString, at: offset), endOfEscapedString(from: position) + 1)
                default: position += 1
                }
            }
            return (TapeWord(.string, at: offset), position)
        }
    }

    private func endOfEscapedString(from start: Int) -> Int {
        withInput { input in
            var position = start
            while position < input.count {
                switch input.byte(at: position) {
                case UInt8(ascii: "\""): return position
                case UInt8(ascii: "\\"): position += 2
                default: position += 1
                }
            }
            return position
        }
    }

    private func skipWhitespace(from start: Int) -> Int {
        withInput { input in
            var position = start
            while position < input.count, input.byte(at: position) <= 0x20 { position += 1 }
            return position
        }
    }

    // MARK: Escapes

    @usableFromInline
    func unescapedString(at offset: Int) throws(JSONError) -> String {
        var isSound = true
        let text = unescaped(at: offset, isSound: &isSound)
        guard isSound else { throw .loneSurrogate(offset: offset) }
        return String(decoding: text, as: UTF8.self)
    }

    @usableFromInline
    func repairedText(at offset: Int) -> [UInt8] {
        var isSound = true
        return unescaped(at: offset, isSound: &isSound)
    }

    /// The UTF-8 of a string with escapes. Half a surrogate pair becomes U+FFFD and `isSound` false.
    func unescaped(at offset: Int, isSound: inout Bool) -> [UInt8] {
        let content = bytes[(offset + 1)..<endOfEscapedString(from: offset + 1)]
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        var rest = content
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                text.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = rest.popEscapedScalar()
                if scalar == nil { isSound = false }
                text.append(contentsOf: Character(scalar ?? "\u{FFFD}").utf8)
            default: text.append(escape)
            }
        }
        return text
    }
}

extension String {
    /// The text of bytes that the scanner has found to be well-formed UTF-8.
    ///
    /// Up to fifteen bytes lie in the string itself. They are put there by the shortest way there is, which takes a third
    /// of the instructions of `init(decoding:as:)`; anything that were not well-formed would be repaired as there.
    @inlinable
    public init(wellFormed text: UnsafeBufferPointer<UInt8>) {
        if text.count <= 15 {
            self.init(unsafeUninitializedCapacity: text.count) { $0.initialize(from: text).index }
        } else {
            self.init(decoding: text, as: UTF8.self)
        }
    }
}

extension UncheckedBytes {
    @inline(never) @usableFromInline
    func rangeOfTaggedText(at offset: Int, tag: UInt8) -> Range<Int> {
        guard let word = word(at: offset), word.opensTaggedString, UInt8(truncatingIfNeeded: word >> 16) == tag else {
            return 0..<0
        }
        // Offsets have 28 bits: nothing overflows.
        let start = offset &+ 6
        var position = start
        while let word = self.word(at: position) {
            let stops = word.quotes | word.backslashes
            if stops == 0 {
                position &+= 8
                continue
            }
            position &+= stops.trailingZeroBitCount >> 3
            return byte(at: position) == UInt8(ascii: "\"") ? start..<position : 0..<0
        }
        while position < count {
            switch byte(at: position) {
            case UInt8(ascii: "\""): return start..<position
            case UInt8(ascii: "\\"): return 0..<0
            default: position &+= 1
            }
        }
        return 0..<0
    }
}

extension ArraySlice<UInt8> {
    /// Takes the four digits after `\u`, and a second escape when the first is the high half of a pair.
    fileprivate mutating func popEscapedScalar() -> Unicode.Scalar? {
        let first = popHexadecimalUnit()
        guard 0xD800...0xDBFF ~= first else { return Unicode.Scalar(first) }
        var ahead = self
        guard ahead.popFirst() == UInt8(ascii: "\\"), ahead.popFirst() == UInt8(ascii: "u") else { return nil }
        let second = ahead.popHexadecimalUnit()
        guard 0xDC00...0xDFFF ~= second else { return nil }
        self = ahead
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }

    private mutating func popHexadecimalUnit() -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 { unit = unit << 4 | (popFirst()?.hexadecimalValue ?? 0) }
        return unit
    }
}

extension UInt8 {
    @inlinable
    var isNumberByte: Bool {
        isDigit || self == UInt8(ascii: ".") || self == UInt8(ascii: "-") || self == UInt8(ascii: "+")
            || self | 0x20 == UInt8(ascii: "e")
    }
}

extension UInt64 {
    /// 0x80 at the first byte that is a quote; marks above it may be wrong.
    @inlinable
    var quotes: UInt64 { @inline(__always) get { (self ^ 0x2222_2222_2222_2222).zeroBytes } }

    /// 0x80 at the first byte that is a backslash; marks above it may be wrong.
    @inlinable
    var backslashes: UInt64 { @inline(__always) get { (self ^ 0x5C5C_5C5C_5C5C_5C5C).zeroBytes } }

    @inlinable
    var zeroBytes: UInt64 {
        @inline(__always) get { (self &- 0x0101_0101_0101_0101) & ~self & 0x8080_8080_8080_8080 }
    }
}
