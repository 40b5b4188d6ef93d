// Why a text is not JSON, or not JSON this package takes: what was expected, and at which byte.

/// Bounds on a document that arrives from outside.
public struct JSONLimits: Hashable, Sendable {
    /// The most bytes a document may have. The index keeps offsets in 28 bits, so it never exceeds 268,435,455.
    public var maximumByteCount: Int
    /// The most objects and arrays that may be open at once.
    public var maximumDepth: Int

    public static let greatestByteCount = (1 << 28) - 1

    /// - Parameter maximumDepth: DynamoDB nests documents 32 levels deep, which are two JSON levels each,
    ///   in an envelope of five; 128 leaves room.
    public init(maximumByteCount: Int = JSONLimits.greatestByteCount, maximumDepth: Int = 128) {
        self.maximumByteCount = Swift.min(maximumByteCount, JSONLimits.greatestByteCount)
        self.maximumDepth = maximumDepth
    }
}

/// Why a document was refused.
public enum JSONError: Error, Hashable, Sendable {
    /// The byte at `offset` cannot stand there. An offset equal to the byte count means that the text ended early.
    case malformed(offset: Int, expected: JSONExpectation)
    case tooLarge(byteCount: Int, limit: Int)
    case tooDeep(offset: Int, limit: Int)
    /// A `\uD800`–`\uDFFF` escape without its other half: grammatical JSON, but no text.
    case loneSurrogate(offset: Int)
}

/// What the grammar of RFC 8259 would have allowed instead.
public enum JSONExpectation: String, Hashable, Sendable {
    case value = "a value"
    case key = "a quoted key"
    case keyOrEndOfObject = "a quoted key or '}'"
    case colon = "':'"
    case commaOrEndOfObject = "',' or '}'"
    case commaOrEndOfArray = "',' or ']'"
    case endOfString = "the closing quote of a string"
    case escapedControlCharacter = "a control character in a string to be escaped"
    case escape = "one of \"\\/bfnrtu after a backslash"
    case hexadecimalDigit = "four hexadecimal digits after \\u"
    case wellFormedUTF8 = "well-formed UTF-8"
    case digit = "a digit"
    case literal = "true, false or null"
    case endOfDocument = "nothing more after the value"
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed(let offset, let expected): "expected \(expected.rawValue) at byte \(offset)"
        case .tooLarge(let byteCount, let limit): "\(byteCount) bytes are more than the limit of \(limit)"
        case .tooDeep(let offset, let limit): "nested more than \(limit) levels deep at byte \(offset)"
        case .loneSurrogate(let offset): "half of a surrogate pair in the string at byte \(offset)"
        }
    }
}
