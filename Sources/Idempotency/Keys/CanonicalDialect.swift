// The one walk over a JSON value that every canonical text is made by.

internal import JSONScanning

/// How JSON is written so that equal values have equal texts. What a dialect does not say is compact JSON.
protocol CanonicalDialect {
    static var elementSeparator: StaticString { get }
    static var nameSeparator: StaticString { get }

    /// The members of an object as they are written.
    static func ordered(_ members: [CanonicalMember]) -> [CanonicalMember]
    static func appendNumber(_ node: JSONNode, to text: inout [UInt8])
    static func appendString(_ units: [UInt16], to text: inout [UInt8])
}

extension CanonicalDialect {
    static var elementSeparator: StaticString { "," }
    static var nameSeparator: StaticString { ":" }

    static func appendString(_ units: [UInt16], to text: inout [UInt8]) {
        text.appendQuoted(units)
    }

    /// The canonical text of a value.
    static func canonical(_ node: JSONNode) -> [UInt8] {
        var text: [UInt8] = []
        append(node, to: &text)
        return text
    }

    static func append(_ node: JSONNode, to text: inout [UInt8]) {
        switch node.kind {
        case .null, .bool: text.append(contentsOf: node.jsonText)
        case .number: appendNumber(node, to: &text)
        case .string: appendString(node.utf16Units, to: &text)
        case .array:
            text.appendJSON("[")
            text.appendList(node.elements, separator: elementSeparator) { append($1, to: &$0) }
            text.appendJSON("]")
        case .object:
            text.appendJSON("{")
            text.appendList(ordered(node.canonicalMembers), separator: elementSeparator) { text, member in
                appendString(member.name, to: &text)
                text.appendJSON(nameSeparator)
                append(member.value, to: &text)
            }
            text.appendJSON("}")
        }
    }
}
