// Percent-encoding of what becomes part of a URL.

extension String {
    /// The text with every byte as `%XX`, in upper case, except `A-Z a-z 0-9 - . _ ~` (RFC 3986, section 2.3; the
    /// UriEncode of "Create a signed AWS API request").
    ///
    /// - Parameter kept: one more ASCII character that stays.
    package func percentEncoded(keeping kept: Unicode.Scalar? = nil) -> String {
        func stays(_ byte: UInt8) -> Bool { byte.isUnreserved || kept.map { UInt32(byte) == $0.value } == true }
        if utf8.withContiguousStorageIfAvailable({ $0.allSatisfy(stays) }) == true { return self }
        var encoded: [UInt8] = []
        for byte in utf8 {
            if stays(byte) {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                encoded.append(hexadecimalDigit(byte >> 4))
                encoded.append(hexadecimalDigit(byte & 0xF))
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

private func hexadecimalDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
}

extension UInt8 {
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
