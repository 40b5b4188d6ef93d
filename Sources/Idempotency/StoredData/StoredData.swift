// The result in a record, in any form that a writer gave it.

public import DynamoDBStreamEvents
internal import JSONScanning

/// Reads the attribute `data` of a record, whoever wrote it:
///
/// ```swift
/// let stored = StoredData(.string(#"{"id":"o-1","total":12.5}"#))
/// let order = try stored.decode(Order.self)
/// ```
///
/// | writer | form |
/// |---|---|
/// | this package, Powertools for Python and for .NET | JSON text in a string |
/// | Powertools for Java | JSON text in a string; a result that is a `String` as it is, without quotes |
/// | Powertools for TypeScript | the value as attributes: maps, lists, numbers; none for `undefined` |
public struct StoredData: Sendable, Hashable {
    private let attribute: AttributeValue?

    /// - Parameter attribute: the attribute, unchanged; nil if the record has none, which reads as `null`.
    public init(_ attribute: AttributeValue?) { self.attribute = attribute }

    /// The result as JSON. A string that is not JSON is one that Java stored without quotes.
    public var json: [UInt8] {
        switch attribute {
        case nil: return Array("null".utf8)
        case .string(let text):
            let bytes = Array(text.utf8)
            if (try? JSONDocument(bytes)) != nil { return bytes }
            var json: [UInt8] = []
            json.appendJSONString(text)
            return json
        case .some(let value): return value.plainJSON
        }
    }

    /// The result as the type that is asked for.
    ///
    /// Where text is asked for, JSON in a string that is not text itself is taken as it is: Java's `7` for `"7"`.
    ///
    /// - Throws: `AttributeDecodingError` when it is not of that type.
    public func decode<Result: Decodable>(_ type: Result.Type = Result.self) throws -> Result {
        do {
            switch attribute {
            case nil, .string: return try AttributeValueDecoder().decodePlainJSON(type, from: json)
            case .some(let value): return try AttributeValueDecoder().decode(type, from: value)
            }
        } catch {
            guard case .string(let text) = attribute, let result = text as? Result else { throw error }
            return result
        }
    }
}
