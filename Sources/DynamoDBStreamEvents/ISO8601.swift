// Dates as ISO 8601 text, the profile of RFC 3339: 2026-11-21T03:04:05.678Z.

extension EpochTime {
    /// Reads `yyyy-MM-ddTHH:mm:ss` with an optional fraction and `Z` or an offset. Digits below the nanosecond are
    /// dropped.
    public init?(iso8601 text: String) {
        var rest = Array(text.utf8)[...]
        guard let year = rest.popNumber(4), rest.pop("-"), let month = rest.popNumber(2), (1...12).contains(month),
            rest.pop("-"), let day = rest.popNumber(2), (1...Self.days(in: month, of: year)).contains(day),
            rest.pop("T") || rest.pop("t") || rest.pop(" "),
            let hour = rest.popNumber(2), hour < 24, rest.pop(":"),
            let minute = rest.popNumber(2), minute < 60, rest.pop(":"),
            // A leap second is the first of the next minute, as POSIX has it.
            let second = rest.popNumber(2), second <= 60
        else { return nil }
        var nanoseconds: Int32 = 0
        if rest.pop(".") || rest.pop(",") {
            let digits = rest.prefix { $0 &- 0x30 < 10 }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            for position in 0..<9 {
                let digit = digits.dropFirst(position).first.map { Int32($0 &- 0x30) }
                nanoseconds = nanoseconds * 10 + (digit ?? 0)
            }
        }
        guard let offset = rest.popOffset(), rest.isEmpty else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        self.init(
            seconds: Int64(days * 86_400 + hour * 3_600 + minute * 60 + second - offset),
            nanoseconds: nanoseconds
        )
    }

    /// The moment in UTC, with as many digits of a fraction as it has.
    ///
    /// - Returns: nil outside the years 0000 to 9999, which the format cannot write.
    public var iso8601: String? {
        let (day, second) = Self.floored(seconds, by: 86_400)
        guard (-719_528..<2_932_897).contains(day) else { return nil }
        let (year, month, dayOfMonth) = Self.date(daysSince1970: Int(day))
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        text += "T\(padded(Int(second) / 3_600, 2)):\(padded(Int(second) / 60 % 60, 2)):\(padded(Int(second) % 60, 2))"
        if nanoseconds != 0 {
            var fraction = padded(Int(nanoseconds), 9)
            while fraction.last == "0" { fraction.removeLast() }
            text += ".\(fraction)"
        }
        return text + "Z"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    // MARK: The calendar, after Howard Hinnant's days_from_civil: years begin in March, so leap days come last.

    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floored(year, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = floored(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func floored<Integer: BinaryInteger>(_ value: Integer, by divisor: Integer) -> (Integer, Integer) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func pop(_ character: Unicode.Scalar) -> Bool {
        guard let first, UInt32(first) == character.value else { return false }
        removeFirst()
        return true
    }

    fileprivate mutating func popNumber(_ digits: Int) -> Int? {
        guard count >= digits, prefix(digits).allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        let number = prefix(digits).reduce(0) { $0 * 10 + Int($1 &- 0x30) }
        removeFirst(digits)
        return number
    }

    /// Seconds east of Greenwich.
    fileprivate mutating func popOffset() -> Int? {
        if pop("Z") || pop("z") { return 0 }
        let isWest = first == UInt8(ascii: "-")
        guard pop("+") || pop("-"), let hours = popNumber(2), hours < 24 else { return nil }
        _ = pop(":")
        guard let minutes = popNumber(2), minutes < 60 else { return nil }
        return (hours * 3_600 + minutes * 60) * (isWest ? -1 : 1)
    }
}
