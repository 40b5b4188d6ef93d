// A view of one value in a document.

/// What a value is.
public enum JSONKind: Hashable, Sendable {
    case null, bool, number, string, array, object
}

/// A view of one value: a reference to the document and a place in it.
public struct JSONNode: Sendable {
    public let document: JSONDocument
    /// The word of the index that stands for this value, or was made for it when it lies inside a one-member object.
    @usableFromInline let word: TapeWord
    /// Where the value stands in the index; `JSONNode.notIndexed` inside a one-member object.
    public let tapeIndex: UInt32

    public static let notIndexed = UInt32.max

    @inlinable
    init(document: JSONDocument, tapeIndex: UInt32) {
        self.document = document
        self.tapeIndex = tapeIndex
        word = document.tapeWord(tapeIndex)
    }

    @inlinable
    init(document: JSONDocument, word: TapeWord) {
        self.document = document
        self.word = word
        tapeIndex = JSONNode.notIndexed
    }

    @inlinable
    public var kind: JSONKind {
        switch word.kind {
        case .null, .end: .null
        case .true, .false: .bool
        case .number: .number
        case .string, .escapedString: .string
        case .singleScalarObject, .object: .object
        case .array: .array
        }
    }

    @inlinable
    public var isNull: Bool { word.kind == .null }

    /// The offset of the value's first byte.
    @inlinable
    public var offset: Int { word.offset }

    @inlinable
    public var bool: Bool? {
        switch word.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The text of a string, nil for any other kind.
    ///
    /// - Throws: `JSONError.loneSurrogate` when the string has half of a surrogate pair.
    @inlinable
    public func string() throws(JSONError) -> String? {
        switch word.kind {
        case .string: document.plainString(at: word.offset)
        case .escapedString: try document.unescapedString(at: word.offset)
        default: nil
        }
    }

    /// The text of a number as it is spelled, nil for any other kind.
    @inlinable
    public var numberText: String? {
        guard word.kind == .number else { return nil }
        return String(decoding: document.bytes[sourceRange], as: UTF8.self)
    }

    /// Whether this is a string with exactly this text.
    @inlinable
    public func isString(_ text: StaticString) -> Bool {
        (word.kind == .string || word.kind == .escapedString) && document.string(word, equals: text)
    }

    /// The UTF-8 of a string's text or of a number as it is spelled, without a copy unless there are escapes; nil for
    /// any other kind. Half of a surrogate pair becomes U+FFFD.
    @inlinable
    public var textBytes: ArraySlice<UInt8>? {
        switch word.kind {
        case .string: document.bytes[word.offset + 1..<document.endOfPlainString(from: word.offset + 1)]
        case .escapedString: document.repairedText(at: word.offset)[...]
        case .number: document.bytes[sourceRange]
        default: nil
        }
    }

    /// The text of a one-member object spelled like `{"S":"text"}`, with this tag, no white space and no escapes; nil for
    /// anything else, which has to be looked at member by member. It spares most values of an image that.
    @inlinable
    public func plainTaggedText(_ tag: UInt8) -> ArraySlice<UInt8>? {
        guard word.kind == .singleScalarObject else { return nil }
        let range = document.rangeOfTaggedText(at: word.offset, tag: tag)
        return range.isEmpty && range.lowerBound == 0 ? nil : document.bytes[range]
    }

    /// A place without its document: half the size, for holders that have the document anyway.
    public struct Place: Sendable {
        @usableFromInline let word: TapeWord
        public let tapeIndex: UInt32

        @inlinable
        init(word: TapeWord, tapeIndex: UInt32) {
            self.word = word
            self.tapeIndex = tapeIndex
        }

        /// The offset of the value's first byte.
        @inlinable
        public var offset: Int { word.offset }

        @inlinable
        public var isNull: Bool { word.is(.null) }

        @inlinable
        public var isObject: Bool { word.is(.object) || word.is(.singleScalarObject) }

        /// Whether this is an object whose members the index has one by one: one with more than a scalar in it.
        @inlinable
        public var isIndexedObject: Bool { word.is(.object) }

        /// Whether this is a string without escapes.
        @inlinable
        public var isPlainString: Bool { word.is(.string) }
    }

    @inlinable
    public var place: Place { Place(word: word, tapeIndex: tapeIndex) }

    @inlinable
    public init(_ place: Place, in document: JSONDocument) {
        self.document = document
        word = place.word
        tapeIndex = place.tapeIndex
    }

    /// The bytes of the value in `document.bytes`, from its first to its last, without surrounding white space.
    @inlinable
    public var sourceRange: Range<Int> {
        switch word.kind {
        case .object, .array:
            // The last word before whatever follows a container is its end word.
            let next = document.tapeWord(tapeIndex + 1).bits
            return word.offset..<document.tapeWord(next - 1).offset + 1
        default: return word.offset..<document.endOfScalar(word)
        }
    }

    /// The exact bytes of the value.
    public var jsonText: ArraySlice<UInt8> { document.bytes[sourceRange] }

    // MARK: Containers

    /// How many words the index has for an object or an array, which tells its size at once; 1 for any other value.
    @inlinable
    public var indexedWordCount: Int {
        word.isContainer ? Int(document.tapeWord(tapeIndex + 1).bits &- tapeIndex) : 1
    }

    /// The elements of an array; none for any other kind.
    @inlinable
    public var elements: JSONElements { JSONElements(of: self) }

    /// The members of an object in the order they came, duplicates included; none for any other kind.
    @inlinable
    public var members: JSONMembers { JSONMembers(of: self) }

    /// The only member of a one-member object, nil for anything else.
    @inlinable
    public var singleMember: JSONMember? {
        switch word.kind {
        case .singleScalarObject: return document.memberOfSingle(at: word.offset)
        case .object:
            var members = members
            guard let first = members.next(), members.isAtEnd else { return nil }
            return first
        default: return nil
        }
    }

    /// The first member of that name.
    @inlinable
    public subscript(_ name: StaticString) -> JSONNode? {
        document.member(of: place, named: name).map { JSONNode($0, in: document) }
    }

    /// The first member of that name.
    public func member(named name: String) -> JSONNode? {
        var name = name
        var cursor: UInt32 = 0
        var steps = 0
        return name.withUTF8 { document.member(of: place, named: SoughtName($0), from: &cursor, counting: &steps) }
            .map { JSONNode($0, in: document) }
    }
}
