// Layers round a record handler: what they are, and how they stack.

public import LambdaFunctions

/// A concern that wraps the handling of one record: retries, time limits, filters, idempotency, yours.
///
/// ```swift
/// struct Traced: RecordLayer {
///     func handle<Record: BatchRecord>(
///         _ record: Record, context: RecordContext, next: any RecordHandler<Record>
///     ) async throws {
///         let span = startSpan(record.eventID)
///         defer { span.end() }
///         try await next.handle(record, context: context)
///     }
/// }
/// let handler = ChangeHandler(project).layered(Traced()).retried(.exponential(attempts: 3))
/// ```
public protocol RecordLayer: Sendable {
    /// Is told of a batch before its records are handled: the place to look something up for all of them at once, and
    /// to leave it in `notes` for ``handle(_:context:next:)``. Cancelled with the handlers when time runs short.
    ///
    /// By default nothing.
    func prepare<Record: BatchRecord>(
        _ records: some RandomAccessCollection<Record> & Sendable,
        notes: BatchNotes,
        context: LambdaContext
    ) async

    /// Handles one record by calling `next`, or by not calling it.
    ///
    /// - Throws: what `next` throws, or what this layer makes of it; the record then counts as failed.
    func handle<Record: BatchRecord>(
        _ record: Record,
        context: RecordContext,
        next: any RecordHandler<Record>
    ) async throws
}

extension RecordLayer {
    public func prepare<Record: BatchRecord>(
        _ records: some RandomAccessCollection<Record> & Sendable,
        notes: BatchNotes,
        context: LambdaContext
    ) async {}
}

/// A record handler in its layers, which run in the order in which they were added: the first one is outermost.
public struct LayeredRecordHandler<Record: BatchRecord>: RecordHandler {
    private let layers: [any RecordLayer]
    private let base: any RecordHandler<Record>
    private let outermost: any RecordHandler<Record>

    fileprivate init(_ layers: [any RecordLayer], round base: any RecordHandler<Record>) {
        self.layers = layers
        self.base = base
        outermost = layers.reversed().reduce(base) { inner, layer in WrappedRecordHandler(layer: layer, inner: inner) }
    }

    public func handle(_ record: Record, context: RecordContext) async throws {
        try await outermost.handle(record, context: context)
    }

    public func prepare(
        _ records: some RandomAccessCollection<Record> & Sendable,
        notes: BatchNotes,
        context: LambdaContext
    ) async {
        for layer in layers { await layer.prepare(records, notes: notes, context: context) }
        await base.prepare(records, notes: notes, context: context)
    }

    fileprivate func adding(_ layer: some RecordLayer) -> LayeredRecordHandler {
        LayeredRecordHandler(layers + [layer], round: base)
    }
}

private struct WrappedRecordHandler<Record: BatchRecord>: RecordHandler {
    let layer: any RecordLayer
    let inner: any RecordHandler<Record>

    func handle(_ record: Record, context: RecordContext) async throws {
        try await layer.handle(record, context: context, next: inner)
    }
}

extension RecordHandler {
    /// This handler with one more layer, which runs inside the layers that are there already.
    public func layered(_ layer: some RecordLayer) -> LayeredRecordHandler<Record> {
        // Asked of the value, not of the static type, so that generic code stacks layers in the same order.
        (self as? LayeredRecordHandler<Record>)?.adding(layer) ?? LayeredRecordHandler([layer], round: self)
    }
}
