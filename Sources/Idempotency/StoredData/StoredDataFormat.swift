// The form in which a result is written, for other readers of the table.

public import DynamoDBStreamEvents
internal import JSONScanning

/// The form in which a result is stored.
public enum StoredDataFormat: Sendable, Hashable {
    /// JSON text in a string, without white space: what Powertools for Python, Java and .NET read. The default.
    case json
    /// JSON text exactly as Powertools for Python writes it: names sorted, ASCII only, spaces behind commas and colons.
    case powertoolsPython
    /// JSON text in a string, and text as it is: what Powertools for Java stores of a method that returns a `String`.
    case powertoolsJava
    /// The value as attributes, as Powertools for TypeScript stores it. It cannot read JSON text.
    case powertoolsTypeScript

    /// The attribute `data` for a result.
    ///
    /// - Parameter json: the result as JSON.
    /// - Throws: ``StoredDataError``.
    public func attribute(json: [UInt8]) throws(StoredDataError) -> AttributeValue {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(json)
        } catch {
            throw .notJSON(offset: error.offset)
        }
        switch self {
        case .json: return .string(String(decoding: json, as: UTF8.self))
        case .powertoolsPython:
            return .string(String(decoding: PythonKeyText.canonical(document.root), as: UTF8.self))
        case .powertoolsJava:
            let text = document.root.kind == .string ? document.root.textBytes : nil
            return .string(String(decoding: text ?? json[...], as: UTF8.self))
        case .powertoolsTypeScript:
            guard let value = try? AttributeValueDecoder().decodePlainJSON(AttributeValue.self, from: json) else {
                throw .notJSON(offset: 0)
            }
            try value.checkNumbers()
            return value
        }
    }
}

/// Why a result cannot be stored in a form.
public enum StoredDataError: Error, Hashable, Sendable {
    /// The result is not JSON: the byte at `offset`, counted from 0, cannot stand there.
    case notJSON(offset: Int)
    /// DynamoDB's numbers have up to 38 significant digits and lie between 1E-130 and 9.99…E+125.
    case numberBeyondDynamoDB(text: String)
}

extension StoredDataError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notJSON(let offset): "a result must be JSON to be stored, and is not at byte \(offset)"
        case .numberBeyondDynamoDB(let text):
            "DynamoDB has no number \(text.prefix(60)); give it back as text, or store results as JSON"
        }
    }
}

extension StoredDataError {
    /// What may be logged: the error without the number.
    var contentFree: String {
        switch self {
        case .notJSON: description
        case .numberBeyondDynamoDB: "it has a number that DynamoDB cannot store"
        }
    }
}

extension AttributeValue {
    fileprivate func checkNumbers() throws(StoredDataError) {
        switch self {
        case .number(let number):
            guard number.fitsDynamoDB else { throw .numberBeyondDynamoDB(text: number.text) }
        case .list(let elements):
            for element in elements { try element.checkNumbers() }
        case .map(let item):
            for (_, value) in item { try value.checkNumbers() }
        default: return
        }
    }
}

extension AttributeNumber {
    /// DynamoDB Developer Guide, "Naming rules and data types", Number.
    fileprivate var fitsDynamoDB: Bool {
        let (_, digitCount, scale) = shape
        return digitCount == 0 || (digitCount <= 38 && -130...125 ~= digitCount + scale - 1)
    }
}

extension JSONError {
    fileprivate var offset: Int {
        switch self {
        case .malformed(let offset, _), .tooDeep(let offset, _), .loneSurrogate(let offset): offset
        case .tooLarge(_, let limit): limit
        }
    }
}
