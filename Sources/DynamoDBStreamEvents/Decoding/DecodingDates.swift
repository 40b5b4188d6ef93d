// Dates from numbers and ISO 8601 text, through the seconds since 2001 that Foundation's `Date` is made of.

import JSONScanning

/// The seconds from 1970-01-01 to 2001-01-01, both at midnight UTC.
let secondsFrom1970To2001: Int64 = 978_307_200

extension DecodingSession {
    func secondsSince2001(at node: JSONNode, form: AttributeForm) throws -> Double {
        let time: EpochTime?
        switch strategies.dateDecodingStrategy {
        case .epochSeconds: return try secondsSince2001(at: node, form: form, unitExponent: 0)
        case .epochMilliseconds: return try secondsSince2001(at: node, form: form, unitExponent: -3)
        case .iso8601:
            let text = try string(at: node, form: form)
            time = EpochTime(iso8601: text)
            if time == nil { throw corrupted("expected an ISO 8601 date, found \"\(text)\"", node) }
        case .custom(let read): time = try read(AttributeValue(node, form: form))
        }
        guard let time else { throw corrupted("expected a date", node) }
        return time.secondsSince2001
    }

    private func secondsSince2001(at node: JSONNode, form: AttributeForm, unitExponent: Int) throws -> Double {
        let decimal = try decimal(Double.self, at: node, form: form)
        guard let time = EpochTime(decimal, unitExponent: unitExponent) else {
            throw corrupted("the date is too far away", node)
        }
        return time.secondsSince2001
    }
}

extension EpochTime {
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
