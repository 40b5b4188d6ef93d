// Decoding by hand: a type reads its attributes one after the other, without `Codable`'s containers and their boxes.

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
///
/// A type that also conforms to `Decodable` can be a member of `Codable` types. Where the compiler cannot write
/// `init(from: any Decoder)`, forward it to ``init(itemFrom:)``; `@StreamItem` does so.
public protocol ItemDecodable: AttributeDecodable {
    init(from reader: inout ItemReader) throws
}

extension ItemDecodable {
    @inlinable
    public init(from reader: borrowing AttributeReader) throws {
        var item = try reader.item()
        try self.init(from: &item)
    }
}

extension ItemDecodable {
    /// For the `init(from: any Decoder)` of a type that reads itself from items only.
    ///
    /// This package's decoder reads the attributes where they are. Any other decoder must have DynamoDB's typed JSON, as
    /// `Item` itself is read.
    ///
    /// - Throws: ``AttributeDecodingError`` with the path of an attribute that is missing or has another type.
    public init(itemFrom decoder: any Decoder) throws {
        if let decoder = decoder as? AttributeDecoder {
            try self.init(from: AttributeReader(decoder.place, decoder.form, decoder.session))
        } else {
            self = try Item(from: decoder).decode()
        }
    }
}

/// A type that reads itself from one value. The standard library's types do; a custom type adopts
/// `ItemDecodable` or `AttributeValueConvertible` instead.
///
/// ```swift
/// struct Percentage: AttributeDecodable {
///     let value: Double
///
///     init(from reader: borrowing AttributeReader) throws { value = try reader.double() / 100 }
/// }
/// ```
public protocol AttributeDecodable {
    init(from reader: borrowing AttributeReader) throws
}

/// A type with a custom mapping to attribute values, which takes precedence over its `Codable` conformance.
///
/// ```swift
/// enum Flag: AttributeValueConvertible {
///     case on, off
///
///     init(attributeValue: AttributeValue) throws { self = attributeValue.string == "Y" ? .on : .off }
///     var attributeValue: AttributeValue { .string(self == .on ? "Y" : "N") }
/// }
/// ```
public protocol AttributeValueConvertible: AttributeDecodable {
    /// Creates a value from an attribute value.
    ///
    /// - Parameter attributeValue: the attribute's value, which may have any type.
    /// - Throws: any error that says why the value is not one of this type.
    init(attributeValue: AttributeValue) throws
    /// The value as DynamoDB stores it.
    ///
    /// - Throws: any error that says why the value cannot be stored.
    var attributeValue: AttributeValue { get throws }
}

extension AttributeValueConvertible {
    public init(from reader: borrowing AttributeReader) throws {
        do {
            try self.init(attributeValue: reader.value())
        } catch let error as DecodingError {
            throw error
        } catch {
            throw reader.error("\(error)")
        }
    }
}
