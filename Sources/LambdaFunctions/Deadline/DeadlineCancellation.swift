// Cancels a handler shortly before the platform would end it, so that it can end itself and report its progress.

internal import SharedState

/// How long before the deadline a handler is canceled.
struct DeadlineCancellation: Sendable {
    /// Nil is one second, or a tenth of the time left if that is less.
    let margin: Duration?

    /// Runs `body` in a separate task on the caller's thread, and cancels it at the margin before `deadline`.
    ///
    /// A handler may block its thread, as a streamed response's writes do. On one of the threads that the process's
    /// other tasks share, it would delay those.
    ///
    /// - Parameter thread: the caller's, if it is not the main thread.
    /// - Throws: `DeadlineCancellationError` for any error that a canceled `body` throws.
    func run<Output: Sendable>(
        until deadline: LambdaClock.Instant,
        on thread: WorkerThread?,
        isolation: isolated (any Actor)? = #isolation,
        _ body: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        let margin = margin ?? min(.seconds(1), LambdaClock.now.duration(to: deadline) / 10)
        let isExpired = Flag()
        let task: Task<Output, any Error>
        if let thread {
            task = Task(executorPreference: thread) { try await body() }
        } else {
            task = Task {
                _ = isolation
                return try await body()
            }
        }
        let ticket = DeadlineWatch.shared.begin(deadline.advanced(by: .zero - margin)) {
            isExpired.raise()
            task.cancel()
        }
        defer { DeadlineWatch.shared.end(ticket) }
        do {
            return try await withTaskCancellationHandler {
                _ = isolation
                return try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            guard isExpired.isRaised else { throw error }
            throw DeadlineCancellationError(margin: margin, underlying: error)
        }
    }
}

/// A handler was canceled because its deadline was near, and threw.
public struct DeadlineCancellationError: LambdaErrorConvertible, ContentFreeError, CustomStringConvertible {
    /// How long before the deadline it was canceled.
    public let margin: Duration
    /// The error that the handler then threw.
    public let underlying: any Error

    public var lambdaErrorType: String { "Function.DeadlineCancellation" }

    public var description: String { sentence(with: "\(underlying)") }
    public var contentFreeDescription: String { sentence(with: underlying.contentFreeDescription) }

    private func sentence(with error: String) -> String {
        """
        the function was canceled \(margin) before its deadline, and ended with: \(error); \
        give it a longer timeout, or less to do in one invocation
        """
    }
}

/// A value that several threads see and that changes once.
private final class Flag: Sendable {
    private let state = Guarded(false)
    var isRaised: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}
