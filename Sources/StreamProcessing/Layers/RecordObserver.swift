// Watching records being handled, without a say in it.

/// Is told of each record before and after it is handled.
///
/// Each member has a default that does nothing.
public protocol RecordObserver: Sendable {
    /// The record is about to be handled.
    func willHandle(_ record: some BatchRecord, context: RecordContext) async
    /// The record is done.
    func didHandle(_ record: some BatchRecord, context: RecordContext, in duration: Duration) async
    /// The record has failed with `error`.
    func didFail(_ record: some BatchRecord, context: RecordContext, in duration: Duration, error: any Error) async
}

extension RecordObserver {
    public func willHandle(_ record: some BatchRecord, context: RecordContext) async {}
    public func didHandle(_ record: some BatchRecord, context: RecordContext, in duration: Duration) async {}
    public func didFail(
        _ record: some BatchRecord,
        context: RecordContext,
        in duration: Duration,
        error: any Error
    ) async {}
}

extension RecordHandler {
    /// Tells `observer` of every record that passes through the layers inside this one.
    public func observed(by observer: some RecordObserver) -> LayeredRecordHandler<Record> {
        layered(ObserverLayer(observer: observer))
    }
}

private struct ObserverLayer<Observer: RecordObserver>: RecordLayer {
    let observer: Observer

    func handle<Record: BatchRecord>(
        _ record: Record,
        context: RecordContext,
        next: any RecordHandler<Record>
    ) async throws {
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
