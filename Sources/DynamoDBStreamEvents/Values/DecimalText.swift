// A decimal number as it is spelled, taken apart without rounding: sign, significant digits, power of ten.

/// `sign × digits × 10^scale`, where the digits neither begin nor end with a zero. Zero has no digits.
///
/// The grammar is that of DynamoDB's numbers and JSON's together: an optional sign, digits with an optional point among
/// them, an optional exponent. `nan`, `inf` and hexadecimal forms are not numbers here.
package struct DecimalText<Text: Collection> where Text.Element == UInt8 {
    package let isNegative: Bool
    /// How many significant digits there are.
    package let digitCount: Int
    /// The power of ten of the last significant digit, held within ±1,000,000,000.
    package let scale: Int
    /// From the first significant digit to the last, a point among them perhaps.
    private let significant: Text.SubSequence

    package init?(_ text: Text) {
        var position = text.startIndex
        var isNegative = false
        if position < text.endIndex, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+") {
            isNegative = text[position] == UInt8(ascii: "-")
            text.formIndex(after: &position)
        }
        var hasDigits = false
        var hasPoint = false
        var fractionDigits = 0
        var digitCount = 0
        var trailingZeros = 0
        var start = text.endIndex
        var end = text.endIndex
        mantissa: while position < text.endIndex {
            switch text[position] {
            case UInt8(ascii: "0"):
                hasDigits = true
                if hasPoint { fractionDigits += 1 }
                if digitCount > 0 { trailingZeros += 1 }
            case UInt8(ascii: "1")...UInt8(ascii: "9"):
                hasDigits = true
                if hasPoint { fractionDigits += 1 }
                if digitCount == 0 { start = position }
                digitCount += trailingZeros + 1
                trailingZeros = 0
                end = text.index(after: position)
            case UInt8(ascii: ".") where !hasPoint: hasPoint = true
            default: break mantissa
            }
            text.formIndex(after: &position)
        }
        guard hasDigits, let exponent = Self.exponent(text[position...]) else { return nil }
        self.isNegative = isNegative
        self.digitCount = digitCount
        scale = digitCount == 0 ? 0 : exponent - fractionDigits + trailingZeros
        significant = digitCount == 0 ? text[text.endIndex...] : text[start..<end]
    }

    private static func exponent(_ text: Text.SubSequence) -> Int? {
        guard var rest = Optional(text), let letter = rest.popFirst() else { return 0 }
        guard letter | 0x20 == UInt8(ascii: "e") else { return nil }
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest.removeFirst()
        }
        guard !rest.isEmpty else { return nil }
        var exponent = 0
        for byte in rest {
            guard byte &- 0x30 < 10 else { return nil }
            exponent = min(exponent * 10 + Int(byte &- 0x30), 1_000_000_000)
        }
        return isNegative ? -exponent : exponent
    }

    package var isZero: Bool { digitCount == 0 }

    /// The significant digits as numbers from 0 to 9, first one first.
    package var digits: some Sequence<UInt8> {
        significant.lazy.filter { $0 != UInt8(ascii: ".") }.map { $0 &- 0x30 }
    }

    /// The number of digits before the point: 3 for 123.4, 0 for 0.5, -1 for 0.05.
    var magnitude: Int { digitCount + scale }

    /// The number as an integer type, or nil when it is not a whole number or does not fit.
    func exactly<Integer: FixedWidthInteger>(_: Integer.Type = Integer.self) -> Integer? {
        guard !isZero else { return 0 }
        guard scale >= 0 else { return nil }
        var value: Integer = 0
        for digit in digits {
            guard let next = value.appending(digit, isNegative: isNegative) else { return nil }
            value = next
        }
        // Ends at the latest when the type overflows, whatever the exponent says, for the value is not zero.
        for _ in 0..<scale {
            guard let next = value.appending(0, isNegative: isNegative) else { return nil }
            value = next
        }
        return value
    }
}

extension FixedWidthInteger {
    fileprivate func appending(_ digit: UInt8, isNegative: Bool) -> Self? {
        // No integer type is narrower than eight bits, so 10 and a digit always fit.
        let (shifted, overflow) = multipliedReportingOverflow(by: 10)
        guard !overflow else { return nil }
        let digit = Self(truncatingIfNeeded: digit)
        let (value, overflowed) =
            isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
        return overflowed ? nil : value
    }
}
