// Dates from numbers and ISO 8601 text, through the seconds since 2001 that Foundation's `Date` is made of.

import JSONScanning

/// The seconds from 1970-01-01 to 2001-01-01, both at midnight UTC.
let secondsFrom1970To2001: Int64 = 978_307_200

extension DecodingSession {
    func secondsSince2001(at place: JSONNode.Place, form: AttributeForm) throws -> Double {
        let time: EpochTime?
        switch strategies.dateDecodingStrategy {
        case .epochSeconds: return try secondsSince2001(at: place, form: form, unitExponent: 0)
        case .epochMilliseconds: return try secondsSince2001(at: place, form: form, unitExponent: -3)
        case .iso8601:
            let text = try string(at: place, form: form)
            time = EpochTime(iso8601: text)
            if time == nil { throw corrupted("expected an ISO 8601 date, found \"\(text)\"", node(at: place)) }
        case .custom(let read): time = try read(AttributeValue(node(at: place), form: form))
        }
        guard let time else { throw corrupted("expected a date", node(at: place)) }
        return time.secondsSince2001
    }

    private func secondsSince2001(at place: JSONNode.Place, form: AttributeForm, unitExponent: Int) throws -> Double {
        if let number = shortNumber(at: place, form: form),
            let time = EpochTime(number, unitExponent: unitExponent)
        {
            return time.secondsSince2001
        }
        let decimal = try decimal(Double.self, at: place, form: form)
        guard let time = EpochTime(decimal, unitExponent: unitExponent) else {
            throw corrupted("the date is too far away", node(at: place))
        }
        return time.secondsSince2001
    }
}

extension EpochTime {
    /// Reads a short number of units of `10^exponent` seconds; nil when it has digits below the nanosecond.
    fileprivate init?(_ number: ShortDecimal, unitExponent exponent: Int) {
        guard case let fractionDigits = number.fractionDigits - exponent, fractionDigits <= 9 else { return nil }
        var (unit, nanosecond): (Int64, Int64) = (1, 1_000_000_000)
        for _ in 0..<fractionDigits {
            unit *= 10
            nanosecond /= 10
        }
        var (seconds, rest) = number.digits.quotientAndRemainder(dividingBy: unit)
        if rest < 0 { (seconds, rest) = (seconds - 1, rest + unit) }
        self.init(seconds: seconds, nanoseconds: Int32(rest * nanosecond))
    }

    /// Rounded once: the whole seconds are exact, and so is what the shift takes away.
    var secondsSince2001: Double {
        let (shifted, overflow) = seconds.subtractingReportingOverflow(secondsFrom1970To2001)
        return Double(overflow ? seconds : shifted) + Double(nanoseconds) / 1e9
    }

    /// The nearest nanosecond; nil for NaN and for what is too far away.
    init?(secondsSince2001 value: Double) {
        let whole = value.rounded(.down)
        guard let seconds = Int64(exactly: whole) else { return nil }
        let (shifted, overflow) = seconds.addingReportingOverflow(secondsFrom1970To2001)
        guard !overflow, shifted < Int64.max else { return nil }
        let nanoseconds = Int32(((value - whole) * 1e9).rounded())
        self.init(
            seconds: nanoseconds == 1_000_000_000 ? shifted + 1 : shifted,
            nanoseconds: nanoseconds == 1_000_000_000 ? 0 : nanoseconds
        )
    }
}
