// Writing JSON: the few appends from which every response of this package is built.

extension [UInt8] {
    /// Appends `text` as a quoted JSON string.
    ///
    /// `"`, `\` and the C0 control characters are escaped; everything else is written as the UTF-8 it is.
    public mutating func appendJSONString(_ text: String) {
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var runStart = 0
            for position in 0..<utf8.count where utf8[position].needsJSONEscape {
                append(contentsOf: utf8[runStart..<position])
                appendEscape(of: utf8[position])
                runStart = position + 1
            }
            append(contentsOf: utf8[runStart...])
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends `value` in decimal digits.
    public mutating func appendJSONInteger(_ value: some BinaryInteger) {
        append(contentsOf: String(value).utf8)
    }

    /// Appends text that is JSON already: punctuation, a literal, a number.
    public mutating func appendJSON(_ json: StaticString) {
        json.withUTF8Buffer { append(contentsOf: $0) }
    }

    private mutating func appendEscape(of byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default:
            let digits: StaticString = "0123456789abcdef"
            appendJSON("u00")
            digits.withUTF8Buffer { hex in
                append(hex[Int(byte >> 4)])
                append(hex[Int(byte & 0x0F)])
            }
        }
    }
}

extension UInt8 {
    fileprivate var needsJSONEscape: Bool {
        self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\")
    }
}
