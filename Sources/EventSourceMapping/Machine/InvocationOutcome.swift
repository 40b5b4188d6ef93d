// The outcomes of an invocation, as the mapping sees them.

internal import JSONScanning

/// How an invocation ended.
public enum InvocationOutcome: Hashable, Sendable {
    /// The function responded with these bytes; none if a bootstrap returns nothing.
    case response([UInt8])
    /// The function failed: it threw, ran out of time or memory, or its process ended. All of them are `Unhandled` in
    /// a destination message.
    ///
    /// - Parameter message: for people; the mapping ignores it.
    case functionError(message: String)
    /// 429: nothing ran. It is tried again and does not count as an attempt.
    case throttled
    /// The function could not be invoked for a reason that may pass: a failure of the service, a missing permission, a
    /// function that is being created. It does not count as an attempt.
    ///
    /// - Parameter reason: for people.
    case unavailable(reason: String)
    /// 413: the event was larger than an invocation may be. It counts as an attempt.
    case requestTooLarge

    /// A response of text.
    public static func response(_ json: String) -> Self { .response(Array(json.utf8)) }

    /// The response of a function that handled every record.
    public static let success = Self.response(#"{"batchItemFailures":[]}"#)

    /// The response of a function that reports these sequence numbers as failed.
    public static func failed(_ sequenceNumbers: [String]) -> Self {
        var json = Array(#"{"batchItemFailures":["#.utf8)
        for (index, number) in sequenceNumbers.enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSON(#"{"itemIdentifier":"#)
            json.appendJSONString(number)
            json.appendJSON("}")
        }
        json.appendJSON("]}")
        return .response(json)
    }
}
