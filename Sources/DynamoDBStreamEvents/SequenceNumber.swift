// A record's place in its shard.

/// A sequence number: a decimal of up to 40 digits, compared as a number.
///
/// As text, "9" would come after "10"; as a fixed-width integer, it would not fit. Leading zeros are kept for
/// `description` and mean nothing otherwise.
public struct SequenceNumber: Sendable {
    /// The value is `top × 10^38 + middle × 10^19 + bottom`.
    private var top: UInt8 = 0
    private var middle: UInt64 = 0
    private var bottom: UInt64 = 0
    private let digitCount: UInt8

    public static let maximumDigitCount = 40

    /// - Returns: nil unless `digits` are 1 to 40 ASCII digits.
    public init?(_ digits: some Collection<UInt8>) {
        let count = digits.count
        guard (1...Self.maximumDigitCount).contains(count) else { return nil }
        digitCount = UInt8(count)
        var remaining = count
        for digit in digits {
            guard digit &- 0x30 < 10 else { return nil }
            let value = digit &- 0x30
            // The first two of forty digits go to `top`; nineteen nines are less than 2^64.
            if remaining > 38 {
                top = top &* 10 &+ value
            } else if remaining > 19 {
                middle = middle &* 10 &+ UInt64(value)
            } else {
                bottom = bottom &* 10 &+ UInt64(value)
            }
            remaining -= 1
        }
    }
}

extension SequenceNumber: Comparable {
    public static func < (first: Self, second: Self) -> Bool {
        (first.top, first.middle, first.bottom) < (second.top, second.middle, second.bottom)
    }

    public static func == (first: Self, second: Self) -> Bool {
        (first.top, first.middle, first.bottom) == (second.top, second.middle, second.bottom)
    }
}

extension SequenceNumber: Hashable {
    public func hash(into hasher: inout Hasher) {
        hasher.combine(top)
        hasher.combine(middle)
        hasher.combine(bottom)
    }
}

extension SequenceNumber: LosslessStringConvertible {
    public init?(_ description: String) { self.init(description.utf8) }

    /// The exact text it was made from.
    public var description: String {
        var digits = [UInt8](repeating: 0x30, count: Int(digitCount))
        var (top, middle, bottom) = (top, middle, bottom)
        for (distance, position) in digits.indices.reversed().enumerated() {
            if distance < 19 {
                digits[position] += UInt8(bottom % 10)
                bottom /= 10
            } else if distance < 38 {
                digits[position] += UInt8(middle % 10)
                middle /= 10
            } else {
                digits[position] += top % 10
                top /= 10
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension SequenceNumber: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let number = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected 1 to 40 digits")
        }
        self = number
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
