// The errors that the platform returns instead of a response, in its words.

internal import JSONScanning

extension FunctionError {
    static func timedOut(requestID: String, after timeout: Duration) -> FunctionError {
        platform(.timedOut, ErrorType.timedOut, requestID, "Task timed out after \(timeout.secondsText) seconds")
    }

    static func exited(requestID: String, _ status: FunctionExit.Status) -> FunctionError {
        platform(.exited(status), ErrorType.exit, requestID, status.runtimeExitMessage)
    }

    static func notStarted(requestID: String, reason: String) -> FunctionError {
        platform(.notStarted, ErrorType.invalidEntrypoint, requestID, reason)
    }

    static func initializationTimedOut(requestID: String, after limit: Duration) -> FunctionError {
        platform(.initialization, ErrorType.timedOut, requestID, "Init timed out after \(limit.secondsText) seconds")
    }

    static func restoreTimedOut(requestID: String, after limit: Duration) -> FunctionError {
        platform(.restore, ErrorType.timedOut, requestID, "Restore timed out after \(limit.secondsText) seconds")
    }

    static let truncated = FunctionError(cause: .truncated, type: ErrorType.truncatedResponse, payload: [])
    static let invalidResponseMode = FunctionError(
        cause: .invalidResponseMode,
        type: ErrorType.invalidResponseMode,
        payload: []
    )

    static let responseTooLarge = FunctionError(
        cause: .responseTooLarge,
        type: ErrorType.responseTooLarge,
        payload: document(
            message: "Response payload size exceeded maximum allowed payload size (\(maximumPayloadSize) bytes).",
            type: ErrorType.responseTooLarge
        )
    )

    private static func platform(
        _ cause: Cause,
        _ type: String,
        _ requestID: String,
        _ message: String
    ) -> FunctionError {
        FunctionError(
            cause: cause,
            type: type,
            payload: document(message: "RequestId: \(requestID) Error: \(message)", type: type)
        )
    }

    private static func document(message: String, type: String) -> [UInt8] {
        var json: [UInt8] = []
        json.appendJSON(#"{"errorType":"#)
        json.appendJSONString(type)
        json.appendJSON(#","errorMessage":"#)
        json.appendJSONString(message)
        json.appendJSON("}")
        return json
    }
}

extension Duration {
    /// Seconds with two decimals, as the platform formats a timeout.
    var secondsText: String { hundredths(per: 1_000_000_000_000_000_000) }
    /// Milliseconds with two decimals, as the platform formats a duration.
    var millisecondsText: String { hundredths(per: 1_000_000_000_000_000) }

    private func hundredths(per unit: Int64) -> String {
        let (seconds, attoseconds) = components
        let unitsPerSecond = 1_000_000_000_000_000_000 / unit
        let hundredths = seconds * unitsPerSecond * 100 + (attoseconds + unit / 200) / (unit / 100)
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    /// Rounded up to whole milliseconds.
    var roundedUpToMilliseconds: Duration {
        let (seconds, attoseconds) = components
        return .milliseconds(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
