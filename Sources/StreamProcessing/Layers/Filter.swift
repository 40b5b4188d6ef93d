// Leaving records alone that are none of the handler's business.

extension RecordHandler {
    /// Handles only the records for which `isWanted` is true; any other is done without being handled.
    ///
    /// Where the rule can be said as a `FilterCriteria` of the event source mapping, say it there too: a record that
    /// is filtered there costs no invocation.
    public func filtered(where isWanted: @escaping @Sendable (Record) -> Bool) -> LayeredRecordHandler<Record> {
        layered(FilterLayer(isWanted: isWanted))
    }
}

private struct FilterLayer<Wanted: BatchRecord>: RecordLayer {
    let isWanted: @Sendable (Wanted) -> Bool

    func handle<Record: BatchRecord>(
        _ record: Record,
        context: RecordContext,
        next: any RecordHandler<Record>
    ) async throws {
        // The layer was made for the records of the handler it wraps, so the cast always succeeds.
        if let record = record as? Wanted, !isWanted(record) { return context.countSkipped() }
        try await next.handle(record, context: context)
    }
}
