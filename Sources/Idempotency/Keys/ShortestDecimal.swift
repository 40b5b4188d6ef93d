// The shortest decimal that reads back as a given Double, and how Python, JavaScript and Java lay it out.

internal import JSONScanning

/// `0.digits × 10^point`, the fewest digits that tell the number from its neighbors.
struct ShortestDecimal {
    let isNegative: Bool
    /// ASCII digits without a zero at either end; a single `0` for zero.
    let digits: [UInt8]
    /// How many digits stand before the point: 3 for 123.4, -1 for 0.0123. 1 for zero.
    let point: Int

    /// - Parameter value: finite.
    init(_ value: Double) {
        // The standard library finds the same digits as the others do, but changes to an exponent elsewhere.
        var text = Array(value.magnitude.description.utf8)[...]
        var exponent = 0
        if let letter = text.firstIndex(of: UInt8(ascii: "e")) {
            exponent = Int(String(decoding: text[(letter + 1)...], as: UTF8.self)) ?? 0
            text = text[..<letter]
        }
        let whole = text.prefix { $0 != UInt8(ascii: ".") }
        let all = text.filter { $0 != UInt8(ascii: ".") }
        let significant = all.drop { $0 == UInt8(ascii: "0") }
        var trimmed = significant
        while trimmed.last == UInt8(ascii: "0") { trimmed.removeLast() }
        isNegative = value.sign == .minus
        digits = trimmed.isEmpty ? [UInt8(ascii: "0")] : Array(trimmed)
        point = trimmed.isEmpty ? 1 : whole.count - (all.count - significant.count) + exponent
    }

    /// `float.__repr__`: plain from 1e-4 to 1e16, else an exponent of two digits at least; `.0` behind a whole number.
    var python: [UInt8] {
        switch point {
        case -3...16: plain(fraction: ".0")
        default: scientific(letter: "e", fraction: "", exponentSign: "+", exponentDigits: 2)
        }
    }

    /// `Number.prototype.toString`: plain from 1e-6 to 1e21, else an exponent with its sign; -0 is 0.
    var javaScript: [UInt8] {
        if digits == [UInt8(ascii: "0")] { return digits }
        return switch point {
        case -5...21: plain(fraction: "")
        default: scientific(letter: "e", fraction: "", exponentSign: "+", exponentDigits: 1)
        }
    }

    /// `Double.toString`: plain from 1e-3 to 1e7, else `E`; always a digit behind the point.
    var java: [UInt8] {
        switch point {
        case -2...7: plain(fraction: ".0")
        default: scientific(letter: "E", fraction: ".0", exponentSign: "", exponentDigits: 1)
        }
    }

    /// - Parameter fraction: what a whole number ends with.
    private func plain(fraction: StaticString) -> [UInt8] {
        var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        if point <= 0 {
            text.appendJSON("0.")
            text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -point))
            text.append(contentsOf: digits)
        } else if point >= digits.count {
            text.append(contentsOf: digits)
            text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: point - digits.count))
            text.appendJSON(fraction)
        } else {
            text.append(contentsOf: digits[..<point])
            text.appendJSON(".")
            text.append(contentsOf: digits[point...])
        }
        return text
    }

    private func scientific(
        letter: StaticString,
        fraction: StaticString,
        exponentSign: StaticString,
        exponentDigits: Int
    ) -> [UInt8] {
        var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        text.append(digits[0])
        if digits.count > 1 {
            text.appendJSON(".")
            text.append(contentsOf: digits[1...])
        } else {
            text.appendJSON(fraction)
        }
        text.appendJSON(letter)
        let exponent = point - 1
        text.appendJSON(exponent < 0 ? "-" : exponentSign)
        let magnitude = String(exponent.magnitude)
        text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(exponentDigits - magnitude.utf8.count, 0)))
        text.append(contentsOf: magnitude.utf8)
        return text
    }
}
