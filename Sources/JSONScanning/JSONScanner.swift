// The one pass over a document: validates it as RFC 8259 says and writes the index of its values.

struct JSONScanner {
    private let input: UncheckedBytes
    private let maximumDepth: Int
    private(set) var tape: UncheckedTape
    private var position = 0
    private var depth = 0
    /// The tape index of the innermost open container.
    private var innermost = TapeWord.noParent
    private var insideObject = false

    init(_ input: UncheckedBytes, writing tape: UncheckedTape, maximumDepth: Int) {
        self.input = input
        self.tape = tape
        self.maximumDepth = maximumDepth
    }

    mutating func scan() throws(JSONError) {
        skipWhitespace()
        nextValue: while true {
            if try beginValue() { continue nextValue }
            while innermost != TapeWord.noParent {
                skipWhitespace()
                let byte = input.byte(at: position)
                if byte == UInt8(ascii: ",") {
                    position += 1
                    skipWhitespace()
                    if insideObject { try scanKey(orElse: .key) }
                    continue nextValue
                }
                guard byte == (insideObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw unexpected(insideObject ? .commaOrEndOfObject : .commaOrEndOfArray)
                }
                closeContainer()
            }
            break
        }
        skipWhitespace()
        guard position == input.count else { throw unexpected(.endOfDocument) }
    }

    /// Takes a value, or the opening of a container that has something in it.
    ///
    /// - Returns: whether another value has to follow at once: the first one of an opened container.
    @inline(__always)
    private mutating func beginValue() throws(JSONError) -> Bool {
        switch input.byte(at: position) {
        case UInt8(ascii: "{"):
            if try scanTaggedString() { return false }
            try openContainer(.object)
            skipWhitespace()
            if input.byte(at: position) == UInt8(ascii: "}") {
                closeContainer()
                return false
            }
            try scanKey(orElse: .keyOrEndOfObject)
            return true
        case UInt8(ascii: "["):
            try openContainer(.array)
            skipWhitespace()
            if input.byte(at: position) == UInt8(ascii: "]") {
                closeContainer()
                return false
            }
            return true
        case UInt8(ascii: "\""):
            try scanString()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            tape.append(TapeWord(.number, at: position).bits)
            try scanNumber()
        case UInt8(ascii: "t"): try scanLiteral("true", .true)
        case UInt8(ascii: "f"): try scanLiteral("false", .false)
        case UInt8(ascii: "n"): try scanLiteral("null", .null)
        default: throw unexpected(.value)
        }
        return false
    }

    // MARK: Containers

    @inline(__always)
    private mutating func openContainer(_ kind: TapeWord.Kind) throws(JSONError) {
        guard depth < maximumDepth else { throw .tooDeep(offset: position, limit: maximumDepth) }
        depth += 1
        let parent = innermost
        innermost = UInt32(truncatingIfNeeded: tape.count)
        insideObject = kind == .object
        tape.append(TapeWord(kind, at: position).bits)
        tape.append(parent)
        position += 1
    }

    @inline(__always)
    private mutating func closeContainer() {
        let opening = Int(innermost)
        let parent = tape[opening + 1]
        // The opening's two words, one key, one scalar: an object like {"S":"x"}. An object that was itself put into
        // one word is not a scalar: {"id":{"S":"x"}} keeps its place in the index.
        if insideObject, tape.count == opening + 4, TapeWord(bits: tape[opening + 3]).isScalar {
            let offset = TapeWord(bits: tape[opening]).offset
            tape.truncate(to: opening)
            tape.append(TapeWord(.singleScalarObject, at: offset).bits)
        } else {
            tape.append(TapeWord(.end, at: position).bits)
            tape[opening + 1] = UInt32(truncatingIfNeeded: tape.count)
        }
        position += 1
        depth -= 1
        innermost = parent
        insideObject = parent != TapeWord.noParent && TapeWord(bits: tape[Int(parent)]).kind == .object
    }

    /// Takes `{"S":"text"}` in one go when it is spelled without white space, with a key of one ASCII character.
    ///
    /// - Returns: whether the object was taken whole; otherwise nothing was.
    @inline(__always)
    private mutating func scanTaggedString() throws(JSONError) -> Bool {
        guard let word = input.word(at: position), word.opensTaggedString, depth < maximumDepth else { return false }
        let opening = position
        position += 6
        _ = try skipStringBody()
        guard input.byte(at: position) == UInt8(ascii: "}") else {
            position = opening
            return false
        }
        position += 1
        tape.append(TapeWord(.singleScalarObject, at: opening).bits)
        return true
    }

