// A moment as DynamoDB tells it, exact to the nanosecond.

/// A moment: seconds and nanoseconds since 1970-01-01T00:00:00Z.
///
/// ```swift
/// let event = try StreamEvent.Builder(keys: "id", time: EpochTime(seconds: 1_767_225_600))
///     .insert(Order(id: "o-1", total: 12.5))
///     .build()
/// let written = event.records[0].approximateCreationDateTime?.secondsSince1970
/// ```
public struct EpochTime: Hashable, Sendable {
    /// Whole seconds since 1970-01-01T00:00:00Z, negative before.
    public let seconds: Int64
    /// 0 to 999,999,999, added to `seconds` also before 1970.
    public let nanoseconds: Int32

    /// - Parameters:
    ///   - seconds: seconds since 1970, negative before.
    ///   - nanoseconds: held within 0...999,999,999.
    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }

    /// The nearest number of seconds a `Double` can hold.
    public var secondsSince1970: Double { Double(seconds) + Double(nanoseconds) / 1e9 }

    /// Reads a decimal number of units of `10^exponent` seconds. Digits past the nanosecond are dropped.
    ///
    /// - Returns: nil if the seconds do not fit into 64 bits.
    init?<Text>(_ decimal: DecimalText<Text>, unitExponent exponent: Int = 0) {
        let scale = decimal.scale + exponent
        var nanoseconds: Int128 = 0
        var power = scale + decimal.digitCount - 1
        guard power < 19 else { return nil }
        // 19 digits of seconds and 9 below them stay far under the range of 128 bits.
        for digit in decimal.digits {
            guard power >= -9 else { break }
            nanoseconds = nanoseconds * 10 + Int128(digit)
            power -= 1
        }
        if !decimal.isZero { for _ in 0..<max(0, power + 10) { nanoseconds *= 10 } }
        if decimal.isNegative { nanoseconds = -nanoseconds }
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard let seconds = Int64(exactly: remainder < 0 ? quotient - 1 : quotient) else { return nil }
        self.seconds = seconds
        self.nanoseconds = Int32(remainder < 0 ? remainder + 1_000_000_000 : remainder)
    }
}

extension EpochTime: Comparable {
    public static func < (first: Self, second: Self) -> Bool {
        (first.seconds, first.nanoseconds) < (second.seconds, second.nanoseconds)
    }
}
