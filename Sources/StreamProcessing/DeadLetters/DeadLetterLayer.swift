// Takes a record that fails delivery after delivery out of the stream's way, whole.

internal import DynamoDBStreamEvents
public import LambdaFunctions
internal import Logging

extension RecordProcessor {
    /// Hands a record to `sink` when `deliveries` of it have failed, or at once when no other delivery would heal it; when
    /// the sink has stored it, the record counts as done and the checkpoint passes it.
    ///
    /// What counts is the delivery, however often it was retried in process, and only where the failure is the record's:
    /// ``FailureKind`` says which are. Cancellation, a lease held elsewhere, an unreachable store or sink never count.
    ///
    /// Lambda's own on-failure destination keeps where the record was, not what it was, and takes the healthy records
    /// behind it along. Set the mapping's `MaximumRetryAttempts` higher than `deliveries`, so that this decision comes
    /// first. A record that goes to the dead letters twice, because its batch was delivered again, is two letters with one
    /// event id.
    ///
    /// - Parameters:
    ///   - deliveries: how many deliveries of a record may fail.
    ///   - sink: where it goes. If the sink fails, the record fails.
    ///   - undecodable: what becomes of a record that does not decode; at once by default.
    ///   - counter: counts failed deliveries. Nil, the default: the store of `idempotent(using:)` where it counts, so that every
    ///     environment of the function counts on; otherwise this process.
    ///   - kind: says whose fault an error is that does not say so itself; nil for "as it is".
    public func deadLettered(
        after deliveries: Int,
        to sink: some DeadLetterSink,
        undecodable: UndecodableRule = .atOnce,
        counting counter: (any DeliveryCounter)? = nil,
        classifying kind: @escaping @Sendable (any Error) -> FailureKind? = { _ in nil }
    ) -> Self {
        let policy = DeadLetterPolicy(
            deliveries: max(1, deliveries),
            sink: sink,
            undecodable: undecodable,
            counter: counter,
            kind: kind
        )
        return settingStack { $0.deadLetters = policy }
    }
}

/// What becomes of a record that does not decode, where there are dead letters.
public enum UndecodableRule: Sendable, Hashable {
    /// It goes to the dead letters at once: delivered again it is the same record.
    case atOnce
    /// Its deliveries are counted like those of any other: a new version of the function may take it.
    case counted
}

/// When records go to the dead letters, and where those are.
struct DeadLetterPolicy: Sendable {
    let deliveries: Int
    let sink: any DeadLetterSink
    let undecodable: UndecodableRule
    let counter: (any DeliveryCounter)?
    let kind: @Sendable (any Error) -> FailureKind?
    /// Counts where nobody else does.
    let processCounter = InMemoryDeliveryCounter()

    func kind(of error: any Error) -> FailureKind {
        if let kind = kind(error) { return kind }
        if error is StreamRecordError, undecodable == .counted { return .record }
        return FailureKind(of: error)
    }
}

/// A record that was to go to the dead letters, and whose sink failed. The record counts as failed.
public struct DeadLetterError: ClassifiedFailure, CustomStringConvertible, ContentFreeError {
    /// Why the record was to go there.
    public let recordError: any Error
    /// Why it could not.
    public let sinkError: any Error

    public var failureKind: FailureKind { .elsewhere }

    public var description: String {
        "the record could not be stored as a dead letter: \(sinkError); it was to be because of: \(recordError)"
    }

    public var contentFreeDescription: String {
        """
        the record could not be stored as a dead letter: \(sinkError.contentFreeDescription); it was to be because of: \
        \(recordError.contentFreeDescription)
        """
    }
}

struct DeadLetterLayer<Record: BatchRecord>: RecordLayer {
    let policy: DeadLetterPolicy
    let counter: any DeliveryCounter

    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws {
        do {
            try await next.handle(record, context: context)
        } catch {
            try await consider(record, failingWith: error, context)
            return
        }
        if let identity = record.identity { await counter.forget(identity) }
    }

    private func consider(
        _ record: Record,
        failingWith error: any Error,
        _ context: RecordContext<Record>
    ) async throws {
        let kind = policy.kind(of: error)
        // What a canceled handler throws says something of the time that was left, nothing of the record.
        guard kind != .elsewhere, !Task.isCancelled else { throw error }
        let failures = try await count(record, failingWith: error, isPermanent: kind == .permanent, context)
        guard kind == .permanent || failures >= policy.deliveries else { throw error }
        let letter = DeadLetter(
            record,
            reason: reason(of: error, isPermanent: kind == .permanent),
            error: (error as? Permanent)?.underlying ?? error,
            deliveries: failures,
            invocation: context.lambda
        )
        do {
            try await policy.sink.accept(letter)
        } catch let sinkError {
            throw DeadLetterError(recordError: error, sinkError: sinkError)
        }
        context.countDeadLettered()
        context.logger.error(
            """
            sent to the dead letters after \(failures) failed deliveries, the checkpoint passes it: \
            \(error.contentFreeDescription)
            """,
            metadata: ["reason": "\(letter.reason.rawValue)", "errorType": "\(letter.errorType)"]
        )
    }

    private func reason(of error: any Error, isPermanent: Bool) -> DeadLetter.Reason {
        if error is RecordCrashedProcess { return .crashed }
        return isPermanent ? .permanent : .deliveriesExhausted
    }

    private func count(
        _ record: Record,
        failingWith error: any Error,
        isPermanent: Bool,
        _ context: RecordContext<Record>
    ) async throws -> Int {
        if let crash = error as? RecordCrashedProcess { return crash.deliveries }
        // Without an identity there is nothing to count by, and nothing that could be reported either.
        guard let identity = record.identity else { return policy.deliveries }
        do {
            return try await counter.countFailure(of: identity, in: context.lambda)
        } catch let counterError {
            context.logger.error("a failed delivery could not be counted: \(counterError.contentFreeDescription)")
            guard isPermanent else { throw error }
            return 1
        }
    }
}
