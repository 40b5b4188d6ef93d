// From the event's JSON to values and back.

import JSONScanning

extension AttributeValue {
    /// Reads a tagged value. One that is not what its tag says is kept as `.unknown`, so nothing is lost.
    init(_ node: JSONNode) {
        self = TaggedNode(node).flatMap { AttributeValue($0.tag, $0.content) } ?? .unknown(node)
    }

    /// Reads what stands behind a tag; nil for content of another kind.
    init?(_ tag: AttributeTag, _ content: JSONNode) {
        switch tag {
        case .string:
            guard let text = content.text else { return nil }
            self = .string(text)
        case .number:
            guard let number = AttributeNumber(content) else { return nil }
            self = .number(number)
        case .binary:
            guard let bytes = [UInt8](base64: content) else { return nil }
            self = .binary(bytes)
        case .bool:
            guard let value = content.bool else { return nil }
            self = .bool(value)
        case .null:
            guard content.bool == true else { return nil }
            self = .null
        case .list:
            guard content.kind == .array else { return nil }
            self = .list(content.elements.map { AttributeValue($0) })
        case .map:
            guard content.kind == .object else { return nil }
            self = .map(Item(content))
        case .stringSet:
            guard let elements = content.allElements({ $0.text }) else { return nil }
            self = .stringSet(elements)
        case .numberSet:
            guard let elements = content.allElements({ AttributeNumber($0) }) else { return nil }
            self = .numberSet(elements)
        case .binarySet:
            guard let elements = content.allElements({ [UInt8](base64: $0) }) else { return nil }
            self = .binarySet(elements)
        }
    }

    /// The value in DynamoDB's typed JSON. A value from an event is written unchanged.
    public var json: [UInt8] {
        var json: [UInt8] = []
        append(to: &json)
        return json
    }

    func append(to json: inout [UInt8]) {
        guard let tag else {
            if case .unknown(let text) = self { json.append(contentsOf: text.utf8) }
            return
        }
        json.appendJSON("{")
        json.appendJSONString(tag.rawValue)
        json.appendJSON(":")
        switch self {
        case .string(let value): json.appendJSONString(value)
        case .number(let value): json.appendJSONString(value.text)
        case .binary(let value): json.appendBase64(value)
        case .bool(let value): json.appendJSON(value ? "true" : "false")
        case .null: json.appendJSON("true")
        case .list(let values): json.appendArray(values) { $1.append(to: &$0) }
        case .map(let item): item.append(to: &json)
        case .stringSet(let values): json.appendArray(values) { $0.appendJSONString($1) }
        case .numberSet(let values): json.appendArray(values) { $0.appendJSONString($1.text) }
        case .binarySet(let values): json.appendArray(values) { $0.appendBase64($1) }
        case .unknown: break
        }
        json.appendJSON("}")
    }
}

extension [UInt8] {
    mutating func appendArray<Value>(_ values: [Value], _ appendValue: (inout [UInt8], Value) -> Void) {
        appendJSON("[")
        for (position, value) in values.enumerated() {
            if position > 0 { appendJSON(",") }
            appendValue(&self, value)
        }
        appendJSON("]")
    }
}

extension JSONNode {
    /// The text of a string; nil for any other kind and for half a surrogate pair, which is not text.
    var text: String? { (try? string()) ?? nil }

    func allElements<Element>(_ read: (JSONNode) -> Element?) -> [Element]? {
        guard kind == .array else { return nil }
        var all: [Element] = []
        for element in elements {
            guard let element = read(element) else { return nil }
            all.append(element)
        }
        return all
    }
}

extension AttributeNumber {
    /// DynamoDB's numbers are JSON strings.
    init?(_ node: JSONNode) {
        guard node.kind == .string, let bytes = node.textBytes, DecimalText(bytes) != nil else { return nil }
        self.init(checked: String(decoding: bytes, as: UTF8.self))
    }
}

extension AttributeValue {
    init(_ node: JSONNode, form: AttributeForm) {
        switch form {
        case .tagged: self.init(node)
        case .map: self = .map(Item(node))
        case .plain: self.init(plain: node)
        case .inStringSet: self = node.text.map(AttributeValue.string) ?? .unknown(node)
        case .inNumberSet: self = AttributeNumber(node).map(AttributeValue.number) ?? .unknown(node)
        case .inBinarySet: self = [UInt8](base64: node).map(AttributeValue.binary) ?? .unknown(node)
        }
    }

    static func unknown(_ node: JSONNode) -> AttributeValue {
        .unknown(json: String(decoding: node.jsonText, as: UTF8.self))
    }
}
