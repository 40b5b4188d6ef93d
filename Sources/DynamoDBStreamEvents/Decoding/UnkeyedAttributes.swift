// The unkeyed container over a list or a set.

import JSONScanning

struct UnkeyedAttributes: UnkeyedDecodingContainer {
    private let session: DecodingSession
    private let list: JSONNode.Place
    private let form: AttributeForm
    private let elementCount: Int
    private var cursor: UInt32
    private(set) var currentIndex = 0

    init(_ session: DecodingSession, _ place: JSONNode.Place, _ form: AttributeForm) throws {
        self.session = session
        (list, self.form) = try session.list(at: place, form: form)
        // Counted once: types that go by `count` ask before each element.
        elementCount = session.document.elementCount(of: list)
        cursor = list.firstCursor
        session.count(steps: elementCount)
    }

    var codingPath: [any CodingKey] { session.path(to: list) }
    var count: Int? { elementCount }
    var isAtEnd: Bool { currentIndex >= elementCount }

    /// Advances only when the element could be read, as the standard library's containers do.
    private mutating func next<Value>(
        _ type: Value.Type,
        _ read: (DecodingSession, JSONNode.Place, AttributeForm) throws -> Value
    ) throws -> Value {
        var ahead = cursor
        guard let element = session.document.element(after: &ahead) else {
            throw DecodingError.valueNotFound(
                type,
                DecodingError.Context(
                    codingPath: codingPath + [PathStep(intValue: currentIndex)],
                    debugDescription: "expected another element, found the end"
                )
            )
        }
        let value = try read(session, element, form)
        cursor = ahead
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        var ahead = cursor
        guard let element = session.document.element(after: &ahead), session.isNull(element, form: form) else {
            return false
        }
        cursor = ahead
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
