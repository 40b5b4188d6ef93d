// The one answer that an invocation may have, however many tasks of its handler would like to give it.

internal import SharedState

/// Sends the answer of an invocation, once.
///
/// `@unchecked Sendable`: `client` serves one thread at a time. It is used here only with `progress` locked and the
/// answer open, and by the loop, whose client it is, only before the handler runs and after ``close()``.
package final class InvocationAnswer: @unchecked Sendable {
    private enum State {
        case open
        /// A streamed answer has begun, over a connection of its own; its end is still to come.
        case streaming
        case given
    }

    private struct Progress {
        var state = State.open
        /// What the Runtime API made of the answer.
        var outcome: RuntimeAPIClient.PostOutcome?
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
    /// - Throws: `LambdaResponseError.tooLarge`, which leaves the answer open, or `.alreadyGiven`.
    package func send(_ response: LambdaResponse) throws(LambdaResponseError) {
        guard response.body.count <= LambdaLimits.maximumPayloadSize else {
            throw LambdaResponseError.tooLarge(response.body.count)
        }
        try progress.withLock { (progress) throws(LambdaResponseError) in
            guard progress.state == .open else { throw LambdaResponseError.alreadyGiven }
            progress = Progress(state: .given, outcome: client.respond(to: identity, with: response))
        }
    }

    /// Marks the answer as one that is streamed from now on.
    package func beginStreaming() throws(LambdaResponseError) {
        try progress.withLock { (progress) throws(LambdaResponseError) in
            guard progress.state == .open else { throw LambdaResponseError.alreadyGiven }
            progress.state = .streaming
        }
    }

    /// Marks a streamed answer as ended with what the Runtime API said of it, or with how it was lost.
    package func endStreaming(status: Int, reply: String) {
        end(with: RuntimeAPIClient.PostOutcome(status: status, reply: reply))
    }

    package func endStreaming(lost reason: String) {
        end(with: .undelivered(reason))
    }

    private func end(with outcome: RuntimeAPIClient.PostOutcome) {
        progress.withLock { $0 = Progress(state: .given, outcome: outcome) }
    }

    /// The address that a streamed answer is posted to.
    package var responseURL: String { client.responseURL(of: identity) }

    /// Refuses every answer from now on, of whatever task the handler may have left behind. True: there was none.
    func close() -> Bool {
        progress.withLock { progress in
            guard progress.state == .open else { return false }
            progress.state = .given
            return true
        }
    }

    /// What came of the answer; nil before its end.
    var outcome: RuntimeAPIClient.PostOutcome? { progress.withLock { $0.outcome } }
}
