// The identity of a piece of work: a text, a JSON value, an attribute, or several of them.

public import DynamoDBStreamEvents
public import JSONScanning

/// The part of an event or a request from which its idempotency key is made.
///
/// ```swift
/// let text = KeyPayload(order.id)
/// let attribute = try KeyPayload(record.newImage?["orderId"])
/// let several = KeyPayload(parts: [KeyPayload(tenant), KeyPayload(order.id)])
/// let document = try KeyPayload(json: request.body)
/// ```
public struct KeyPayload: Sendable {
    enum Content: Sendable {
        case absent
        case text(String)
        case node(JSONNode)
        case parts([KeyPayload])
    }

    let content: Content

    /// The most bytes of JSON that a key is made from: more than Lambda lets an event have.
    public static let maximumByteCount = 8 << 20

    private init(_ content: Content) { self.content = content }

    /// No payload. It has no key.
    public static let absent = KeyPayload(.absent)

    /// A text, a JSON string to the strategies that work on JSON.
    public init(_ text: String?) {
        content = text.map(Content.text) ?? .absent
    }

    /// A JSON value, any kind of it.
    ///
    /// - Throws: ``KeyError/malformedJSON(_:)`` if the bytes are not JSON or more than ``maximumByteCount``.
    public init(json: [UInt8]) throws(KeyError) {
        do throws(JSONError) {
            let document = try JSONDocument(json, limits: JSONLimits(maximumByteCount: Self.maximumByteCount))
            content = .node(document.root)
        } catch {
            throw .malformedJSON(error)
        }
    }

    /// A value of a document that was scanned already.
    package init(_ node: JSONNode) { content = .node(node) }

    /// An item in DynamoDB's typed JSON, `{"id":{"S":"o-1"}}`: what the JMESPath expression `dynamodb.Keys` selects.
    ///
    /// - Throws: ``KeyError/malformedJSON(_:)`` when an attribute of the item has a form that is not JSON.
    public init(_ item: Item) throws(KeyError) { try self.init(json: item.json) }

    /// The content of an attribute: `"o-1"` of `{"S":"o-1"}` and `"7"` of `{"N":"7"}`, what the JMESPath expressions
    /// `dynamodb.NewImage.id.S` and `.N` select. A `NULL` is absent.
    ///
    /// - Throws: ``KeyError/malformedJSON(_:)`` when the attribute has a form that is not JSON.
    public init(_ attribute: AttributeValue?) throws(KeyError) {
        switch attribute {
        case nil, .null: self = .absent
        case .string(let text): self.init(text)
        case .number(let number): self.init(number.text)
        case .map(let item): try self.init(item)
        case .some(let value):
            let whole = try KeyPayload(json: value.json)
            guard case .node(let node) = whole.content, let member = node.singleMember else {
                self = whole
                return
            }
            // A member of an object of one has no place in the index, so it gets a document of its own.
            try self.init(json: [UInt8](member.value.jsonText))
        }
    }

    /// Several parts that make a key together: a JSON array to the strategies that work on JSON, as JMESPath's `[a, b]`
    /// is.
    public init(parts: [KeyPayload]) { content = .parts(parts) }

    /// The payload as a JSON value.
    func node() throws(KeyError) -> JSONNode {
        if case .node(let node) = content { return node }
        var json: [UInt8] = []
        append(to: &json)
        let payload = try KeyPayload(json: json)
        guard case .node(let node) = payload.content else {
            throw .malformedJSON(.malformed(offset: 0, expected: .value))
        }
        return node
    }

    private func append(to json: inout [UInt8]) {
        switch content {
        case .absent: json.appendJSON("null")
        case .text(let text): json.appendJSONString(text)
        case .node(let node): json.append(contentsOf: node.jsonText)
        case .parts(let parts):
            json.appendJSON("[")
            for (position, part) in parts.enumerated() {
                if position > 0 { json.appendJSON(",") }
                part.append(to: &json)
            }
            json.appendJSON("]")
        }
    }
}

/// Why no key could be made.
///
/// ```swift
/// do {
///     _ = try KeyPayload(json: request.body)
/// } catch KeyError.malformedJSON(let error) {
///     print("The body is not JSON: \(error)")
/// }
/// ```
public enum KeyError: Error, Hashable, Sendable {
    /// The payload is not JSON, or longer than ``KeyPayload/maximumByteCount``.
    case malformedJSON(JSONError)
    /// The payload has half of a surrogate pair, which the strategy has no bytes for.
    case loneSurrogate
}

extension KeyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedJSON(let error): "an idempotency key cannot be made of text that is not JSON: \(error)"
        case .loneSurrogate:
            "an idempotency key cannot be made of text with half of a surrogate pair; choose another part as the key"
        }
    }
}
