// Leaving records alone that are none of the handler's business.

public import DynamoDBStreamEvents

extension RecordHandler {
    /// Handles only the records for which `isWanted` is true; any other is done without being handled.
    ///
    /// Where the rule can be said as a `FilterCriteria` of the event source mapping, say it there too: a record that
    /// is filtered there costs no invocation.
    public func filtered(where isWanted: @escaping @Sendable (StreamRecord) -> Bool) -> LayeredRecordHandler {
        layered(FilterLayer(isWanted: isWanted))
    }
}

private struct FilterLayer: RecordLayer {
    let isWanted: @Sendable (StreamRecord) -> Bool

    func handle(_ record: StreamRecord, context: RecordContext, next: any RecordHandler) async throws {
        guard isWanted(record) else { return }
        try await next.handle(record, context: context)
    }
}
