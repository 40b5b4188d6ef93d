// Reading the attributes of an item by name.

public import JSONScanning

/// Reads the attributes of an item by name.
///
/// ```swift
/// struct Invoice: ItemDecodable {
///     let id: String
///     let total: Int
///     let isPaid: Bool
///
///     init(from reader: inout ItemReader) throws {
///         id = try reader.read("id")
///         total = try reader.read("total")
///         isPaid = reader.contains("paidAt")
///     }
/// }
/// ```
///
/// Reading in the order of the attributes is fastest, because the search continues where the last one ended. Names are
/// attribute names. A decoder's key strategy applies to coding keys and does not change them.
public struct ItemReader {
    @usableFromInline let session: DecodingSession
    @usableFromInline let place: JSONNode.Place
    /// There when the item has many attributes.
    @usableFromInline let index: JSONMemberIndex?
    /// How the attributes are written.
    @usableFromInline let form: AttributeForm
    /// Where the next search begins; 0 where there is no key to begin at.
    @usableFromInline var cursor: UInt32

    init(_ session: DecodingSession, _ place: JSONNode.Place, _ index: JSONMemberIndex?) {
        self.session = session
        self.place = place
        self.index = index
        cursor = place.isIndexedObject ? place.firstCursor : 0
        form = session.isPlain ? .plain : .tagged
    }

    /// The value of an attribute.
    ///
    /// - Throws: a `DecodingError` with the path, also for a missing attribute.
    @inlinable @inline(__always)
    public mutating func read<Value: AttributeDecodable>(
        _ name: StaticString,
        as type: Value.Type = Value.self
    ) throws -> Value {
        guard let place = find(name) else { return try absent(name) }
        return try Value(from: AttributeReader(place, form, session))
    }

    /// The value of an attribute, nil when it is missing or `NULL`.
    ///
    /// - Throws: ``AttributeDecodingError`` for a value of another type.
    @inlinable @inline(__always)
    public mutating func read<Value: AttributeDecodable>(
        _ name: StaticString,
        as type: Value?.Type = Value?.self
    ) throws -> Value? {
        guard let place = find(name), !session.isNull(place, form: form) else { return nil }
        return try Value(from: AttributeReader(place, form, session))
    }

    /// The value of an attribute of any `Decodable` type.
    ///
    /// - Throws: ``AttributeDecodingError`` for a missing attribute or one of another type.
    @_disfavoredOverload
    public mutating func read<Value: Decodable>(
        _ name: StaticString,
        as type: Value.Type = Value.self
    ) throws -> Value {
        guard let place = find(name) else { return try absent(name) }
        return try session.decode(type, at: place, form: form)
    }

    /// The value of an attribute of any `Decodable` type, nil when it is missing or `NULL`.
    ///
    /// - Throws: ``AttributeDecodingError`` for a value of another type.
    @_disfavoredOverload
    public mutating func read<Value: Decodable>(
        _ name: StaticString,
        as type: Value?.Type = Value?.self
    ) throws -> Value? {
        guard let place = find(name), !session.isNull(place, form: form) else { return nil }
        return try session.decode(Value.self, at: place, form: form)
    }

    /// Whether the item has an attribute of that name, `NULL` included.
    public mutating func contains(_ name: StaticString) -> Bool { find(name) != nil }

    @inlinable @inline(__always)
    mutating func find(_ name: StaticString) -> JSONNode.Place? {
        // A literal's memory is there as long as the program. Not in a closure: the compiler then makes the sought name.
        if name.hasPointerRepresentation {
            let text = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            let sought = SoughtName(text)
            if let place = session.document.member(at: &cursor, ifNamed: sought) { return place }
            return session.find(sought, in: place, index, from: &cursor)
        }
        return name.withUTF8Buffer { session.find(SoughtName($0), in: place, index, from: &cursor) }
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
