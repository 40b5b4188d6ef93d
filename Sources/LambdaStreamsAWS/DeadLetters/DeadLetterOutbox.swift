// Letters that are stored at the same time go in one request.

internal import AWSServices
internal import LambdaFunctions
internal import LambdaStreams
internal import SharedState

/// Sends letters as messages: those that come while a request is under way go together in the next one.
///
/// A letter that is alone is sent at once. Nothing waits for a timer.
final class DeadLetterOutbox: Sendable {
    typealias Send =
        @Sendable (_ messages: [OutgoingMessage], _ timeout: Duration?) async -> [Result<String, AWSError>]

    private struct Waiting {
        let id: Int
        let message: OutgoingMessage
    }

    private struct State {
        /// By invocation: what an invocation left behind, whose environment was frozen meanwhile, holds up no other.
        var queues: [String: [Waiting]] = [:]
        var continuations: [Int: CheckedContinuation<Void, any Error>] = [:]
        var nextID = 0

        enum Entry { case first, queued, canceled }

        mutating func enter(
            _ id: Int,
            _ message: OutgoingMessage,
            _ requestID: String,
            _ continuation: CheckedContinuation<Void, any Error>
        ) -> Entry {
            // Asked with the lock held: a cancellation that is not seen here finds the continuation afterwards.
            guard !Task.isCancelled else { return .canceled }
            continuations[id] = continuation
            let entry = queues[requestID] == nil ? Entry.first : .queued
            queues[requestID, default: []].append(Waiting(id: id, message: message))
            return entry
        }
    }

    private let state = Guarded(State())
    private let send: Send

    init(send: @escaping Send) {
        self.send = send
    }

    /// Sends a message, and returns when the service has said that it has it.
    ///
    /// - Throws: `AWSError`, or `CancellationError` when the task is canceled first. The message may then have been sent.
    func store(_ message: OutgoingMessage, of letter: DeadLetter) async throws {
        let invocation = letter.invocation
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                switch state.withLock({ $0.enter(id, message, invocation.requestID, continuation) }) {
                case .canceled: continuation.resume(throwing: CancellationError())
                // A task of its own: the letters of other records are not canceled with this one.
                case .first: Task { await self.sendAll(of: invocation) }
                case .queued: break
                }
            }
        } onCancel: {
            finish(id, .failure(CancellationError()))
        }
    }

    private func sendAll(of invocation: LambdaContext) async {
        while let letters = next(of: invocation.requestID) {
            let results = await send(letters.map(\.message), invocation.timeToStore)
            for (letter, result) in zip(letters, results) {
                finish(letter.id, result.map { _ in }.mapError { $0 })
            }
        }
    }

    /// Everything that has come meanwhile; nil when nothing has, and the next letter begins anew.
    private func next(of requestID: String) -> [Waiting]? {
        state.withLock { state in
            // Who is no longer waiting has failed, and comes again with its record.
            let waiting = state.queues[requestID]?.filter { state.continuations[$0.id] != nil } ?? []
            state.queues[requestID] = waiting.isEmpty ? nil : []
            return waiting.isEmpty ? nil : waiting
        }
    }

    private func finish(_ id: Int, _ result: Result<Void, any Error>) {
        state.withLock { $0.continuations.removeValue(forKey: id) }?.resume(with: result)
    }
}

extension LambdaContext {
    /// What is left of the invocation; nil, for the client's own limit, where the platform set no deadline.
    var timeToStore: Duration? { deadline == nil ? nil : max(.milliseconds(1), remainingTime) }
}
