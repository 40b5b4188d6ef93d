// Custom layers around a record handler.

public import LambdaFunctions

/// A custom concern that wraps the handling of one record: tracing, rate limits, locks.
///
/// ```swift
/// struct Timed: RecordLayer {
///     func handle(
///         _ record: StreamRecord,
///         context: RecordContext<StreamRecord>,
///         next: any RecordHandler<StreamRecord>
///     ) async throws {
///         let began = ContinuousClock.now
///         defer { context.logger.info("took \(ContinuousClock.now - began)") }
///         try await next.handle(record, context: context)
///     }
/// }
/// let timed = processor.layered(Timed()).retried(.exponential(attempts: 3))
/// ```
///
/// Custom layers run directly around the handler, inside everything that the package adds: once for each attempt, and
/// not at all for a record that a filter or the idempotency stage skips. ``RecordStack`` lists the order.
public protocol RecordLayer<Record>: Sendable {
    associatedtype Record: BatchRecord

    /// Receives a batch before its records are handled. Use it to look something up for all of them at once, and leave
    /// the result in `notes` for ``handle(_:context:next:)``. It is canceled with the handlers when time runs short.
    ///
    /// The default does nothing.
    func prepare(_ records: Record.Source.Records, notes: BatchNotes, context: LambdaContext) async

    /// Handles one record by calling `next`, or by not calling it.
    ///
    /// - Throws: what `next` throws, or another error; the record then counts as failed. A layer that calls `next`
    ///   waits for it: work that continues after the layer has returned is not part of the record.
    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws
}

extension RecordLayer {
    public func prepare(_ records: Record.Source.Records, notes: BatchNotes, context: LambdaContext) async {}
}

/// A handler within one layer.
struct WrappedRecordHandler<Record: BatchRecord>: RecordHandler {
    let layer: any RecordLayer<Record>
    let inner: any RecordHandler<Record>

    func handle(_ record: Record, context: RecordContext<Record>) async throws {
        try await layer.handle(record, context: context, next: inner)
    }
}
