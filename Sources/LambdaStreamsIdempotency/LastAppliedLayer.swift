// Changes applied once and in order: the stage that skips what is not newer than the last applied change of its item.

public import DynamoDBStreamEvents
public import Idempotency
internal import LambdaFunctions
public import StreamProcessing

extension BatchProcessor where Record == StreamRecord {
    /// Applies each change of an item once and none after a later one, with one record for each item instead of one for
    /// each event.
    ///
    /// ```swift
    /// let processor = BatchProcessor { (change: ItemChange<Order>, _: RecordContext) in try await project(change) }
    ///     .onlyNewer(using: DynamoDBLastAppliedStore(table: "last-applied"))
    /// ```
    ///
    /// A change that is not newer counts as skipped. The records of one item are handled in stream order, whatever order
    /// the processor has: a change that overtook an earlier one would have that one skipped.
    ///
    /// An item is known by the ARN of its stream and the values of its keys; a record without them fails with
    /// `LastAppliedError.missingKey`.
    ///
    /// - Parameter applied: the store, the prefix and the settings. Two functions that handle the same stream must differ in
    ///   their prefix, as they do by default.
    public func onlyNewer<Store: LastAppliedStore>(using applied: LastAppliedGuard<Store>) -> Self {
        settingLastApplied(LastAppliedLayer(applied: applied))
    }

    /// Applies each change of an item once and none after a later one, with the default settings.
    public func onlyNewer(using store: some LastAppliedStore) -> Self {
        onlyNewer(using: LastAppliedGuard(store: store))
    }
}

extension StreamRecord {
    /// What the last applied number of an item is kept under: the ARN of its stream and the values of its keys, in the order
    /// of their names.
    ///
    /// The stream is part of it, because sequence numbers are known to grow only within one stream.
    ///
    /// - Throws: an error for a key attribute whose value cannot be part of a key.
    public var lastAppliedKey: String? {
        get throws {
            guard let eventSourceARN, let keys, !keys.isEmpty else { return nil }
            let values = try keys.sorted { $0.name < $1.name }.map { try KeyPayload($0.value) }
            return try KeyStrategy.plain.key(of: KeyPayload(parts: [KeyPayload(eventSourceARN)] + values))
        }
    }
}

private struct LastAppliedLayer<Store: LastAppliedStore>: RecordLayer {
    let applied: LastAppliedGuard<Store>

    func handle(
        _ record: StreamRecord,
        context: RecordContext<StreamRecord>,
        next: any RecordHandler<StreamRecord>
    ) async throws {
        guard let key = try record.lastAppliedKey, let number = record.sequenceNumber else {
            throw LastAppliedError.missingKey
        }
        let isApplied: Void? = try await applied.apply(
            key: key,
            number: number,
            remainingTime: context.lambda.remainingTimeIfLimited,
            functionName: context.lambda.functionName,
            logger: context.logger
        ) {
            try await next.handle(record, context: context)
        }
        if isApplied == nil { context.countSkipped() }
    }
}
