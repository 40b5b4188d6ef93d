// Reading JSON the way the canonical texts need it: strings as UTF-16, members without those that are overwritten.

internal import JSONScanning

/// A member whose name was read.
struct CanonicalMember {
    let name: [UInt16]
    var value: JSONNode
}

extension JSONNode {
    /// The members of an object. Of a name that comes twice, the last value counts in the first one's place, as the
    /// parsers of Python, JavaScript and Jackson have it.
    var canonicalMembers: [CanonicalMember] {
        var members: [CanonicalMember] = []
        var positions: [[UInt16]: Int] = [:]
        for member in self.members {
            let name = member.name.utf16Units
            if let position = positions[name] {
                members[position].value = member.value
            } else {
                positions[name] = members.count
                members.append(CanonicalMember(name: name, value: member.value))
            }
        }
        return members
    }

    /// A string's text as UTF-16 code units, halves of surrogate pairs included; empty for any other kind.
    ///
    /// Python, JavaScript and Java keep half a pair that was escaped, so the key of such a text must come of it.
    var utf16Units: [UInt16] {
        guard kind == .string else { return [] }
        let text = jsonText.dropFirst().dropLast()
        guard text.contains(UInt8(ascii: "\\")) else { return [UInt16](String(decoding: text, as: UTF8.self).utf16) }
        var units: [UInt16] = []
        var rest = text
        while !rest.isEmpty {
            let plain = rest.prefix { $0 != UInt8(ascii: "\\") }
            units.append(contentsOf: String(decoding: plain, as: UTF8.self).utf16)
            rest = rest[plain.endIndex...]
            if rest.popFirst() != nil, let escape = rest.popFirst() {
                units.append(escape == UInt8(ascii: "u") ? rest.popHexadecimalUnit() : unit(ofEscape: escape))
            }
        }
        return units
    }

    private func unit(ofEscape letter: UInt8) -> UInt16 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: UInt16(letter)
        }
    }

    /// Whether a number is spelled without a point or an exponent.
    var isIntegerToken: Bool {
        !(textBytes ?? []).contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    }

    /// A number as the nearest `Double`, infinite beyond its range.
    var nearestDouble: Double { numberText.flatMap { Double($0) } ?? 0 }

    /// An integer's digits as they are spelled, except for `-0`, which is 0 to every parser of integers.
    var integerDigits: ArraySlice<UInt8> {
        let digits = textBytes ?? []
        return digits.elementsEqual("-0".utf8) ? digits.dropFirst() : digits
    }
}

extension ArraySlice<UInt8> {
    /// Takes the four hexadecimal digits behind `\u`.
    fileprivate mutating func popHexadecimalUnit() -> UInt16 {
        let digits = prefix(4)
        removeFirst(digits.count)
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0xFFFD
    }
}

extension [UInt8] {
    /// Appends the elements of an array or the members of an object with a separator between.
    mutating func appendList<Item>(
        _ elements: some Sequence<Item>,
        separator: StaticString,
        _ append: (inout [UInt8], Item) -> Void
    ) {
        for (position, element) in elements.enumerated() {
            if position > 0 { appendJSON(separator) }
            append(&self, element)
        }
    }

    /// Appends UTF-16 as UTF-8.
    ///
    /// - Parameter loneSurrogate: what takes the place of half a surrogate pair; nil for its escape.
    mutating func appendUTF8(_ units: [UInt16], loneSurrogate: StaticString?) {
        for codePoint in units.codePoints { appendUTF8(codePoint, loneSurrogate: loneSurrogate) }
    }

    private mutating func appendUTF8(_ codePoint: UInt32, loneSurrogate: StaticString?) {
        if let scalar = Unicode.Scalar(codePoint) {
            append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        } else if let loneSurrogate {
            appendJSON(loneSurrogate)
        } else {
            appendUnicodeEscape(codePoint)
        }
    }

    /// Appends a quoted string in which the quote, the backslash and control characters are escaped and all else is
    /// UTF-8.
    mutating func appendQuoted(
        _ units: [UInt16],
        loneSurrogate: StaticString? = nil,
        hasUppercaseEscapes: Bool = false
    ) {
        appendJSON("\"")
        for codePoint in units.codePoints {
            if appendShortEscape(codePoint) { continue }
            if codePoint < 0x20 {
                appendUnicodeEscape(codePoint, isUppercase: hasUppercaseEscapes)
            } else {
                appendUTF8(codePoint, loneSurrogate: loneSurrogate)
            }
        }
        appendJSON("\"")
    }

    /// Appends `\u` and four hexadecimal digits.
    mutating func appendUnicodeEscape(_ unit: UInt32, isUppercase: Bool = false) {
        let digits = String(unit, radix: 16, uppercase: isUppercase)
        appendJSON("\\u")
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
        append(contentsOf: digits.utf8)
    }

    /// Appends the escapes that every dialect writes alike.
    ///
    /// - Returns: false when there is no short escape.
    mutating func appendShortEscape(_ unit: UInt32) -> Bool {
        switch unit {
        case 0x22: appendJSON("\\\"")
        case 0x5C: appendJSON("\\\\")
        case 0x08: appendJSON("\\b")
        case 0x09: appendJSON("\\t")
        case 0x0A: appendJSON("\\n")
        case 0x0C: appendJSON("\\f")
        case 0x0D: appendJSON("\\r")
        default: return false
        }
        return true
    }
}

extension [UInt16] {
    /// The code points of UTF-16: pairs put together, halves of pairs as they are.
    var codePoints: [UInt32] {
        var points: [UInt32] = []
        points.reserveCapacity(count)
        for unit in self {
            if UTF16.isTrailSurrogate(unit), let lead = points.last, 0xD800...0xDBFF ~= lead {
                points[points.count - 1] = 0x10000 + (lead - 0xD800) << 10 + UInt32(unit) - 0xDC00
            } else {
                points.append(UInt32(unit))
            }
        }
        return points
    }
}

extension [CanonicalMember] {
    /// The order of code points, which differs from that of UTF-16 beyond the basic plane.
    var sortedByCodePoint: [CanonicalMember] {
        map { (points: $0.name.codePoints, member: $0) }
            .sorted { $0.points.lexicographicallyPrecedes($1.points) }
            .map(\.member)
    }
}
