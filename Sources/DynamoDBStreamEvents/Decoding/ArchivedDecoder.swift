// A decoder of existing values, for types that only their own `init(from:)` can create.

/// The archived form of a Foundation value.
enum Archived {
    case integer(Int), double(Double), bool(Bool), string(String)
    /// Fields are so few that a look at each costs less than a dictionary.
    case list([Archived]), fields([(name: String, value: Archived)])
}

struct ArchivedDecoder: Decoder {
    let value: Archived
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ value: Archived) { self.value = value }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .fields(let fields) = value else { throw unexpected(type) }
        return KeyedDecodingContainer(Fields(fields: fields))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .list(let values) = value else { throw unexpected([Any].self) }
        return List(values: values)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    fileprivate func unexpected(_ type: Any.Type) -> DecodingError {
        .typeMismatch(type, DecodingError.Context(codingPath: [], debugDescription: "another form was expected"))
    }
}

extension ArchivedDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { false }
    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let value) = value else { throw unexpected(type) }
        return value
    }
    func decode(_ type: String.Type) throws -> String {
        guard case .string(let value) = value else { throw unexpected(type) }
        return value
    }
    func decode(_ type: Double.Type) throws -> Double {
        guard case .double(let value) = value else { throw unexpected(type) }
        return value
    }
    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }

    private func integer<Integer: FixedWidthInteger>() throws -> Integer {
        guard case .integer(let value) = value, let integer = Integer(exactly: value) else {
            throw unexpected(Integer.self)
        }
        return integer
    }
}

private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let fields: [(name: String, value: Archived)]
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { fields.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { self[key.stringValue] != nil }

    private subscript(_ name: String) -> Archived? { fields.first { $0.name == name }?.value }

    private func decoder(_ key: Key) throws -> ArchivedDecoder {
        guard let value = self[key.stringValue] else {
            throw DecodingError.keyNotFound(key, DecodingError.Context(codingPath: [], debugDescription: "is missing"))
        }
        return ArchivedDecoder(value)
    }

    func decodeNil(forKey key: Key) throws -> Bool { !contains(key) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: decoder(key))
    }
    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { ArchivedDecoder(.fields(fields)) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

private struct List: UnkeyedDecodingContainer {
    let values: [Archived]
    private(set) var currentIndex = 0

    var codingPath: [any CodingKey] { [] }
    var count: Int? { values.count }
    var isAtEnd: Bool { currentIndex >= values.count }

    init(values: [Archived]) { self.values = values }

    private mutating func next() throws -> ArchivedDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Any.self,
                DecodingError.Context(codingPath: [], debugDescription: "there is no other element")
            )
        }
        defer { currentIndex += 1 }
        return ArchivedDecoder(values[currentIndex])
    }

    mutating func decodeNil() throws -> Bool { false }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: next()) }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}
