// A record that was given up: everything that is needed to understand it and to handle it later.

public import DynamoDBStreamEvents
internal import JSONScanning
public import LambdaFunctions

/// A record that is taken out of the stream's way, complete, with what is known about why.
public struct PoisonRecord: Sendable {
    /// Why a record is given up.
    public enum Reason: String, Sendable, Hashable {
        /// It failed as often as the policy allows.
        case attemptsExhausted = "AttemptsExhausted"
        /// The handler said that no attempt would help.
        case permanent = "Permanent"
        /// It crashed the process.
        case crashed = "Crashed"
    }

    /// The record as it came.
    public let record: any BatchRecord
    public let reason: Reason
    /// The type of the last error, as it is reported to Lambda: `Function.OrderRejected`.
    public let errorType: String
    /// What the last error says of itself, with the content it may quote.
    public let errorMessage: String
    /// How often the record was tried, this time included, over all deliveries that are known of.
    public let attempts: Int
    /// The invocation that gave it up.
    public let invocation: LambdaContext
    /// When that was.
    public let capturedAt: EpochTime

    init(_ record: some BatchRecord, reason: Reason, error: any Error, attempts: Int, invocation: LambdaContext) {
        self.record = record
        self.reason = reason
        (errorType, errorMessage) = error.report
        self.attempts = attempts
        self.invocation = invocation
        let now = LambdaClock.now.millisecondsSinceEpoch
        capturedAt = EpochTime(seconds: now / 1000, nanoseconds: Int32(now % 1000) * 1_000_000)
    }

    /// One JSON object on one line; `record` is byte for byte what the event had:
    ///
    /// `{"version":"1.0","capturedAt":"2026-09-17T12:50:50.123Z","reason":"Permanent","attempts":1,`
    /// `"error":{"errorType":"…","errorMessage":"…"},"invocation":{"requestId":"…","functionArn":"…"},"record":{…}}`
    public var json: [UInt8] {
        var json: [UInt8] = []
        json.appendJSON(#"{"version":"1.0","capturedAt":"#)
        json.appendJSONString(capturedAt.iso8601 ?? "")
        json.appendJSON(#","reason":"#)
        json.appendJSONString(reason.rawValue)
        json.appendJSON(#","attempts":"#)
        json.appendJSONInteger(attempts)
        json.appendJSON(#","error":{"errorType":"#)
        json.appendJSONString(errorType)
        json.appendJSON(#","errorMessage":"#)
        json.appendJSONString(errorMessage)
        json.appendJSON(#"},"invocation":{"requestId":"#)
        json.appendJSONString(invocation.requestID)
        for (name, value) in [
            ("functionArn", invocation.invokedFunctionARN), ("functionName", invocation.functionName),
            ("functionVersion", invocation.functionVersion), ("logGroupName", invocation.logGroupName),
            ("logStreamName", invocation.logStreamName), ("traceId", invocation.traceID),
        ] {
            guard let value else { continue }
            json.appendJSON(",")
            json.appendJSONString(name)
            json.appendJSON(":")
            json.appendJSONString(value)
        }
        json.appendJSON(#"},"record":"#)
        // A line break between tokens of the record means nothing; inside a string JSON does not allow one.
        json.append(contentsOf: record.json.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
        json.appendJSON("}")
        return json
    }
}

/// Takes records that are given up.
///
/// A sink must have stored the record when ``accept(_:)`` returns: the checkpoint then passes it.
public protocol PoisonSink: Sendable {
    /// Stores a record for good.
    ///
    /// - Throws: when it could not; the record then counts as failed and comes again.
    func accept(_ poison: PoisonRecord) async throws
}

/// Keeps what it is given in memory, for tests.
public actor InMemoryPoisonSink: PoisonSink {
    public private(set) var records: [PoisonRecord] = []

    public init() {}

    public func accept(_ poison: PoisonRecord) {
        records.append(poison)
    }
}
