// Changes applied once and in order: the layer that passes over what is below an item's watermark.

public import DynamoDBStreamEvents
public import Idempotency
internal import LambdaFunctions
public import StreamProcessing

extension RecordHandler where Record == StreamRecord {
    /// Applies each change of an item once and none after a later one, with one watermark for each item in the place of a
    /// record for each event.
    ///
    /// ```swift
    /// let marks = Watermarks(store: DynamoDBWatermarkStore(table: "watermarks"))
    /// let handler = ChangeHandler(project).watermarked(using: marks)
    /// ```
    ///
    /// A change that is below the watermark counts as skipped. Handle the records of one item one after the other, as
    /// `BatchProcessor` does in both of its orders.
    ///
    /// - Parameters:
    ///   - watermarks: the store, the prefix and the settings. Two functions that handle the same stream must differ in
    ///     their prefix, as they do by default.
    ///   - key: what the change is of; by default the ARN of the stream and the values of the item's keys. Nil fails the
    ///     record with `WatermarkError.missingKey`.
    public func watermarked<Store: WatermarkStore>(
        using watermarks: Watermarks<Store>,
        key: @escaping @Sendable (StreamRecord) throws -> String? = { try $0.watermarkKey }
    ) -> LayeredRecordHandler<StreamRecord> {
        layered(WatermarkLayer(watermarks: watermarks, key: key))
    }

    /// Applies each change of an item once and none after a later one, with the default settings.
    public func watermarked(using store: some WatermarkStore) -> LayeredRecordHandler<StreamRecord> {
        watermarked(using: Watermarks(store: store))
    }
}

extension StreamRecord {
    /// What watermarks know an item by: the ARN of its stream and the values of its keys, in the order of their names.
    ///
    /// The stream is part of it, for only within one are sequence numbers known to grow.
    public var watermarkKey: String? {
        get throws {
            guard let eventSourceARN, let keys, !keys.isEmpty else { return nil }
            let values = try keys.sorted { $0.name < $1.name }.map { try KeyPayload($0.value) }
            return try KeyStrategy.plain.key(of: KeyPayload(parts: [KeyPayload(eventSourceARN)] + values))
        }
    }
}

private struct WatermarkLayer<Store: WatermarkStore>: RecordLayer {
    let watermarks: Watermarks<Store>
    let key: @Sendable (StreamRecord) throws -> String?

    func handle<Record: BatchRecord>(
        _ record: Record,
        context: RecordContext,
        next: any RecordHandler<Record>
    ) async throws {
        // The layer is made for stream records only, so the cast always succeeds.
        guard let change = record as? StreamRecord else { return try await next.handle(record, context: context) }
        guard let key = try key(change), let number = change.sequenceNumber else { throw WatermarkError.missingKey }
        let applied: Void? = try await watermarks.apply(
            key: key,
            number: number,
            remainingTime: context.lambda.remainingTimeIfLimited,
            logger: context.logger
        ) {
            try await next.handle(record, context: context)
        }
        if applied == nil { context.countSkipped() }
    }
}

extension WatermarkError: ContentFreeError {
    /// Without the key, which may be somebody's order number, and with no more of the store's error than it says itself.
    public var contentFreeDescription: String {
        description(naming: { _ in "" }, underlying: { $0.contentFreeDescription })
    }
}
