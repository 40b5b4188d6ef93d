// Percent-encoding as Signature Version 4 wants it.

extension String {
    /// Every byte but `A-Z a-z 0-9 - . _ ~` becomes `%XX`, in upper case ("Create a signed AWS API request", UriEncode).
    ///
    /// - Parameter kept: one more character that stays.
    func percentEncoded(keeping kept: Unicode.Scalar? = nil) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            case _ where kept.map { UInt32(byte) == $0.value } == true: encoded.append(byte)
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
