// A number as Java writes a double, which is how Lambda writes `ApproximateCreationDateTime`: 1.789651658E9.

extension Double {
    /// The text of `Double.toString` of Java: at least one digit after the point, and a power of ten below a thousandth
    /// and from ten million on.
    package var javaText: String {
        guard isFinite, self != 0 else { return self == 0 ? (sign == .minus ? "-0.0" : "0.0") : "\(self)" }
        // Swift's description has the same digits, the fewest that tell the double from its neighbors.
        var digits: [UInt8] = []
        var pointPosition: Int?
        var exponent = 0
        let text = Array(magnitude.description.utf8)
        let letter = text.firstIndex(of: UInt8(ascii: "e")) ?? text.count
        for byte in text[..<letter] {
            if byte == UInt8(ascii: ".") { pointPosition = digits.count } else { digits.append(byte) }
        }
        if letter < text.count { exponent = Int(String(decoding: text[(letter + 1)...], as: UTF8.self)) ?? 0 }
        let leadingZeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        // The value is 0.digits times ten to the scale.
        var scale = (pointPosition ?? digits.count) + exponent - leadingZeros
        digits.removeFirst(leadingZeros)
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        func spelled(_ slice: some Sequence<UInt8>, orZero isEmpty: Bool) -> String {
            isEmpty ? "0" : String(decoding: Array(slice), as: UTF8.self)
        }
        let sign = self < 0 ? "-" : ""
        if magnitude >= 1e-3, magnitude < 1e7 {
            if scale <= 0 {
                return "\(sign)0.\(String(repeating: "0", count: -scale))\(spelled(digits, orZero: false))"
            }
            while digits.count < scale { digits.append(UInt8(ascii: "0")) }
            let fraction = digits[scale...]
            return "\(sign)\(spelled(digits[..<scale], orZero: false)).\(spelled(fraction, orZero: fraction.isEmpty))"
        }
        scale -= 1
        let fraction = digits.dropFirst()
        return
            "\(sign)\(spelled(digits.prefix(1), orZero: false)).\(spelled(fraction, orZero: fraction.isEmpty))E\(scale)"
    }
}
