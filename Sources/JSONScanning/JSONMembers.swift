// Walking over the members of an object and the elements of an array.

/// A name and its value.
public struct JSONMember: Sendable {
    @usableFromInline let key: TapeWord
    public let value: JSONNode

    @inlinable
    init(key: TapeWord, value: JSONNode) {
        self.key = key
        self.value = value
    }

    @inlinable
    public var keyOffset: Int { key.offset }

    /// The name as a string value.
    @inlinable
    public var name: JSONNode { JSONNode(document: value.document, word: key) }

    /// The name's text; half of a surrogate pair in it becomes U+FFFD.
    @inlinable
    public var repairedName: String {
        key.kind == .string
            ? value.document.plainString(at: key.offset)
            : String(decoding: value.document.repairedText(at: key.offset), as: UTF8.self)
    }

    @inlinable
    public func isNamed(_ name: StaticString) -> Bool { value.document.string(key, equals: name) }

    @inlinable
    public func isNamed(_ name: String) -> Bool { value.document.string(key, equals: name) }

    /// The byte between the quotes when the name is a single one, as the type tags `S` and `N` are; otherwise nil.
    @inlinable
    public var singleByteName: UInt8? {
        let document = value.document
        let start = key.offset + 1
        guard key.kind == .string, start + 1 < document.bytes.count else { return nil }
        return document.bytes[start + 1] == UInt8(ascii: "\"") ? document.bytes[start] : nil
    }
}

/// The members of an object, in order.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    @usableFromInline let object: JSONNode
    /// The tape index of the next key; `JSONNode.notIndexed` before the one member that is not in the index.
    @usableFromInline var cursor: UInt32
    @usableFromInline var isFinished: Bool

    /// Whether none is left.
    @inlinable
    public var isAtEnd: Bool { isFinished }

    @inlinable
    init(of object: JSONNode) {
        self.object = object
        switch object.word.kind {
        case .object:
            cursor = object.tapeIndex &+ 2
            isFinished = object.document.tapeWord(cursor).is(.end)
        case .singleScalarObject:
            cursor = JSONNode.notIndexed
            isFinished = false
        default:
            cursor = JSONNode.notIndexed
            isFinished = true
        }
    }

    @inlinable
    public mutating func next() -> JSONMember? {
        if isFinished { return nil }
        let document = object.document
        if cursor == JSONNode.notIndexed {
            isFinished = true
            return document.memberOfSingle(at: object.word.offset)
        }
        let key = document.tapeWord(cursor)
        let value = JSONNode(document: document, tapeIndex: cursor + 1)
        cursor = value.word.isContainer ? document.tapeWord(cursor + 2).bits : cursor + 2
        if document.tapeWord(cursor).is(.end) { isFinished = true }
        return JSONMember(key: key, value: value)
    }
}

/// The elements of an array, in order.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
    @usableFromInline let document: JSONDocument
    @usableFromInline var cursor: UInt32
    @usableFromInline var isFinished: Bool

    /// Whether none is left.
    @inlinable
    public var isAtEnd: Bool { isFinished }

    @inlinable
    init(of array: JSONNode) {
        document = array.document
        cursor = array.tapeIndex &+ 2
        isFinished = array.word.kind != .array || array.document.tapeWord(array.tapeIndex &+ 2).is(.end)
    }

    @inlinable
    public mutating func next() -> JSONNode? {
        if isFinished { return nil }
        let element = JSONNode(document: document, tapeIndex: cursor)
        cursor = element.word.isContainer ? document.tapeWord(cursor + 1).bits : cursor + 1
        if document.tapeWord(cursor).is(.end) { isFinished = true }
        return element
    }
}
