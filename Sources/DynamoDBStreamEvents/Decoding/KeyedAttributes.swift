// The keyed container over a map of attributes.

import JSONScanning

struct KeyedAttributes<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let session: DecodingSession
    private let place: JSONNode.Place

    init(_ session: DecodingSession, _ node: JSONNode, _ form: AttributeForm) throws {
        let content = AttributeContent(node, form: form)
        guard content.kind == .map, content.node.kind == .object else {
            throw session.mismatch([String: AttributeValue].self, "a map", node, form)
        }
        if let twice = content.node.firstRepeatedMember {
            throw session.corrupted("the attribute is there twice", twice.name)
        }
        self.session = session
        place = content.node.place
    }

    private var map: JSONNode { JSONNode(place, in: session.document) }
    private var form: AttributeForm { session.isPlain ? .plain : .tagged }

    var codingPath: [any CodingKey] { session.path(to: map) }

    var allKeys: [Key] {
        map.members.compactMap { Key(stringValue: session.keyName(for: $0.repairedName, of: Key.self)) }
    }

    func contains(_ key: Key) -> Bool { session.find(key, in: place) != nil }

    private func find(_ key: Key) throws -> JSONNode {
        guard let value = session.find(key, in: place) else { throw missing(key) }
        return value
    }

    private func missing(_ key: Key) -> DecodingError {
        .keyNotFound(key, DecodingError.Context(codingPath: codingPath, debugDescription: "is missing"))
    }

    func decodeNil(forKey key: Key) throws -> Bool { session.isNull(try find(key), form: form) }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try session.bool(at: find(key), form: form) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try session.string(at: find(key), form: form) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try session.double(at: find(key), form: form) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try session.float(at: find(key), form: form) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try integer(key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try integer(key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try integer(key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try integer(key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try integer(key) }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try integer(key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try integer(key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(key) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try integer(key) }

    private func integer<Integer: FixedWidthInteger>(_ key: Key) throws -> Integer {
        try session.integer(at: find(key), form: form)
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        guard let value = session.find(key, in: place) else {
            if let empty = (type as? any AbsentWhenEmpty.Type)?.empty as? Value { return empty }
            throw missing(key)
        }
        let found = session.lastFound
        defer { session.lastFound = found }
        return try session.decode(type, at: value, form: form)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let value = session.find(key, in: place), !session.isNull(value, form: form) else { return nil }
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
        guard let node = session.find(PathStep(stringValue: "super"), in: place) else {
            throw DecodingError.keyNotFound(
                PathStep(stringValue: "super"),
                DecodingError.Context(codingPath: codingPath, debugDescription: "is missing")
            )
        }
        return AttributeDecoder(session, node, form)
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

extension DecodingSession {
    /// The value for a key. The search begins where the last one ended, for types mostly ask in one order.
    func find(_ key: some CodingKey, in map: JSONNode.Place) -> JSONNode? {
        if case .useDefaultKeys = strategies.keyDecodingStrategy { return find(named: key.stringValue, in: map) }
        let name = key.stringValue
        let members = JSONNode(map, in: document).members
        return members.first { keyName(for: $0.repairedName, of: type(of: key)) == name }?.value
    }

    private func find(named name: String, in map: JSONNode.Place) -> JSONNode? {
        var name = name
        var cursor = lastFound.object == map.tapeIndex ? lastFound.cursor : 0
        guard let place = name.withUTF8({ document.member(of: map, named: $0, from: &cursor) }) else { return nil }
        lastFound = (map.tapeIndex, cursor)
        return JSONNode(place, in: document)
    }

    /// The coding key's name for that of an attribute.
    func keyName(for name: String, of type: any CodingKey.Type) -> String {
        // The standard library's own key type for dictionaries, whose keys are data and not names of properties.
        switch strategies.keyDecodingStrategy {
        case .useDefaultKeys: name
        case _ where String(describing: type) == "_DictionaryCodingKey": name
        case .convertFromSnakeCase: name.camelCasedFromSnakeCase
        case .custom(let convert): convert(name)
        }
    }
}
