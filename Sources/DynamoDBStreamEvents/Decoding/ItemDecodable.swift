// Decoding by hand: a type reads its attributes one after the other, without `Codable`'s containers and their boxes.

import JSONScanning

/// A type that reads itself from an item, at several times the speed of `Codable`.
///
/// ```swift
/// struct Order: ItemDecodable {
///     let id: String
///     let total: Int
///     let note: String?
///
///     init(from reader: inout ItemReader) throws {
///         id = try reader.read("id")
///         total = try reader.read("total")
///         note = try reader.read("note")
///     }
/// }
/// ```
///
/// It is used wherever such a type is decoded: by `Item.decode`, by `StreamRecord.change(as:)` and inside `Codable`
/// types. The rules for values are those of `AttributeValueDecoder`.
public protocol ItemDecodable: AttributeDecodable {
    init(from reader: inout ItemReader) throws
}

extension ItemDecodable {
    public init(from reader: AttributeReader) throws {
        var item = try reader.item()
        try self.init(from: &item)
    }
}

/// A type that reads itself from one value. The standard library's types do; a type of one's own adopts
/// `ItemDecodable` or `AttributeValueConvertible` instead.
public protocol AttributeDecodable {
    init(from reader: AttributeReader) throws
}

/// A type with a mapping of its own to attribute values, which goes before its `Codable` conformance.
public protocol AttributeValueConvertible: AttributeDecodable {
    init(attributeValue: AttributeValue) throws
    var attributeValue: AttributeValue { get throws }
}

extension AttributeValueConvertible {
    public init(from reader: AttributeReader) throws {
        do {
            try self.init(attributeValue: reader.value())
        } catch let error as DecodingError {
            throw error
        } catch {
            throw reader.error("\(error)")
        }
    }
}

/// Reads the attributes of an item by name.
///
/// Asking in the order in which the attributes come is fastest: the search goes on where the last one ended. Names are
/// those of the attributes; a decoder's strategy for keys is about coding keys and does not change them.
public struct ItemReader {
    private let session: DecodingSession
    private let place: JSONNode.Place
    private var cursor: UInt32 = 0

    init(_ session: DecodingSession, _ map: JSONNode) {
        self.session = session
        place = map.place
    }

    private var map: JSONNode { JSONNode(place, in: session.document) }
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
        let place = name.withUTF8Buffer { session.document.member(of: self.place, named: $0, from: &cursor) }
        return place.map { AttributeReader($0, form, session) }
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
            DecodingError.Context(codingPath: session.path(to: map), debugDescription: "is missing")
        )
    }
}

/// Reads one value as whatever its reader expects.
public struct AttributeReader {
    let session: DecodingSession
    private let place: JSONNode.Place
    private let form: AttributeForm

    init(_ place: JSONNode.Place, _ form: AttributeForm, _ session: DecodingSession) {
        self.session = session
        self.place = place
        self.form = form
    }

    init(_ node: JSONNode, _ form: AttributeForm, _ session: DecodingSession) {
        self.init(node.place, form, session)
    }

    private var node: JSONNode { JSONNode(place, in: session.document) }

    public var isNull: Bool { session.isNull(node, form: form) }
    public func string() throws -> String { try session.string(at: node, form: form) }
    public func bool() throws -> Bool { try session.bool(at: node, form: form) }
    public func double() throws -> Double { try session.double(at: node, form: form) }
    public func float() throws -> Float { try session.float(at: node, form: form) }
    public func bytes() throws -> [UInt8] { try session.bytes(at: node, form: form) }
    public func integer<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) throws -> Integer {
        try session.integer(at: node, form: form)
    }

    /// Any `Decodable` type.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try session.decode(type, at: node, form: form)
    }

    /// A number with all its digits.
    public func number() throws -> AttributeNumber { try session.number(at: node, form: form) }

    /// The value as it is.
    public func value() -> AttributeValue { AttributeValue(node, form: form) }

    /// The map's own reader.
    public func item() throws -> ItemReader {
        let content = AttributeContent(node, form: form)
        guard content.kind == .map, content.node.kind == .object else {
            throw session.mismatch([String: AttributeValue].self, "a map", node, form)
        }
        if let twice = content.node.firstRepeatedMember {
            throw session.corrupted("the attribute is there twice", twice.name)
        }
        return ItemReader(session, content.node)
    }

    /// The elements of a list or a set, in order.
    public func elements() throws -> some Sequence<AttributeReader> {
        let content = AttributeContent(node, form: form)
        switch content.kind {
        case .list, .stringSet, .numberSet, .binarySet:
            guard content.node.kind == .array else { fallthrough }
        default: throw session.mismatch([AttributeValue].self, "a list or a set", node, form)
        }
        let elementForm = content.elementForm(inPlainJSON: session.isPlain)
        let session = session
        return content.node.elements.lazy.map { AttributeReader($0, elementForm, session) }
    }

    /// The members of a map, in order.
    func members() throws -> some Sequence<(name: String, value: AttributeReader)> {
        _ = try item()
        let form: AttributeForm = session.isPlain ? .plain : .tagged
        let session = session
        return AttributeContent(node, form: self.form).node.members.lazy.map {
            ($0.repairedName, AttributeReader($0.value, form, session))
        }
    }

    /// An error that says where this value is.
    public func error(_ reason: String) -> DecodingError { session.corrupted(reason, node) }
}
