// A DynamoDB number: keeps its text, compares by value.

/// A number attribute.
///
/// ```swift
/// if let number = record.newImage?["total"]?.number {
///     let cents: Int? = number.exactly()
///     print(number.text, cents ?? 0, number.double)
/// }
/// ```
///
/// DynamoDB numbers have up to 38 significant digits and magnitudes up to 9.99E+125, which streams spell out in plain
/// digits, so no machine type holds all of them. The text is kept. Conversions are exact or nil. `1`, `1.0` and `1E0`
/// are equal.
public struct AttributeNumber: Sendable {
    /// The number's text, unchanged.
    public let text: String

    /// - Returns: nil unless `text` is a decimal number: a sign, digits with a point, an exponent; no `nan`, no `0x`.
    public init?(_ text: String) {
        guard DecimalText(text.utf8) != nil else { return nil }
        self.text = text
    }

    /// Creates the number of an integer, with all its digits.
    public init(_ value: some BinaryInteger) { text = String(value) }

    /// - Returns: nil for NaN and infinities, which DynamoDB does not have.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = value.description
    }

    /// For text that was checked before.
    init(checked text: String) { self.text = text }

    /// The number as an integer: `12`, `12.0` and `1.2E1` are 12; nil for `12.5` and for what does not fit.
    public func exactly<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) -> Integer? {
        DecimalText(text.utf8)?.exactly(type)
    }

    /// The nearest `Double`; infinite beyond its range, which no number that DynamoDB stores is.
    public var double: Double { Double(text) ?? .nan }
}

extension AttributeNumber: Comparable {
    public static func == (first: Self, second: Self) -> Bool {
        first.text == second.text || order(first, second) == 0
    }

    public static func < (first: Self, second: Self) -> Bool { order(first, second) < 0 }

    /// -1, 0 or 1 as the first number is less than, equal to or greater than the second one.
    private static func order(_ first: Self, _ second: Self) -> Int {
        guard let first = DecimalText(first.text.utf8), let second = DecimalText(second.text.utf8) else { return 0 }
        let signs = (first.sign, second.sign)
        guard signs.0 == signs.1 else { return signs.0 < signs.1 ? -1 : 1 }
        guard first.magnitude == second.magnitude else {
            return (first.magnitude < second.magnitude ? -1 : 1) * signs.0
        }
        if first.digits.lexicographicallyPrecedes(second.digits) { return -signs.0 }
        return first.digits.elementsEqual(second.digits) ? 0 : signs.0
    }
}

extension AttributeNumber: Hashable {
    public func hash(into hasher: inout Hasher) {
        guard let decimal = DecimalText(text.utf8) else { return }
        hasher.combine(decimal.sign)
        hasher.combine(decimal.magnitude)
        for digit in decimal.digits { hasher.combine(digit) }
    }
}

extension AttributeNumber {
    /// What DynamoDB counts a number's size by: its significant digits and the power of ten of the last of them.
    package var shape: (isNegative: Bool, digitCount: Int, scale: Int) {
        guard let decimal = DecimalText(text.utf8) else { return (false, 0, 0) }
        return (decimal.isNegative && !decimal.isZero, decimal.digitCount, decimal.scale)
    }
}

extension DecimalText {
    fileprivate var sign: Int { isZero ? 0 : isNegative ? -1 : 1 }
}

extension AttributeNumber: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(integerLiteral value: Int) { self.init(value) }

    /// A literal is finite, except one beyond the range of `Double`, which becomes the greatest one there is.
    public init(floatLiteral value: Double) {
        let greatest = Double.greatestFiniteMagnitude
        text = min(max(value, -greatest), greatest).description
    }
}

extension AttributeNumber: LosslessStringConvertible {
    public var description: String { text }
}
