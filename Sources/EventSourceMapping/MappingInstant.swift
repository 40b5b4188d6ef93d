// A moment on the mapping's clock, which the driver moves: virtual or real, the mapping does not know.

public import DynamoDBStreamEvents

/// A moment, to the millisecond, within the years 0000 to 9999.
///
/// ```swift
/// if let start = MappingInstant(iso8601: "2026-01-01T00:00:00Z") {
///     let end = start + .seconds(90)
///     print(end, end - start)  // 2026-01-01T00:01:30.000Z 90.0 seconds
/// }
/// ```
public struct MappingInstant: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    private static let earliest: Int64 = -62_167_219_200_000
    private static let latest: Int64 = 253_402_300_799_999

    /// - Parameter milliseconds: since 1970-01-01T00:00:00Z, held within the years 0000 to 9999.
    public init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, Self.earliest), Self.latest)
    }

    /// The millisecond in which `time` lies.
    public init(_ time: EpochTime) {
        let seconds = min(max(time.seconds, Self.earliest / 1_000), Self.latest / 1_000)
        self.init(milliseconds: seconds * 1_000 + Int64(time.nanoseconds / 1_000_000))
    }

    /// Reads ISO 8601, as `2026-01-01T00:00:00.000Z`.
    public init?(iso8601 text: String) {
        guard let time = EpochTime(iso8601: text) else { return nil }
        self.init(time)
    }

    /// The moment `duration` later, to the millisecond.
    public static func + (instant: Self, duration: Duration) -> Self {
        // A span beyond all years is as good as that of all of them.
        let span = latest - earliest
        let components = duration.components
        let seconds = min(max(components.seconds, -span / 1_000), span / 1_000)
        let milliseconds = seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
        return Self(milliseconds: instant.milliseconds + milliseconds)
    }

    /// The time from `earlier` to `later`.
    public static func - (later: Self, earlier: Self) -> Duration {
        .milliseconds(later.milliseconds - earlier.milliseconds)
    }

    public static func < (first: Self, second: Self) -> Bool { first.milliseconds < second.milliseconds }

    /// Seconds since 1970, rounded down.
    var seconds: Int64 {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// `2026-01-01T00:00:00Z`: how destination messages and windows write times, to the second.
    public var iso8601Seconds: String { EpochTime(seconds: seconds).iso8601 ?? "" }
}

extension MappingInstant: CustomStringConvertible {
    /// `2026-01-01T00:00:00.000Z`, always with three digits of a fraction.
    public var description: String {
        let fraction = String(milliseconds - seconds * 1_000)
        return "\(iso8601Seconds.dropLast()).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)Z"
    }
}
