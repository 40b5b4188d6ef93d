// `json.dumps(value, sort_keys=True)`, byte for byte: spaces behind commas and colons, ASCII only, names by code point.

internal import JSONScanning

enum PythonKeyText {
    static func text(of node: JSONNode) -> [UInt8] {
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
            text.appendList(node.elements, separator: ", ") { append($1, to: &$0) }
            text.appendJSON("]")
        case .object:
            text.appendJSON("{")
            text.appendList(node.canonicalMembers.sortedByCodePoint, separator: ", ") { text, member in
                appendString(member.name, to: &text)
                text.appendJSON(": ")
                append(member.value, to: &text)
            }
            text.appendJSON("}")
        }
    }

    /// A token without point or exponent is an `int`, of any length; every other is a `float`.
    private static func appendNumber(_ node: JSONNode, to text: inout [UInt8]) {
        guard !node.isIntegerToken else { return text.append(contentsOf: node.integerDigits) }
        let value = node.nearestDouble
        if value.isInfinite {
            text.appendJSON(value < 0 ? "-Infinity" : "Infinity")
        } else {
            text.append(contentsOf: ShortestDecimal(value).python)
        }
    }

    /// From DEL on everything is escaped, in surrogate pairs where need be.
    private static func appendString(_ units: [UInt16], to text: inout [UInt8]) {
        text.appendJSON("\"")
        for unit in units {
            if text.appendShortEscape(UInt32(unit)) { continue }
            if 0x20...0x7E ~= unit {
                text.append(UInt8(truncatingIfNeeded: unit))
            } else {
                text.appendUnicodeEscape(UInt32(unit))
            }
        }
        text.appendJSON("\"")
    }
}
