// The standard library's types read themselves from attribute values.

extension String: AttributeDecodable {
    @inlinable
    public init(from reader: borrowing AttributeReader) throws { self = try reader.string() }
}

extension Bool: AttributeDecodable {
    @inlinable
    public init(from reader: borrowing AttributeReader) throws { self = try reader.bool() }
}

extension Double: AttributeDecodable {
    @inlinable
    public init(from reader: borrowing AttributeReader) throws { self = try reader.double() }
}

extension Float: AttributeDecodable {
    @inlinable
    public init(from reader: borrowing AttributeReader) throws { self = try reader.float() }
}

// Each integer type by itself, for what is generic here would be generic at run time too.

extension Int: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension Int8: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension Int16: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension Int32: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension Int64: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension Int128: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension UInt: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension UInt8: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension UInt16: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension UInt32: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension UInt64: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension UInt128: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.integer() }
}

extension Optional: AttributeDecodable where Wrapped: AttributeDecodable {
    @inlinable
    public init(from reader: borrowing AttributeReader) throws {
        self = reader.isNull ? nil : try Wrapped(from: reader)
    }
}

extension Array: AttributeDecodable where Element: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws {
        if Element.self == UInt8.self, let bytes = try reader.bytes() as? Self {
            self = bytes
        } else {
            self = []
            for element in try reader.elements() { append(try Element(from: element)) }
        }
    }
}

extension Set: AttributeDecodable where Element: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws {
        self = []
        for element in try reader.elements() { insert(try Element(from: element)) }
    }
}

extension Dictionary: AttributeDecodable where Key == String, Value: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws {
        self = [:]
        for (name, value) in try reader.members() where updateValue(try Value(from: value), forKey: name) != nil {
            // No name comes twice, but Swift takes some different names for equal.
            throw value.error("a dictionary cannot hold the attribute beside one of a canonically equivalent name")
        }
    }
}

extension AttributeValue: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = reader.value() }
}

extension AttributeNumber: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws { self = try reader.number() }
}

extension Item: AttributeDecodable {
    public init(from reader: borrowing AttributeReader) throws {
        guard case .map(let item) = reader.value() else { throw reader.error("expected a map") }
        self = item
    }
}
