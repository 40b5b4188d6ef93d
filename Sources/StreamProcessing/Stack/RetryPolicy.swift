// Trying a record again within one invocation.

internal import LambdaFunctions
internal import Logging

/// How often, how soon and for which errors a record is tried again.
///
/// ```swift
/// let retrying = processor.retried(.exponential(attempts: 3))
/// ```
public struct RetryPolicy: Sendable {
    /// How often the record is run at the most, the first time included.
    public var attempts: Int
    /// The pause before the second attempt; each further one is twice as long.
    public var firstPause: Duration
    /// No pause is longer.
    public var longestPause: Duration
    /// Whether each pause is a random part of what it would be ("full jitter"), so that many functions which failed
    /// together do not come back together.
    public var hasJitter: Bool
    /// Which errors are worth another attempt.
    public var isRetryable: @Sendable (any Error) -> Bool

    /// - Parameters:
    ///   - attempts: the most attempts, the first one included.
    ///   - firstPause: the pause before the second attempt.
    ///   - longestPause: the longest pause.
    ///   - hasJitter: whether each pause is a random part of itself.
    ///   - isRetryable: asked for every error but those that no attempt can change: errors of the kind
    ///     ``FailureKind/permanent``, such as a record that does not decode, and cancellation.
    public init(
        attempts: Int,
        firstPause: Duration = .milliseconds(50),
        longestPause: Duration = .seconds(5),
        hasJitter: Bool = true,
        isRetryable: @escaping @Sendable (any Error) -> Bool = { _ in true }
    ) {
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
        self.hasJitter = hasJitter
        self.isRetryable = isRetryable
    }

    /// Pauses that double from `firstPause` to `longestPause`, each a random part of itself.
    public static func exponential(
        attempts: Int,
        firstPause: Duration = .milliseconds(50),
        longestPause: Duration = .seconds(5),
        isRetryable: @escaping @Sendable (any Error) -> Bool = { _ in true }
    ) -> RetryPolicy {
        RetryPolicy(attempts: attempts, firstPause: firstPause, longestPause: longestPause, isRetryable: isRetryable)
    }

    /// The pause after `failures` failed attempts, before jitter.
    func pause(after failures: Int) -> Duration {
        min(firstPause * Double(1 << min(max(failures - 1, 0), 20)), longestPause)
    }

    fileprivate func allowsAnother(after error: any Error) -> Bool {
        FailureKind(of: error) != .permanent && !(error is CancellationError) && isRetryable(error)
    }
}

struct RetryLayer<Record: BatchRecord>: RecordLayer {
    let policy: RetryPolicy

    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws {
        var context = context
        while true {
            do {
                return try await next.handle(record, context: context)
            } catch {
                guard context.attempt < policy.attempts, policy.allowsAnother(after: error), !Task.isCancelled else {
                    throw error
                }
                let longest = policy.pause(after: context.attempt)
                let pause = policy.hasJitter ? longest * Double.random(in: 0...1) : longest
                // A pause that reaches into the deadline would only be canceled, and the record with it.
                guard pause < context.remainingTime else { throw error }
                context.logger.notice(
                    "attempt \(context.attempt) of \(policy.attempts) failed, trying again: \(error.contentFreeDescription)"
                )
                // The attempt's own error says more than that its pause was canceled.
                guard (try? await Task.sleep(for: pause)) != nil else { throw error }
                context.attempt += 1
            }
        }
    }
}
