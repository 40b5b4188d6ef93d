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
        var (date, hours, seconds) = (EightBytes("0000-00-"), EightBytes("00T00:00"), EightBytes(":00.000Z"))
        date.write(year, lastAt: 3, digits: 4)
        date.write(month, lastAt: 6, digits: 2)
        hours.write(day, lastAt: 1, digits: 2)
        hours.write(ofDay / 3_600_000, lastAt: 4, digits: 2)
        hours.write(ofDay / 60_000 % 60, lastAt: 7, digits: 2)
        seconds.write(ofDay / 1000 % 60, lastAt: 2, digits: 2)
        seconds.write(ofDay % 1000, lastAt: 6, digits: 3)
        withUnsafeBytes(of: (date.bits.littleEndian, hours.bits.littleEndian, seconds.bits.littleEndian)) {
            bytes.append(contentsOf: $0)
        }
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

/// Eight characters in a register, the first one lowest: a line's time is written for every record.
private struct EightBytes {
    private(set) var bits: UInt64

    init(_ text: StaticString) {
        bits = text.withUTF8Buffer { $0.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    }

    /// Adds the last digits of a number to the zeros that end at `place`.
    @inline(__always)
    mutating func write(_ value: Int64, lastAt place: Int, digits: Int) {
        var rest = UInt32(truncatingIfNeeded: value)
        for distance in 0..<digits {
            bits += UInt64(rest % 10) << UInt64(8 * (place - distance))
            rest /= 10
        }
    }
}
