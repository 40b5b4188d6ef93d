// A record that was taken out of the stream's way: everything that is needed to understand it and to handle it later.

public import DynamoDBStreamEvents
internal import JSONScanning
public import LambdaFunctions

/// A record that the function could not handle, complete, with what is known about why.
///
/// ```swift
/// struct LoggingSink: DeadLetterSink {
///     func accept(_ letter: DeadLetter) async throws {
///         let json = String(decoding: letter.json, as: UTF8.self)
///         try await save(json, reason: letter.reason.rawValue, deliveries: letter.deliveries)
///         letter.invocation.logger.error("dead letter after \(letter.deliveries) deliveries: \(letter.errorType)")
///     }
/// }
/// ```
public struct DeadLetter: Sendable {
    /// Why a record is here.
    public enum Reason: String, Sendable, Hashable {
        /// As many deliveries of it failed as the policy allows.
        case deliveriesExhausted = "DeliveriesExhausted"
        /// No other delivery would heal it: its error says so, or it does not decode.
        case permanent = "Permanent"
        /// It crashed the process repeatedly.
        case crashed = "Crashed"
    }

    /// The record, unchanged.
    public let record: any BatchRecord
    /// Why the record is a dead letter.
    public let reason: Reason
    /// The type of the last error, as it is reported to Lambda: `Function.OrderRejected`.
    public let errorType: String
    /// What the last error says of itself, with the content it may quote; at most its first 16 KiB.
    public let errorMessage: String
    /// How many deliveries of the record failed, this one included, as far as they were counted.
    public let deliveries: Int
    /// The invocation that sent it here.
    public let invocation: LambdaContext
    /// When that was done.
    public let deadLetteredAt: EpochTime

    init(_ record: some BatchRecord, reason: Reason, error: any Error, deliveries: Int, invocation: LambdaContext) {
        self.record = record
        self.reason = reason
        let report = error.report
        errorType = report.type
        errorMessage = report.message.limited(to: Self.maximumErrorMessageSize)
        self.deliveries = deliveries
        self.invocation = invocation
        let now = LambdaClock.now.millisecondsSinceEpoch
        deadLetteredAt = EpochTime(seconds: now / 1000, nanoseconds: Int32(now % 1000) * 1_000_000)
    }

    /// One JSON object on one line; `record` is byte for byte what the event had:
    ///
    /// `{"version":"1.0","deadLetteredAt":"2026-09-17T12:50:50.123Z","reason":"Permanent","deliveries":1,`
    /// `"error":{"errorType":"…","errorMessage":"…"},"invocation":{"requestId":"…","functionArn":"…"},"record":{…}}`
    ///
    /// `Documentation/dead-letter.schema.json` is its JSON schema.
    public var json: [UInt8] {
        var json = envelope
        json.appendJSON(#","record":"#)
        // A line break between tokens of the record means nothing; inside a string JSON does not allow one.
        json.append(contentsOf: record.json.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
        json.appendJSON("}")
        return json
    }

    /// The same with `recordLocation` instead of `record`: a pointer, for stores that a large record does not fit into.
    ///
    /// `…,"recordLocation":{"bucket":"…","key":"…"}}`. The object at that place is the complete dead letter, ``json``.
    ///
    /// It has less than 128 KiB.
    public func json(recordAt location: DeadLetterLocation) -> [UInt8] {
        var json = envelope
        json.appendJSON(#","recordLocation":{"bucket":"#)
        json.appendJSONString(location.bucket)
        json.appendJSON(#","key":"#)
        json.appendJSONString(location.key)
        json.appendJSON("}}")
        return json
    }

    /// Everything but the record and the last brace.
    private var envelope: [UInt8] {
        var json: [UInt8] = []
        json.appendJSON(#"{"version":"1.0","deadLetteredAt":"#)
        json.appendJSONString(deadLetteredAt.iso8601 ?? "")
        json.appendJSON(#","reason":"#)
        json.appendJSONString(reason.rawValue)
        json.appendJSON(#","deliveries":"#)
        json.appendJSONInteger(deliveries)
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
        json.appendJSON("}")
        return json
    }

    private static let maximumErrorMessageSize = 16 * 1024
}

/// An object of Amazon S3 that is a complete dead letter.
///
/// ```swift
/// struct PointerSink: DeadLetterSink {
///     func accept(_ letter: DeadLetter) async throws {
///         let location = DeadLetterLocation(bucket: "orders-dead-letters", key: "letters/1.json")
///         try await S3Client().putObject(letter.json, key: location.key, in: location.bucket)
///         let pointer = String(decoding: letter.json(recordAt: location), as: UTF8.self)
///         try await save(pointer, reason: letter.reason.rawValue, deliveries: letter.deliveries)
///     }
/// }
/// ```
public struct DeadLetterLocation: Sendable, Hashable {
    /// The bucket's name.
    public var bucket: String
    /// The object's key.
    public var key: String

    /// Creates the location of an object.
    public init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }
}

extension String {
    /// The first characters, as many as fit into `size` bytes; an ellipsis says that there are more.
    fileprivate func limited(to size: Int) -> String {
        guard utf8.count > size else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: size)
        while Unicode.UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
        return String(self[..<end]) + "…"
    }
}

/// Stores the records that a function could not handle.
///
/// A sink must have stored the record when ``accept(_:)`` returns: the checkpoint then passes it.
///
/// ```swift
/// struct TableSink: DeadLetterSink {
///     func accept(_ letter: DeadLetter) async throws {
///         let json = String(decoding: letter.json, as: UTF8.self)
///         try await save(json, reason: letter.reason.rawValue, deliveries: letter.deliveries)
///     }
/// }
/// ```
public protocol DeadLetterSink: Sendable {
    /// Stores a record permanently.
    ///
    /// - Throws: when it could not; the record then counts as failed and comes again.
    func accept(_ letter: DeadLetter) async throws
}

/// Keeps dead letters in memory, for tests.
///
/// ```swift
/// let sink = InMemoryDeadLetterSink()
/// _ = try await processor.deadLettered(after: 1, to: sink).process(event)
/// #expect(await sink.letters.count == 1)
/// ```
public actor InMemoryDeadLetterSink: DeadLetterSink {
    /// The dead letters so far, in the order in which they came.
    public private(set) var letters: [DeadLetter] = []

    public init() {}

    public func accept(_ letter: DeadLetter) {
        letters.append(letter)
    }
}
