// Base64 as AWS's services write it: RFC 4648's standard alphabet, with padding and nothing else.

extension [UInt8] {
    /// Decodes a JSON string of base64; nil when it is not one.
    package init?(base64 node: JSONNode) {
        guard node.kind == .string, let text = node.textBytes else { return nil }
        self.init(base64: text)
    }

    /// Decodes canonical base64; nil for anything else, a length that is not a multiple of four included.
    ///
    /// - Parameter allowsStrayBits: whether the unused bits of the last digit may be set, as Go's `StdEncoding` allows.
    package init?(base64 text: ArraySlice<UInt8>, allowsStrayBits: Bool = false) {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let digits = text.dropLast(padding)
        self = []
        reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var held = 0
        for digit in digits {
            let value = base64Values[Int(digit)]
            guard value < 64 else { return nil }
            group = group << 6 | UInt32(value)
            held += 1
            if held == 4 {
                append(UInt8(truncatingIfNeeded: group >> 16))
                append(UInt8(truncatingIfNeeded: group >> 8))
                append(UInt8(truncatingIfNeeded: group))
                (group, held) = (0, 0)
            }
        }
        switch held {
        case 2 where allowsStrayBits || group & 0x0F == 0: append(UInt8(truncatingIfNeeded: group >> 4))
        case 3 where allowsStrayBits || group & 0x03 == 0:
            append(UInt8(truncatingIfNeeded: group >> 10))
            append(UInt8(truncatingIfNeeded: group >> 2))
        case 0: break
        default: return nil
        }
    }

    /// Appends `bytes` as a quoted base64 string.
    package mutating func appendBase64(_ bytes: [UInt8]) {
        append(UInt8(ascii: "\""))
        appendBase64Digits(bytes)
        append(UInt8(ascii: "\""))
    }

    /// Appends `bytes` as base64 without quotation marks.
    package mutating func appendBase64Digits(_ bytes: [UInt8]) {
        reserveCapacity(count + (bytes.count + 2) / 3 * 4)
        var rest = bytes[...]
        while !rest.isEmpty {
            let group = rest.prefix(3)
            rest = rest.dropFirst(3)
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(3 - group.count) * 8
            for digit in 0..<4 {
                let isPadding = digit > group.count
                append(isPadding ? UInt8(ascii: "=") : base64Digits[Int(bits >> UInt32(18 - digit * 6) & 0x3F)])
            }
        }
    }
}

extension String {
    /// The base64 of `bytes`.
    package init(base64Of bytes: [UInt8]) {
        var digits: [UInt8] = []
        digits.appendBase64Digits(bytes)
        self.init(decoding: digits, as: UTF8.self)
    }
}

private let base64Digits = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

/// The value of each byte as a digit; 255 for a byte that is not a digit.
private let base64Values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, digit) in base64Digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
}()
