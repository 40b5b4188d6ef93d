// The one answer that an invocation may have, however many tasks of its handler would like to give it.

internal import SharedState

/// Sends the answer of an invocation, once.
///
/// `@unchecked Sendable`: `client` serves one thread at a time, and is used here only with `state` locked; the loop,
/// whose client it is, uses it only while no handler runs.
package final class InvocationAnswer: @unchecked Sendable {
    package enum State: Sendable, Hashable {
        case open
        /// A streamed answer has begun; its end is still to come.
        case streaming
        case given
    }

    private let client: RuntimeAPIClient
    package let identity: InvocationIdentity
    private let state = Guarded(State.open)
    private let outcome = Guarded<RuntimeAPIClient.PostOutcome?>(nil)

    init(client: RuntimeAPIClient, identity: InvocationIdentity) {
        self.client = client
        self.identity = identity
    }

    package var current: State { state.withLock { $0 } }

    /// Posts `response`.
    ///
    /// - Throws: `LambdaResponseError.tooLarge`, which leaves the answer open, or `.alreadyGiven`.
    package func send(_ response: LambdaResponse) throws(LambdaResponseError) {
        guard response.body.count <= LambdaLimits.maximumPayloadSize else {
            throw LambdaResponseError.tooLarge(response.body.count)
        }
        let result = try state.withLock { (state) throws(LambdaResponseError) in
            guard state == .open else { throw LambdaResponseError.alreadyGiven }
            state = .given
            return client.respond(to: identity, with: response)
        }
        outcome.withLock { $0 = result }
    }

    /// Marks the answer as one that is streamed from now on, over a connection of the stream's own.
    package func beginStreaming() throws(LambdaResponseError) {
        try state.withLock { (state) throws(LambdaResponseError) in
            guard state == .open else { throw LambdaResponseError.alreadyGiven }
            state = .streaming
        }
    }

    /// Marks a streamed answer as ended with what the Runtime API said of it, or with how it was lost.
    package func endStreaming(status: Int, reply: String) {
        end(with: RuntimeAPIClient.PostOutcome(status: status, reply: reply))
    }

    package func endStreaming(lost reason: String) {
        end(with: .undelivered(reason))
    }

    private func end(with result: RuntimeAPIClient.PostOutcome) {
        state.withLock { $0 = .given }
        outcome.withLock { $0 = result }
    }

    /// The address that a streamed answer is posted to.
    package var responseURL: String { client.responseURL(of: identity) }

    /// What came of the answer; nil before its end.
    var result: RuntimeAPIClient.PostOutcome? { outcome.withLock { $0 } }
}
