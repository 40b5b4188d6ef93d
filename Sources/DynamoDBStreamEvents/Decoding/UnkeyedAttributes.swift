// The unkeyed container over a list or a set.

import JSONScanning

struct UnkeyedAttributes: UnkeyedDecodingContainer {
    private let session: DecodingSession
    private let list: JSONNode
    private let form: AttributeForm
    private var rest: JSONElements
    private(set) var currentIndex = 0

    init(_ session: DecodingSession, _ node: JSONNode, _ form: AttributeForm) throws {
        let content = AttributeContent(node, form: form)
        switch content.kind {
        case .list, .stringSet, .numberSet, .binarySet:
            guard content.node.kind == .array else { fallthrough }
        default: throw session.mismatch([AttributeValue].self, "a list or a set", node, form)
        }
        self.session = session
        list = content.node
        self.form = content.elementForm(inPlainJSON: session.isPlain)
        rest = list.elements
    }

    var codingPath: [any CodingKey] { session.path(to: list) }
    var count: Int? { list.elements.reduce(0) { count, _ in count + 1 } }
    var isAtEnd: Bool { rest.isAtEnd }

    /// Advances only when the element could be read, as the standard library's containers do.
    private mutating func next<Value>(
        _ type: Value.Type,
        _ read: (DecodingSession, JSONNode, AttributeForm) throws -> Value
    ) throws -> Value {
        var ahead = rest
        guard let element = ahead.next() else {
            throw DecodingError.valueNotFound(
                type,
                DecodingError.Context(
                    codingPath: codingPath + [PathStep(intValue: currentIndex)],
                    debugDescription: "expected another element, found the end"
                )
            )
        }
        let value = try read(session, element, form)
        rest = ahead
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        var ahead = rest
        guard let element = ahead.next(), session.isNull(element, form: form) else { return false }
        rest = ahead
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next(type) { try $0.bool(at: $1, form: $2) } }
    mutating func decode(_ type: String.Type) throws -> String { try next(type) { try $0.string(at: $1, form: $2) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next(type) { try $0.double(at: $1, form: $2) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next(type) { try $0.float(at: $1, form: $2) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try integer() }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try integer() }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try integer() }

    private mutating func integer<Integer: FixedWidthInteger>() throws -> Integer {
        try next(Integer.self) { try $0.integer(at: $1, form: $2) }
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try next(type) { try $0.decode(type, at: $1, form: $2) }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next(KeyedDecodingContainer<Nested>.self) {
            KeyedDecodingContainer(try KeyedAttributes<Nested>($0, $1, $2))
        }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next((any UnkeyedDecodingContainer).self) { try UnkeyedAttributes($0, $1, $2) }
    }

    mutating func superDecoder() throws -> any Decoder {
        try next((any Decoder).self) { AttributeDecoder($0, $1, $2) }
    }
}
