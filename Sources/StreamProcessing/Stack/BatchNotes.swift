// What layers know about a batch as a whole.

internal import SharedState

/// Values that layers have noted about one batch.
///
/// ```swift
/// final class Batches: RecordLayer {
///     func prepare(_ records: StreamEvent.Records, notes: BatchNotes, context: LambdaContext) async {
///         notes.set(records.count, for: self)
///     }
///
///     func handle(
///         _ record: StreamRecord,
///         context: RecordContext<StreamRecord>,
///         next: any RecordHandler<StreamRecord>
///     ) async throws {
///         let count: Int? = context.notes?.value(for: self)
///         context.logger.debug("one of \(count ?? 0) records")
///         try await next.handle(record, context: context)
///     }
/// }
/// ```
public final class BatchNotes: Sendable {
    private let notes = Guarded<[ObjectIdentifier: any Sendable]>([:])

    public init() {}

    /// Notes a value for `owner`, an object that the layer keeps as long as itself.
    public func set(_ value: some Sendable, for owner: some AnyObject) {
        notes.withLock { $0[ObjectIdentifier(owner)] = value }
    }

    /// What was noted for `owner`, if it is of that type.
    public func value<Value: Sendable>(of type: Value.Type = Value.self, for owner: some AnyObject) -> Value? {
        notes.withLock { $0[ObjectIdentifier(owner)] } as? Value
    }
}

extension RecordContext {
    /// What layers noted of the record's batch; nil in a custom context.
    public var notes: BatchNotes? { batch.notes }
}
