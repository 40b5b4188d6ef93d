// Reading the attributes of an item by name.

import JSONScanning

/// Reads the attributes of an item by name.
///
/// Asking in the order in which the attributes come is fastest: the search goes on where the last one ended. Names are
/// those of the attributes; a decoder's strategy for keys is about coding keys and does not change them.
public struct ItemReader {
    private let session: DecodingSession
    private let place: JSONNode.Place
    /// There when the item has many attributes.
    private let index: JSONMemberIndex?
    private var cursor: UInt32 = 0

    init(_ session: DecodingSession, _ place: JSONNode.Place, _ index: JSONMemberIndex?) {
        self.session = session
        self.place = place
        self.index = index
    }

    private var form: AttributeForm { session.isPlain ? .plain : .tagged }

    /// The value of an attribute.
    ///
    /// - Throws: a `DecodingError` that knows the path, also when the attribute is missing.
    @inlinable
    public mutating func read<Value: AttributeDecodable>(
        _ name: StaticString,
        as type: Value.Type = Value.self
    ) throws -> Value {
        guard let reader = reader(for: name) else { return try absent(name) }
        return try Value(from: reader)
    }

    /// The value of an attribute, nil when it is missing or `NULL`.
    @inlinable
    public mutating func read<Value: AttributeDecodable>(
        _ name: StaticString,
        as type: Value?.Type = Value?.self
    ) throws -> Value? {
        guard let reader = reader(for: name), !reader.isNull else { return nil }
        return try Value(from: reader)
    }

    /// The value of an attribute of any `Decodable` type.
    @_disfavoredOverload
    public mutating func read<Value: Decodable>(
        _ name: StaticString,
        as type: Value.Type = Value.self
    ) throws -> Value {
        guard let reader = reader(for: name) else { return try absent(name) }
        return try reader.decode(type)
    }

    /// The value of an attribute of any `Decodable` type, nil when it is missing or `NULL`.
    @_disfavoredOverload
    public mutating func read<Value: Decodable>(
        _ name: StaticString,
        as type: Value?.Type = Value?.self
    ) throws -> Value? {
        guard let reader = reader(for: name), !reader.isNull else { return nil }
        return try reader.decode(Value.self)
    }

    /// Whether the item has an attribute of that name, `NULL` included.
    public mutating func contains(_ name: StaticString) -> Bool { reader(for: name) != nil }

    @usableFromInline
    mutating func reader(for name: StaticString) -> AttributeReader? {
        let found = name.withUTF8Buffer { name in
            if let index { return session.find(named: name, in: index) }
            return session.find(named: name, in: place, from: &cursor)
        }
        return found.map { AttributeReader($0, form, session) }
    }

    /// What a missing attribute means: an empty set, and an error for anything else.
    @usableFromInline
    func absent<Value>(_ name: StaticString) throws -> Value {
        if let empty = (Value.self as? any AbsentWhenEmpty.Type)?.empty as? Value { return empty }
        throw missing(name)
    }

    private func missing(_ name: StaticString) -> DecodingError {
        .keyNotFound(
            PathStep(stringValue: "\(name)"),
            DecodingError.Context(codingPath: session.path(to: place), debugDescription: "is missing")
        )
    }
}
