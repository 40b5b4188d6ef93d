// The outcome of one invocation for its caller and the platform's log.

/// The end of an invocation.
///
/// ```swift
/// let outcome = try await server.invoke(event.bytes)
/// print(outcome.error?.type ?? String(decoding: outcome.payload, as: UTF8.self))
/// ```
public struct InvocationOutcome: Sendable {
    /// The identifier of the invocation, which its log lines have too.
    public var requestID: String
    /// The response, or why there is none.
    public var result: InvocationResult
    /// Times and memory, as on the platform's REPORT line.
    public var report: InvocationReport
    /// The last 4 KB that were logged during the invocation, as `X-Amz-Log-Result` carries them. Empty where several
    /// invocations run at once.
    public var logTail: [UInt8]

    /// What AWS's Invoke returns as its payload, whether response or error.
    public var payload: [UInt8] {
        switch result {
        case .response(let response): response.payload
        case .error(let error): error.payload
        }
    }

    /// The error, if it ended in one.
    public var error: FunctionError? {
        if case .error(let error) = result { error } else { nil }
    }
}

/// A response or an error.
public enum InvocationResult: Sendable, Hashable {
    /// The function responded.
    case response(FunctionResponse)
    /// The function reported an error, ended, or took too long.
    case error(FunctionError)
}

/// What the function posted to `/response`.
///
/// ```swift
/// let outcome = try await server.invoke(event.bytes)
/// if case .response(let response) = outcome.result {
///     print("\(response.payload.count) bytes of \(response.contentType), streamed: \(response.isStreamed)")
/// }
/// ```
public struct FunctionResponse: Sendable, Hashable {
    /// Empty if it was streamed into `InvocationRequest.onChunk`.
    public var payload: [UInt8]
    /// The content type that the function sent.
    public var contentType: String
    /// Whether the response had `Lambda-Runtime-Function-Response-Mode: streaming`.
    public var isStreamed: Bool
}

/// Why an invocation has no response.
///
/// ```swift
/// let outcome = try await server.invoke(event.bytes)
/// if let error = outcome.error, error.cause != .timedOut {
///     print(error.type, String(decoding: error.payload, as: UTF8.self))
/// }
/// ```
public struct FunctionError: Error, Sendable, Hashable {
    /// Why the invocation failed.
    public var cause: Cause
    /// `Runtime.…` or `Function.…` as the platform records it, `Sandbox.Timedout` for a timeout.
    public var type: String
    /// The error document, `{"errorMessage":…,"errorType":…}` unless the function posted something else.
    public var payload: [UInt8]
    /// The content type of the error document.
    public var contentType = "application/json"
    /// The X-Ray cause that came with it, as the platform keeps it: valid, and at most 64 KiB.
    public var tracingCause: [UInt8]?

    /// How the invocation failed.
    public enum Cause: Sendable, Hashable {
        /// Posted to `/error`.
        case reported
        /// In the trailers of a streamed response. The payload is the trailer's document.
        case streamed
        /// Posted to `/init/error`.
        case initialization
        /// Posted to `/restore/error`, or the hooks timed out.
        case restore
        /// The invocation timed out.
        case timedOut
        /// The process ended without a response.
        case exited(FunctionExit.Status)
        /// There is no such process: the executable cannot be run.
        case notStarted
        /// The response exceeded 6,291,556 bytes.
        case responseTooLarge
        /// The connection ended within the response.
        case truncated
        /// `Lambda-Runtime-Function-Response-Mode` was neither absent nor `streaming`.
        case invalidResponseMode
    }
}

/// The values of the REPORT line.
///
/// ```swift
/// let report = try await server.invoke(event.bytes).report
/// print(report.duration, report.maximumMemoryUsed ?? 0)
/// ```
public struct InvocationReport: Sendable, Hashable {
    /// From the event's delivery to the response, or, with `Completion.release`, to the function being ready again.
    public var duration: Duration
    /// The init phase, if this invocation is the first after it.
    public var initializationDuration: Duration?
    /// The hooks after a restore, if this invocation is the first after it.
    public var restoreDuration: Duration?
    /// Whole milliseconds of both, rounded up.
    public var billedDuration: Duration
    /// In MB.
    public var memorySize: Int
    /// The peak resident memory of the process so far, in bytes, sampled at most every 20 ms; nil if it is
    /// not known: external functions, and systems other than Linux.
    public var maximumMemoryUsed: Int?
    /// The status of the REPORT line.
    public var status: Status

    /// The status on the REPORT line.
    public enum Status: String, Sendable, Hashable {
        /// The function responded.
        case success
        /// The function reported an error, or ended.
        case error
        /// The function took longer than its timeout.
        case timeout
    }
}
