// The `Decoder` that a model's `init(from:)` receives: a place, and what it takes to read it.

import JSONScanning

/// Three words, so that it fits into an existential without a box.
struct AttributeDecoder: Decoder {
    let session: DecodingSession
    let place: JSONNode.Place
    let form: AttributeForm

    init(_ session: DecodingSession, _ place: JSONNode.Place, _ form: AttributeForm) {
        self.session = session
        self.place = place
        self.form = form
    }

    var codingPath: [any CodingKey] {
        session.path(to: AttributeContent(session.node(at: place), form: form).node)
    }
    var userInfo: [CodingUserInfoKey: Any] { session.strategies.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try KeyedAttributes(session, place, form))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try UnkeyedAttributes(session, place, form)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension AttributeDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { session.isNull(place, form: form) }
    func decode(_ type: Bool.Type) throws -> Bool { try session.bool(at: place, form: form) }
    func decode(_ type: String.Type) throws -> String { try session.string(at: place, form: form) }
    func decode(_ type: Double.Type) throws -> Double { try session.double(at: place, form: form) }
    func decode(_ type: Float.Type) throws -> Float { try session.float(at: place, form: form) }
    func decode(_ type: Int.Type) throws -> Int { try session.integer(at: place, form: form) }
    func decode(_ type: Int8.Type) throws -> Int8 { try session.integer(at: place, form: form) }
    func decode(_ type: Int16.Type) throws -> Int16 { try session.integer(at: place, form: form) }
    func decode(_ type: Int32.Type) throws -> Int32 { try session.integer(at: place, form: form) }
    func decode(_ type: Int64.Type) throws -> Int64 { try session.integer(at: place, form: form) }
    func decode(_ type: Int128.Type) throws -> Int128 { try session.integer(at: place, form: form) }
    func decode(_ type: UInt.Type) throws -> UInt { try session.integer(at: place, form: form) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try session.integer(at: place, form: form) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try session.integer(at: place, form: form) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try session.integer(at: place, form: form) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try session.integer(at: place, form: form) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try session.integer(at: place, form: form) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try session.decode(type, at: place, form: form)
    }
}
