// The keyed container over a map of attributes.

import JSONScanning

struct KeyedAttributes<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let session: DecodingSession
    private let place: JSONNode.Place
    private let names: KeyedNames

    init(_ session: DecodingSession, _ place: JSONNode.Place, _ form: AttributeForm) throws {
        let (place, names) = try session.map(at: place, form: form)
        self.session = session
        self.place = place
        self.names = try KeyedNames(of: place, names, for: Key.self, in: session)
    }

    var form: AttributeForm { session.isPlain ? .plain : .tagged }

    var codingPath: [any CodingKey] { session.path(to: place) }

    var allKeys: [Key] {
        if case .converted(let names) = names { return names.inOrder.compactMap { Key(stringValue: $0) } }
        return session.node(at: place).members.compactMap { Key(stringValue: $0.repairedName) }
    }

    func contains(_ key: Key) -> Bool { member(named: key.stringValue) != nil }

    private func member(named name: String) -> JSONNode.Place? {
        var name = name
        return switch names {
        case .few: name.withUTF8 { session.find(named: $0, in: place) }
        case .many(let index): name.withUTF8 { session.find(named: $0, in: index) }
        case .converted(let names): names[name, in: session]
        }
    }

    func find(_ key: Key) throws -> JSONNode.Place {
        guard let value = member(named: key.stringValue) else { throw missing(key) }
        return value
    }

    /// The value for a key, nil when it is missing or `NULL`.
    func present(_ key: Key) -> JSONNode.Place? {
        guard let value = member(named: key.stringValue), !session.isNull(value, form: form) else { return nil }
        return value
    }

    private func missing(_ key: any CodingKey) -> DecodingError {
        .keyNotFound(key, DecodingError.Context(codingPath: codingPath, debugDescription: "is missing"))
    }

    func decodeNil(forKey key: Key) throws -> Bool { session.isNull(try find(key), form: form) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        guard let value = member(named: key.stringValue) else { return try absent(key) }
        return try decode(type, at: value)
    }

    /// What a missing attribute means: an empty set, and an error for anything else.
    @inline(never)
    private func absent<Value>(_ key: Key) throws -> Value {
        if let empty = (Value.self as? any AbsentWhenEmpty.Type)?.empty as? Value { return empty }
        throw missing(key)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try present(key).map { try decode(type, at: $0) }
    }

    /// What is decoded may search its own members; afterwards the search goes on here.
    private func decode<Value: Decodable>(_ type: Value.Type, at value: JSONNode.Place) throws -> Value {
        let found = session.lastFound
        defer { session.lastFound = found }
        return try session.decode(type, at: value, form: form)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        KeyedDecodingContainer(try KeyedAttributes<Nested>(session, find(key), form))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try UnkeyedAttributes(session, find(key), form)
    }

    func superDecoder() throws -> any Decoder {
        let key = PathStep(stringValue: "super")
        guard let value = member(named: key.stringValue) else { throw missing(key) }
        return AttributeDecoder(session, value, form)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { AttributeDecoder(session, try find(key), form) }
}

/// A collection that DynamoDB cannot store empty, so that its absence says that it is.
protocol AbsentWhenEmpty {
    static var empty: Self { get }
}

extension Set: AbsentWhenEmpty {
    static var empty: Set { [] }
}