    // MARK: Strings

    @inline(__always)
    private mutating func scanKey(orElse expected: JSONExpectation) throws(JSONError) {
        guard input.byte(at: position) == UInt8(ascii: "\"") else { throw unexpected(expected) }
        try scanString()
        skipWhitespace()
        guard input.byte(at: position) == UInt8(ascii: ":") else { throw unexpected(.colon) }
        position += 1
        skipWhitespace()
    }

    @inline(__always)
    private mutating func scanString() throws(JSONError) {
        let opening = position
        position += 1
        let hasEscapes = try skipStringBody()
        tape.append(TapeWord(hasEscapes ? .escapedString : .string, at: opening).bits)
    }

    /// Moves past the closing quote.
    ///
    /// - Returns: whether the string has escapes.
    @inline(__always)
    private mutating func skipStringBody() throws(JSONError) -> Bool {
        var hasEscapes = false
        while true {
            if let word = input.word(at: position) {
                let stops = word.jsonStringStops
                if stops == 0 {
                    position += 8
                    continue
                }
                position += stops.trailingZeroBitCount >> 3
            }
            let byte = input.byte(at: position)
            if byte == UInt8(ascii: "\"") {
                position += 1
                return hasEscapes
            }
            try skipUnusual(byte, &hasEscapes)
        }
    }

    /// Anything in a string but plain ASCII and the closing quote. Out of line: it keeps the loop above small.
    @inline(never)
    private mutating func skipUnusual(_ byte: UInt8, _ hasEscapes: inout Bool) throws(JSONError) {
        switch byte {
        case UInt8(ascii: "\\"):
            hasEscapes = true
            try skipEscape()
        case 0x80...:
            // Runs of text beyond ASCII are taken without going back to the caller for each character.
            repeat { try skipMultibyteScalar() } while input.byte(at: position) >= 0x80
        case 0..<0x20:
            throw unexpected(position < input.count ? .escapedControlCharacter : .endOfString)
        default: position += 1
        }
    }

    private mutating func skipEscape() throws(JSONError) {
        position += 1
        switch input.byte(at: position) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            for _ in 0..<4 {
                guard input.byte(at: position).hexadecimalValue != nil else { throw unexpected(.hexadecimalDigit) }
                position += 1
            }
        default: throw unexpected(.escape)
        }
    }

    /// Table 3-7 of the Unicode standard: no overlong forms, no surrogates, nothing past U+10FFFF.
    private mutating func skipMultibyteScalar() throws(JSONError) {
        let length: Int
        let second: ClosedRange<UInt8>
        switch input.byte(at: position) {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw unexpected(.wellFormedUTF8)
        }
        guard second.contains(input.byte(at: position + 1)) else { throw unexpected(.wellFormedUTF8) }
        for distance in 2..<Swift.max(2, length) where !(0x80...0xBF).contains(input.byte(at: position + distance)) {
            throw unexpected(.wellFormedUTF8)
        }
        position += length
    }

    // MARK: Numbers, literals, white space

    @inline(__always)
    private mutating func scanNumber() throws(JSONError) {
        if input.byte(at: position) == UInt8(ascii: "-") { position += 1 }
        if input.byte(at: position) == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits()
        }
        if input.byte(at: position) == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if input.byte(at: position) | 0x20 == UInt8(ascii: "e") {
            position += 1
            let sign = input.byte(at: position)
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
    }

    @inline(__always)
    private mutating func skipDigits() throws(JSONError) {
        guard input.byte(at: position).isDigit else { throw unexpected(.digit) }
        repeat { position += 1 } while input.byte(at: position).isDigit
    }

    private mutating func scanLiteral(_ literal: StaticString, _ kind: TapeWord.Kind) throws(JSONError) {
        let start = position
        let matches = literal.withUTF8Buffer { expected in
            expected.indices.allSatisfy { input.byte(at: start + $0) == expected[$0] }
        }
        guard matches else { throw unexpected(.literal) }
        tape.append(TapeWord(kind, at: start).bits)
        position += literal.utf8CodeUnitCount
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while input.byte(at: position) <= 0x20 {
            switch input.byte(at: position) {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    @inline(never)
    private func unexpected(_ expected: JSONExpectation) -> JSONError {
        .malformed(offset: position, expected: expected)
    }
}
