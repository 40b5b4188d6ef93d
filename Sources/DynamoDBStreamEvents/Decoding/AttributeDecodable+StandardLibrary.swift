// The standard library's types read themselves from attribute values.

extension String: AttributeDecodable {
    public init(from reader: AttributeReader) throws { self = try reader.string() }
}

extension Bool: AttributeDecodable {
    public init(from reader: AttributeReader) throws { self = try reader.bool() }
}

extension Double: AttributeDecodable {
    public init(from reader: AttributeReader) throws { self = try reader.double() }
}

extension Float: AttributeDecodable {
    public init(from reader: AttributeReader) throws { self = try reader.float() }
}

extension FixedWidthInteger where Self: AttributeDecodable {
    public init(from reader: AttributeReader) throws { self = try reader.integer() }
}

extension Int: AttributeDecodable {}
extension Int8: AttributeDecodable {}
extension Int16: AttributeDecodable {}
extension Int32: AttributeDecodable {}
extension Int64: AttributeDecodable {}
extension Int128: AttributeDecodable {}
extension UInt: AttributeDecodable {}
extension UInt8: AttributeDecodable {}
extension UInt16: AttributeDecodable {}
extension UInt32: AttributeDecodable {}
extension UInt64: AttributeDecodable {}
extension UInt128: AttributeDecodable {}

extension Optional: AttributeDecodable where Wrapped: AttributeDecodable {
    public init(from reader: AttributeReader) throws {
        self = reader.isNull ? nil : try Wrapped(from: reader)
    }
}

extension Array: AttributeDecodable where Element: AttributeDecodable {
    public init(from reader: AttributeReader) throws {
        if Element.self == UInt8.self, let bytes = try reader.bytes() as? Self {
            self = bytes
        } else {
            self = []
            for element in try reader.elements() { append(try Element(from: element)) }
        }
    }
}

extension Set: AttributeDecodable where Element: AttributeDecodable {
    public init(from reader: AttributeReader) throws {
        self = []
        for element in try reader.elements() { insert(try Element(from: element)) }
    }
}

extension Dictionary: AttributeDecodable where Key == String, Value: AttributeDecodable {
    public init(from reader: AttributeReader) throws {
        self = [:]
        for (name, value) in try reader.members() { self[name] = try Value(from: value) }
    }
}

extension AttributeValue: AttributeDecodable {
    public init(from reader: AttributeReader) throws { self = reader.value() }
}

extension AttributeNumber: AttributeDecodable {
    public init(from reader: AttributeReader) throws { self = try reader.number() }
}

extension Item: AttributeDecodable {
    public init(from reader: AttributeReader) throws {
        guard case .map(let item) = reader.value() else { throw reader.error("expected a map") }
        self = item
    }
}
