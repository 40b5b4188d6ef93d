// Taking a record that fails again and again out of the stream's way, whole.

public import LambdaFunctions
internal import Logging

extension RecordHandler {
    /// Hands a record to `sink` when it has failed `attempts` times, or at once when it fails with ``Permanent``; when
    /// the sink has stored it, the record counts as done and the checkpoint passes it.
    ///
    /// Lambda's own on-failure destination keeps where the record was, not what it was, and takes the healthy records
    /// behind it along. Set the mapping's `MaximumRetryAttempts` higher than `attempts`, so that this layer comes
    /// first.
    ///
    /// - Parameters:
    ///   - attempts: how often a record may fail, over all its deliveries.
    ///   - sink: where it goes. If it fails, the record fails.
    ///   - counter: who counts; by default this process.
    public func capturingPoison(
        after attempts: Int,
        to sink: some PoisonSink,
        counting counter: some AttemptCounter = InMemoryAttemptCounter()
    ) -> LayeredRecordHandler<Record> {
        layered(PoisonLayer(attempts: attempts, sink: sink, counter: counter))
    }
}

/// A record that was to be captured, and whose sink failed. The record counts as failed.
public struct PoisonCaptureError: Error, CustomStringConvertible, ContentFreeError {
    /// Why the record was to be captured.
    public let recordError: any Error
    /// Why it could not be.
    public let sinkError: any Error

    public var description: String {
        "the record could not be captured: \(sinkError); it was to be because of: \(recordError)"
    }

    public var contentFreeDescription: String {
        """
        the record could not be captured: \(sinkError.contentFreeDescription); it was to be because of: \
        \(recordError.contentFreeDescription)
        """
    }
}

private struct PoisonLayer<Sink: PoisonSink, Counter: AttemptCounter>: RecordLayer {
    let attempts: Int
    let sink: Sink
    let counter: Counter

    func handle<Record: BatchRecord>(
        _ record: Record,
        context: RecordContext,
        next: any RecordHandler<Record>
    ) async throws {
        do {
            try await next.handle(record, context: context)
        } catch {
            try await consider(record, failingWith: error, context)
            return
        }
        if let identity = record.identity { await counter.forget(identity) }
    }

    private func consider(_ record: some BatchRecord, failingWith error: any Error, _ context: RecordContext)
        async throws
    {
        // Cancellation says something of the time that was left, nothing of the record.
        guard !(error is CancellationError), !Task.isCancelled else { throw error }
        let failures = try await count(record, failingWith: error, context)
        guard error is Permanent || failures >= attempts else { throw error }
        let poison = PoisonRecord(
            record,
            reason: error is Permanent ? .permanent : .attemptsExhausted,
            error: (error as? Permanent)?.underlying ?? error,
            attempts: failures,
            invocation: context.lambda
        )
        do {
            try await sink.accept(poison)
        } catch let sinkError {
            throw PoisonCaptureError(recordError: error, sinkError: sinkError)
        }
        context.countCaptured()
        if let identity = record.identity { await counter.forget(identity) }
        context.logger.error(
            "captured after \(failures) failed attempts, the checkpoint passes it: \(error.contentFreeDescription)",
            metadata: ["reason": "\(poison.reason.rawValue)", "errorType": "\(poison.errorType)"]
        )
    }

    private func count(
        _ record: some BatchRecord,
        failingWith error: any Error,
        _ context: RecordContext
    ) async throws -> Int {
        // Without an identity there is nothing to count by, and nothing that could be reported either.
        guard let identity = record.identity else { return attempts }
        do {
            return try await counter.countFailure(of: identity)
        } catch let counterError {
            context.logger.error("attempts could not be counted: \(counterError.contentFreeDescription)")
            guard error is Permanent else { throw error }
            return 1
        }
    }
}
