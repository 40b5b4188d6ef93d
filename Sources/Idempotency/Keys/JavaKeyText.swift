// A bare scalar, or Jackson's compact JSON of a container with its members in their order.

internal import JSONScanning

enum JavaKeyText: CanonicalDialect {
    static func text(of node: JSONNode) -> [UInt8] {
        var text: [UInt8] = []
        switch node.kind {
        case .string: text.appendUTF8(node.utf16Units, loneSurrogate: "?")
        case .number where !node.isIntegerToken && node.nearestDouble.isInfinite:
            text.appendJSON(node.nearestDouble < 0 ? "-Infinity" : "Infinity")
        default: append(node, to: &text)
        }
        return text
    }

    static func ordered(_ members: [CanonicalMember]) -> [CanonicalMember] { members }

    /// Integers of any length keep their digits; Jackson quotes what is beyond the range of a `double`.
    static func appendNumber(_ node: JSONNode, to text: inout [UInt8]) {
        guard !node.isIntegerToken else { return text.append(contentsOf: node.integerDigits) }
        let value = node.nearestDouble
        if value.isInfinite {
            text.appendJSON(value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
        } else {
            text.append(contentsOf: ShortestDecimal(value).java)
        }
    }

    /// Jackson escapes control characters in upper-case digits. Java's UTF-8 has a question mark for half a pair.
    static func appendString(_ units: [UInt16], to text: inout [UInt8]) {
        text.appendQuoted(units, loneSurrogate: "?", hasUppercaseEscapes: true)
    }
}
