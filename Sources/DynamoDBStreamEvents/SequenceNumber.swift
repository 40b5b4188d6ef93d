// A record's place in its shard.

/// A sequence number: a decimal integer, compared as a number.
///
/// ```swift
/// if let first = SequenceNumber("9"), let second = SequenceNumber("10") { print(first < second) }  // true
/// ```
///
/// DynamoDB's own numbers have up to 40 digits, LocalStack's 56, and those of one shard grow in width. As text, "9" would
/// sort after "10", and no fixed-width integer holds these numbers. Leading zeros are kept for `description` and mean
/// nothing otherwise.
public struct SequenceNumber: Sendable {
    /// The value of the last 57 digits is `top × 10^38 + middle × 10^19 + bottom`.
    private var top: UInt64 = 0
    private var middle: UInt64 = 0
    private var bottom: UInt64 = 0
    /// Groups of 19 digits above those, the most significant first and not zero; nil for nearly every number.
    private var higher: [UInt64]?
    private let digitCount: UInt16

    /// A bound on the input, far beyond what any service writes.
    public static let maximumDigitCount = 1_000

    private static let groupSize = 19

    /// - Returns: nil unless `digits` are 1 to ``maximumDigitCount`` ASCII digits.
    public init?(_ digits: some Collection<UInt8>) {
        let count = digits.count
        guard (1...Self.maximumDigitCount).contains(count) else { return nil }
        digitCount = UInt16(count)
        var position = digits.startIndex
        var remaining = count
        while remaining > 0 {
            // The first group has what the others, of nineteen each, leave over.
            let size = (remaining - 1) % Self.groupSize + 1
            guard let group = Self.group(of: size, in: digits, from: &position) else { return nil }
            remaining -= size
            switch remaining / Self.groupSize {
            case 0: bottom = group
            case 1: middle = group
            case 2: top = group
            default: if higher != nil || group != 0 { higher = (higher ?? []) + [group] }
            }
        }
    }

    /// Whether a number can be made of `digits`, without making it.
    static func isSpelled(by digits: UnsafeBufferPointer<UInt8>) -> Bool {
        (1...maximumDigitCount).contains(digits.count) && digits.allSatisfy { $0 &- 0x30 < 10 }
    }

    /// The value of the next digits, of which nineteen are less than 2^64.
    @inline(__always)
    private static func group<Digits: Collection<UInt8>>(
        of count: Int,
        in digits: Digits,
        from position: inout Digits.Index
    ) -> UInt64? {
        var group: UInt64 = 0
        for _ in 0..<count {
            let digit = digits[position] &- 0x30
            guard digit < 10 else { return nil }
            group = group &* 10 &+ UInt64(digit)
            digits.formIndex(after: &position)
        }
        return group
    }
}

extension SequenceNumber: Comparable {
    public static func < (first: Self, second: Self) -> Bool {
        if first.higher != nil || second.higher != nil {
            let (one, other) = (first.higher ?? [], second.higher ?? [])
            if one.count != other.count { return one.count < other.count }
            if one != other { return one.lexicographicallyPrecedes(other) }
        }
        return (first.top, first.middle, first.bottom) < (second.top, second.middle, second.bottom)
    }

    public static func == (first: Self, second: Self) -> Bool {
        (first.top, first.middle, first.bottom) == (second.top, second.middle, second.bottom)
            && first.higher == second.higher
    }
}

extension SequenceNumber: Hashable {
    public func hash(into hasher: inout Hasher) {
        hasher.combine(top)
        hasher.combine(middle)
        hasher.combine(bottom)
        if let higher { hasher.combine(higher) }
    }
}

extension SequenceNumber: LosslessStringConvertible {
    /// Reads a number of decimal digits; nil for any other text.
    public init?(_ description: String) { self.init(description.utf8) }

    /// The exact text it was made from.
    public var description: String {
        var digits = [UInt8](repeating: 0x30, count: Int(digitCount))
        var end = digits.count
        func write(_ group: UInt64) {
            var group = group
            let start = max(0, end - Self.groupSize)
            for position in (start..<end).reversed() {
                digits[position] += UInt8(group % 10)
                group /= 10
            }
            end = start
        }
        write(bottom)
        write(middle)
        write(top)
        for group in (higher ?? []).reversed() { write(group) }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension SequenceNumber: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let number = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected decimal digits")
        }
        self = number
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
