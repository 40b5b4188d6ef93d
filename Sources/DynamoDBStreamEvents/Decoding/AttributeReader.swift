// Reading one value.

public import JSONScanning

/// Reads one value as the type that the caller expects.
///
/// ```swift
/// struct Cents: AttributeDecodable {
///     let count: Int
///
///     init(from reader: borrowing AttributeReader) throws {
///         count = try reader.integer()
///         guard count >= 0 else { throw reader.error("is negative") }
///     }
/// }
/// ```
public struct AttributeReader {
    // Visible to the modules that call it, so that a value read in place costs no reference count.
    @usableFromInline let session: DecodingSession
    @usableFromInline let place: JSONNode.Place
    @usableFromInline let form: AttributeForm

    @inlinable
    init(_ place: JSONNode.Place, _ form: AttributeForm, _ session: DecodingSession) {
        self.session = session
        self.place = place
        self.form = form
    }

    private var node: JSONNode { session.node(at: place) }

    /// Whether the value is absent or `NULL`.
    @inlinable public var isNull: Bool { session.isNull(place, form: form) }
    /// The value of an `S`.
    ///
    /// - Throws: ``AttributeDecodingError`` for any other kind, as do the methods below.
    @inlinable public func string() throws -> String { try session.string(at: place, form: form) }
    /// The value of a `BOOL`.
    ///
    /// - Throws: ``AttributeDecodingError`` for any other type.
    @inlinable public func bool() throws -> Bool { try session.bool(at: place, form: form) }
    /// The value of an `N`, to the nearest `Double`.
    ///
    /// - Throws: ``AttributeDecodingError`` for any other type.
    @inlinable public func double() throws -> Double { try session.double(at: place, form: form) }
    /// The value of an `N`, to the nearest `Float`.
    ///
    /// - Throws: ``AttributeDecodingError`` for any other type.
    @inlinable public func float() throws -> Float { try session.float(at: place, form: form) }
    /// The value of a `B`.
    ///
    /// - Throws: ``AttributeDecodingError`` for any other type.
    public func bytes() throws -> [UInt8] { try session.bytes(at: place, form: form) }
    /// The value of an `N` that is an integer and fits the type.
    ///
    /// - Throws: ``AttributeDecodingError`` for any other type, and for a number that does not fit.
    public func integer<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) throws -> Integer {
        try session.integer(at: place, form: form)
    }

    /// Any `Decodable` type.
    ///
    /// - Throws: ``AttributeDecodingError`` for a value of another type, and what the type's `init(from:)` throws.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try session.decode(type, at: place, form: form)
    }

    /// A number with all its digits.
    ///
    /// - Throws: ``AttributeDecodingError`` for any other type.
    public func number() throws -> AttributeNumber { try session.number(at: place, form: form) }

    /// The value, unchanged.
    public func value() -> AttributeValue { AttributeValue(node, form: form) }

    /// A reader of the map's attributes.
    ///
    /// - Throws: ``AttributeDecodingError`` for any other type.
    public func item() throws -> ItemReader {
        if form == .map, let count = session.document.countOfDistinctNames(of: place) {
            session.count(steps: count)
            return ItemReader(session, place, nil)
        }
        let (place, names) = try session.map(at: place, form: form)
        return ItemReader(session, place, names.index)
    }

    /// The elements of a list or a set, in order.
    ///
    /// - Throws: ``AttributeDecodingError`` for any other type.
    public func elements() throws -> some Sequence<AttributeReader> {
        let (list, elementForm) = try session.list(at: place, form: form)
        let session = session
        return session.node(at: list).elements.lazy.map { AttributeReader($0.place, elementForm, session) }
    }

    /// The members of a map, in order.
    func members() throws -> some Sequence<(name: String, value: AttributeReader)> {
        let (map, _) = try session.map(at: place, form: form)
        let form: AttributeForm = session.isPlain ? .plain : .tagged
        let session = session
        return session.node(at: map).members.lazy.map {
            ($0.repairedName, AttributeReader($0.value.place, form, session))
        }
    }

    /// An error that says where this value is.
    public func error(_ reason: String) -> DecodingError { session.corrupted(reason, node) }
}
