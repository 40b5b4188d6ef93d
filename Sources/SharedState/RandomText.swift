// Random identifiers.

/// Identifiers from the system's random number generator, which a restored snapshot does not repeat.
package enum RandomText {
    /// A random UUID (RFC 9562, version 4) in lower case: 36 characters.
    package static func uuid() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = (generator.next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        let low = (generator.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        return hexadecimal(high >> 32, 8) + "-" + hexadecimal(high >> 16 & 0xFFFF, 4) + "-"
            + hexadecimal(high & 0xFFFF, 4)
            + "-" + hexadecimal(low >> 48, 4) + "-" + hexadecimal(low & 0xFFFF_FFFF_FFFF, 12)
    }

    /// The last `count` hexadecimal digits of `value`, in lower case.
    package static func hexadecimal(_ value: UInt64, _ count: Int) -> String {
        String(unsafeUninitializedCapacity: count) { digits in
            for place in 0..<count {
                let digit = UInt8(truncatingIfNeeded: value >> (4 * (count - 1 - place)) & 0xF)
                digits[place] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
            }
            return count
        }
    }
}
