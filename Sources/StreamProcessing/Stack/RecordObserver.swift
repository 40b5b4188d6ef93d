// Observes the handling of records without influence on it.

/// Receives each attempt at a record before and after it is made.
///
/// Each method has a default that does nothing.
///
/// ```swift
/// struct Durations: RecordObserver {
///     func didHandle<Record: BatchRecord>(_ record: Record, context: RecordContext<Record>, in duration: Duration) async {
///         context.logger.debug("handled in \(duration)")
///     }
/// }
///
/// let observed = processor.observed(by: Durations())
/// ```
public protocol RecordObserver: Sendable {
    /// The record is about to be handled.
    func willHandle<Record: BatchRecord>(_ record: Record, context: RecordContext<Record>) async
    /// The record is done.
    func didHandle<Record: BatchRecord>(_ record: Record, context: RecordContext<Record>, in duration: Duration) async
    /// The record has failed with `error`.
    func didFail<Record: BatchRecord>(
        _ record: Record,
        context: RecordContext<Record>,
        in duration: Duration,
        error: any Error
    ) async
}

extension RecordObserver {
    public func willHandle<Record: BatchRecord>(_ record: Record, context: RecordContext<Record>) async {}
    public func didHandle<Record: BatchRecord>(_ record: Record, context: RecordContext<Record>, in duration: Duration)
        async
    {}
    public func didFail<Record: BatchRecord>(
        _ record: Record,
        context: RecordContext<Record>,
        in duration: Duration,
        error: any Error
    ) async {}
}

extension RecordProcessor {
    /// Lets `observer` see every attempt at a record. It runs as a custom layer.
    public func observed(by observer: some RecordObserver) -> Self {
        layered(ObserverLayer<Record>(observer: observer))
    }
}

private struct ObserverLayer<Record: BatchRecord>: RecordLayer {
    let observer: any RecordObserver

    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws {
        await observer.willHandle(record, context: context)
        let began = ContinuousClock.now
        do {
            try await next.handle(record, context: context)
        } catch {
            await observer.didFail(record, context: context, in: ContinuousClock.now - began, error: error)
            throw error
        }
        await observer.didHandle(record, context: context, in: ContinuousClock.now - began)
    }
}
