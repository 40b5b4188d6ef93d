// `json.dumps(value, sort_keys=True)`, byte for byte: spaces behind commas and colons, ASCII only, names by code point.

internal import JSONScanning

enum PythonKeyText: CanonicalDialect {
    static let elementSeparator: StaticString = ", "
    static let nameSeparator: StaticString = ": "

    static func ordered(_ members: [CanonicalMember]) -> [CanonicalMember] { members.sortedByCodePoint }

    /// A token without point or exponent is an `int`, of any length; every other is a `float`.
    static func appendNumber(_ node: JSONNode, to text: inout [UInt8]) {
        guard !node.isIntegerToken else { return text.append(contentsOf: node.integerDigits) }
        let value = node.nearestDouble
        if value.isInfinite {
            text.appendJSON(value < 0 ? "-Infinity" : "Infinity")
        } else {
            text.append(contentsOf: ShortestDecimal(value).python)
        }
    }

    /// From DEL on everything is escaped, in surrogate pairs where need be.
    static func appendString(_ units: [UInt16], to text: inout [UInt8]) {
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
