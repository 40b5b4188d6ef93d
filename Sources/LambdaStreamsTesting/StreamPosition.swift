// The position of a generated record in its shard: sequence number, time, event id.

internal import LambdaStreams
internal import SeededNumbers

/// The stream that made records come from.
struct StreamIdentity: Sendable {
    let region: String
    let arn: String

    init(table: String, region: String, account: String, arn: String?) {
        self.region = region
        let partition = region.hasPrefix("cn-") ? "aws-cn" : region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
        self.arn =
            arn ?? "arn:\(partition):dynamodb:\(region):\(account):table/\(table)/stream/2026-09-17T12:49:54.528"
    }
}

struct StreamPosition: Sendable {
    /// DynamoDB's own numbers have no more.
    private static let maximumDigitCount = 40

    /// The sequence number's digits.
    private var digits: [UInt8]
    var time: EpochTime

    init(sequenceNumber: SequenceNumber?, time: EpochTime) {
        // 24 digits, as many as most shards have.
        digits = Array((sequenceNumber?.description ?? "519000043717437791710000").utf8)
        self.time = time
    }

    var sequenceNumber: String { String(decoding: digits, as: UTF8.self) }

    /// The same for the same place in a stream, 32 hexadecimal digits.
    var eventID: String {
        var random = SplitMix64(seed: digits.reduce(0) { $0 &* 31 &+ UInt64($1) })
        return (0..<2).map { _ in Self.hexadecimal(random.next()) }.joined()
    }

    /// Moves on to the next record: numbers of one shard grow, and not by one.
    mutating func advance() throws(StreamBuilderError) {
        var random = SplitMix64(seed: digits.reduce(7) { $0 &* 31 &+ UInt64($1) })
        var carry = 1 + UInt8(random.next() % 99)
        for position in digits.indices.reversed() where carry > 0 {
            carry += digits[position] - 0x30
            digits[position] = carry % 10 + 0x30
            carry /= 10
        }
        if carry > 0 { digits.insert(carry + 0x30, at: 0) }
        guard digits.count <= Self.maximumDigitCount else { throw .noSequenceNumberLeft }
        let (seconds, overflow) = time.seconds.addingReportingOverflow(1)
        time = EpochTime(seconds: overflow ? .max : seconds, nanoseconds: time.nanoseconds)
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
