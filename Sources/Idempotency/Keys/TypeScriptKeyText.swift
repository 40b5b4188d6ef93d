// `JSON.stringify(deepSort(value))`, byte for byte: no white space, UTF-8, names sorted by lower case.

internal import JSONScanning

enum TypeScriptKeyText: CanonicalDialect {
    static func appendNumber(_ node: JSONNode, to text: inout [UInt8]) {
        let value = node.nearestDouble
        if value.isInfinite {
            text.appendJSON("null")
        } else {
            text.append(contentsOf: ShortestDecimal(value).javaScript)
        }
    }

    /// The order in which the sorted object enumerates its members: array indices come first and ascend, whatever the
    /// sorting said (ECMAScript, OrdinaryOwnPropertyKeys); the others follow by lower case, equal ones in their order.
    ///
    /// Assigning to `__proto__` sets the prototype and makes no member, so that name is lost.
    static func ordered(_ members: [CanonicalMember]) -> [CanonicalMember] {
        let indices = members.compactMap { member in member.name.arrayIndex.map { (index: $0, member: member) } }
            .sorted { $0.index < $1.index }
        let named = members.filter { $0.name.arrayIndex == nil && !$0.name.elementsEqual("__proto__".utf16) }
            .enumerated()
            .map { (order: $0.offset, lower: $0.element.name.lowercasedAsJavaScript, member: $0.element) }
            .sorted { first, second in
                if first.lower == second.lower { return first.order < second.order }
                return first.lower.lexicographicallyPrecedes(second.lower)
            }
        return indices.map(\.member) + named.map(\.member)
    }
}

extension [UInt16] {
    /// The name as an array index: the digits of a number below 2^32 - 1 without leading zeros.
    fileprivate var arrayIndex: UInt32? {
        guard let first, count <= 10, allSatisfy({ 0x30...0x39 ~= $0 }), first != 0x30 || count == 1,
            let index = UInt32(String(decoding: self, as: UTF16.self)), index < .max
        else { return nil }
        return index
    }

    /// `String.prototype.toLowerCase`: Unicode's full mapping, a final sigma told from one within a word.
    fileprivate var lowercasedAsJavaScript: [UInt16] {
        if allSatisfy({ $0 < 0x80 }) { return map { 0x41...0x5A ~= $0 ? $0 + 0x20 : $0 } }
        let points = codePoints
        var lower: [UInt16] = []
        for (position, point) in points.enumerated() {
            guard let scalar = Unicode.Scalar(point) else {
                lower.append(UInt16(truncatingIfNeeded: point))
                continue
            }
            let isFinalSigma =
                scalar == "Σ" && points[..<position].reversed().bordersOnCased
                && !points[(position + 1)...].bordersOnCased
            lower.append(contentsOf: (isFinalSigma ? "ς" : scalar.properties.lowercaseMapping).utf16)
        }
        return lower
    }
}

extension Sequence<UInt32> {
    /// Whether the first code point that is not case-ignorable is a cased one (Unicode, Final_Sigma).
    fileprivate var bordersOnCased: Bool {
        for point in self {
            guard let properties = Unicode.Scalar(point)?.properties else { return false }
            if !properties.isCaseIgnorable { return properties.isCased }
        }
        return false
    }
}
