// Which bytes mean what in JSON, one at a time and eight at a time.

extension UInt8 {
    @inlinable
    var isDigit: Bool { @inline(__always) get { self &- 0x30 < 10 } }

    @inlinable
    var hexadecimalValue: UInt32? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self) - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self) - 0x41 + 10
        default: nil
        }
    }
}

extension UInt64 {
    /// Whether these bytes are `{"X":"`, where X is a capital letter.
    var opensTaggedString: Bool {
        @inline(__always) get {
            self & 0x0000_FFFF_FF00_FFFF == 0x0000_223A_2200_227B
                && UInt8(truncatingIfNeeded: self >> 16) &- UInt8(ascii: "A") < 26
        }
    }

    /// For eight bytes of a string, 0x80 at the first byte that needs a closer look: a quote, a backslash,
    /// a control character, anything beyond ASCII. Places above the first one may be marked wrongly, for the
    /// subtractions borrow; the lowest mark is exact, and 0 means that there is none.
    @inlinable
    var jsonStringStops: UInt64 {
        @inline(__always) get {
            let ones: UInt64 = 0x0101_0101_0101_0101
            let quotes = self ^ (ones &* 0x22)
            let backslashes = self ^ (ones &* 0x5C)
            let small = (quotes &- ones) | (backslashes &- ones) | (self &- ones &* 0x20)
            return (small | self) & 0x8080_8080_8080_8080
        }
    }
}
