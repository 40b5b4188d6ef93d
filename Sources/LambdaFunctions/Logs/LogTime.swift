// The moment of a log line, and how it is written.

internal import SharedState

/// A moment, to the microsecond.
struct LogTime: Sendable, Hashable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    let microseconds: Int64

    init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The moment this is called.
    static var now: LogTime {
        LogTime(microseconds: SystemClock.microsecondsSinceEpoch)
    }

    /// Appends `2026-11-21T06:10:00.123Z`, the RFC 3339 form that the platform reads a line's time from.
    func appendRFC3339(to bytes: inout [UInt8]) {
        let milliseconds = max(0, microseconds / 1000)
        let (year, month, day) = Self.date(daysSince1970: milliseconds / 86_400_000)
        let ofDay = milliseconds % 86_400_000
        bytes.appendDigits(year, 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDigits(month, 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDigits(day, 2)
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDigits(ofDay / 3_600_000, 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(ofDay / 60_000 % 60, 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(ofDay / 1000 % 60, 2)
        bytes.append(UInt8(ascii: "."))
        bytes.appendDigits(ofDay % 1000, 3)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// The Gregorian date, counted in years that begin with March so that the leap day is the last of one
    /// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

extension [UInt8] {
    fileprivate mutating func appendDigits(_ value: Int64, _ count: Int) {
        var divisor: Int64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
