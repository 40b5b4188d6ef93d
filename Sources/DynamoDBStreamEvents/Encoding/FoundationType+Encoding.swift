// Foundation's value types become attribute values: their archived forms, taken apart.

extension FoundationType {
    func encode(_ value: any Encodable, at path: [any CodingKey], in session: EncodingSession) throws -> AttributeValue
    {
        if self == .data, let bytes = value as? any Collection<UInt8> { return .binary(Array(bytes)) }
        let archive = EncodingSlot()
        // Archived with no strategies: this is about what the type is made of.
        try value.encode(to: AttributeEncoder(EncodingSession(AttributeValueEncoder()), archive, path))
        let archived = archive.resolved
        let attribute: AttributeValue? =
            switch self {
            case .date: try archived?.number.flatMap { try session.date($0.double, at: path) }
            case .data: archived?.list.flatMap { bytes in .binary(bytes.compactMap { $0.number?.exactly(UInt8.self) }) }
            case .uuid: archived
            case .url: Self.absoluteURL(archived).map(AttributeValue.string)
            case .decimal: Self.decimal(archived).map(AttributeValue.number)
            }
        guard let attribute else {
            throw session.invalid(value, "DynamoDB has no value for \(value)", path)
        }
        return attribute
    }

    /// `URL` archives a base and what is relative to it; only a text that stands alone can be stored.
    private static func absoluteURL(_ archived: AttributeValue?) -> String? {
        guard archived?["base"] == nil else { return nil }
        return archived?["relative"]?.string
    }

    /// nil for `Decimal.nan`, which archives itself as a negative number without digits.
    private static func decimal(_ archived: AttributeValue?) -> AttributeNumber? {
        guard let exponent = archived?["exponent"]?.number?.exactly(Int.self),
            let length = archived?["length"]?.number?.exactly(Int.self),
            let isNegative = archived?["isNegative"]?.bool,
            let words = archived?["mantissa"]?.list,
            !(length == 0 && isNegative)
        else { return nil }
        var mantissa: UInt128 = 0
        for word in words.prefix(max(0, length)).reversed() {
            guard let word = word.number?.exactly(UInt16.self) else { return nil }
            mantissa = mantissa << 16 | UInt128(word)
        }
        return AttributeNumber(checked: (isNegative ? "-" : "") + plainText(mantissa, exponent: exponent))
    }

    /// Digits and a point, as DynamoDB itself writes numbers.
    private static func plainText(_ mantissa: UInt128, exponent: Int) -> String {
        let digits = String(mantissa)
        if mantissa == 0 { return "0" }
        if exponent >= 0 { return digits + String(repeating: "0", count: exponent) }
        let padded = String(repeating: "0", count: max(0, 1 - exponent - digits.count)) + digits
        return "\(padded.dropLast(-exponent)).\(padded.suffix(-exponent))"
    }
}

extension EncodingSession {
    fileprivate func date(_ secondsSince2001: Double, at path: [any CodingKey]) throws -> AttributeValue? {
        guard let time = EpochTime(secondsSince2001: secondsSince2001) else { return nil }
        switch strategies.dateEncodingStrategy {
        case .epochSeconds: return .number(AttributeNumber(checked: time.decimalText(unitDigits: 0)))
        case .epochMilliseconds: return .number(AttributeNumber(checked: time.decimalText(unitDigits: 3)))
        case .iso8601: return time.iso8601.map(AttributeValue.string)
        case .custom(let write): return try write(time)
        }
    }
}

extension EpochTime {
    /// The time in units of `10^-unitDigits` seconds, with as many digits of a fraction as it takes.
    func decimalText(unitDigits: Int) -> String {
        let total = Int128(seconds) * 1_000_000_000 + Int128(nanoseconds)
        let digits = String(total.magnitude)
        let fractionDigits = 9 - unitDigits
        let padded = String(repeating: "0", count: max(0, fractionDigits + 1 - digits.count)) + digits
        var fraction = padded.suffix(fractionDigits)
        while fraction.last == "0" { fraction.removeLast() }
        let whole = padded.dropLast(fractionDigits)
        return (total < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : ".\(fraction)")
    }
}
