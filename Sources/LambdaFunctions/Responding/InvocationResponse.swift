// The one response that an invocation may have, for handlers that send it themselves, and continue after it.

internal import SharedState

/// What a runtime runs.
package enum FunctionKind: Sendable {
    /// Returns its response.
    case buffered(any LambdaHandler)
    /// Sends its response.
    case responding(any RespondingHandler)
}

/// A function that sends its response itself. Its work after the response belongs to the same invocation.
package protocol RespondingHandler: Sendable {
    func handle(_ payload: [UInt8], response: InvocationResponse, context: LambdaContext) async throws
}

/// Sends the response of an invocation, once, whichever of its handler's tasks comes first.
///
/// `@unchecked Sendable`: `client` serves one thread at a time. It is used here only with `progress` locked and the
/// response open, and by the loop, whose client it is, only before the handler runs and after ``close()``.
package final class InvocationResponse: @unchecked Sendable {
    private enum State {
        case open
        /// A streamed response has begun, over a connection of its own; its end is still to come.
        case streaming
        case given
    }

    private struct Progress {
        var state = State.open
        /// What the Runtime API made of the response.
        var outcome: RuntimeAPIClient.PostOutcome?
        /// A response that was lost on its way, or refused.
        var undelivered: LambdaResponse?
    }

    private let client: RuntimeAPIClient
    package let identity: InvocationIdentity
    private let progress = Guarded(Progress())

    init(client: RuntimeAPIClient, identity: InvocationIdentity) {
        self.client = client
        self.identity = identity
    }

    /// Posts `response`.
    ///
    /// - Throws: `LambdaResponseError.tooLarge` or `.malformedContentType`, which leave the response open;
    ///   `.alreadyGiven`; `.refused` or `.undelivered` when the platform did not take it.
    package func send(_ response: LambdaResponse) throws(LambdaResponseError) {
        try response.validate()
        let outcome = try progress.withLock { (progress) throws(LambdaResponseError) in
            guard progress.state == .open else { throw LambdaResponseError.alreadyGiven }
            let outcome = client.respond(to: identity, with: response)
            progress = Progress(state: .given, outcome: outcome)
            switch outcome {
            case .undelivered, .refused: progress.undelivered = response
            default: break
            }
            return outcome
        }
        if let error = LambdaResponseError(outcome) { throw error }
    }

    /// Marks the response as one that is streamed from now on.
    package func beginStreaming() throws(LambdaResponseError) {
        try progress.withLock { (progress) throws(LambdaResponseError) in
            guard progress.state == .open else { throw LambdaResponseError.alreadyGiven }
            progress.state = .streaming
        }
    }

    /// Marks a streamed response as ended with the Runtime API's reply.
    ///
    /// - Throws: `.refused` for any reply but 202.
    package func endStreaming(status: Int, reply: String) throws(LambdaResponseError) {
        let outcome = RuntimeAPIClient.PostOutcome(status: status, reply: reply)
        end(with: outcome)
        if let error = LambdaResponseError(outcome) { throw error }
    }

    /// Marks a streamed response as lost on its way.
    package func endStreaming(lost reason: String) {
        end(with: .undelivered(reason))
    }

    private func end(with outcome: RuntimeAPIClient.PostOutcome) {
        progress.withLock { $0 = Progress(state: .given, outcome: outcome) }
    }

    /// The address that a streamed response is posted to.
    package var url: String { client.responseURL(of: identity) }

    /// Refuses every response from now on, of whatever task the handler may have left behind. True: there was none.
    func close() -> Bool {
        progress.withLock { progress in
            guard progress.state == .open else { return false }
            progress.state = .given
            return true
        }
    }

    /// The response, if it was sent whole and lost on its way, or refused.
    var undelivered: LambdaResponse? { progress.withLock { $0.undelivered } }

    /// The outcome of the response; nil before its end.
    var outcome: RuntimeAPIClient.PostOutcome? { progress.withLock { $0.outcome } }
}

extension LambdaResponse {
    /// - Throws: `.tooLarge` or `.malformedContentType` for a response that cannot be posted.
    func validate() throws(LambdaResponseError) {
        guard body.count <= LambdaLimits.maximumPayloadSize else { throw .tooLarge(body.count) }
        try LambdaResponseError.check(contentType: contentType)
    }
}

extension LambdaResponseError {
    /// Why the platform does not have the response; nil when it has.
    init?(_ outcome: RuntimeAPIClient.PostOutcome) {
        switch outcome {
        case .accepted: return nil
        case .tooLate: self = .refused(status: 410, reason: "the invocation had timed out")
        case .tooLarge: self = .refused(status: 413, reason: "it is larger than Lambda allows")
        case .unrecoverable(let status): self = .refused(status: status, reason: "the environment cannot continue")
        case .refused(let status, let reason): self = .refused(status: status, reason: reason)
        case .unsendable(let reason), .undelivered(let reason): self = .undelivered(reason)
        }
    }
}
