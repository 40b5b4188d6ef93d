// What handles one record: the one thing an application author writes.

public import DynamoDBStreamEvents

/// Handles one change of one item.
public protocol RecordHandler: Sendable {
    /// Handles one record.
    ///
    /// - Throws: anything; the record counts as failed, and Lambda will deliver it again.
    func handle(_ record: StreamRecord, context: RecordContext) async throws
}

/// A closure of the raw record in the place of a handler.
struct RawRecordHandler: RecordHandler {
    let body: @Sendable (StreamRecord, RecordContext) async throws -> Void

    func handle(_ record: StreamRecord, context: RecordContext) async throws {
        try await body(record, context)
    }
}

/// A closure of the decoded change in the place of a handler.
struct ChangeHandler<Model: Decodable & Sendable>: RecordHandler {
    let decoder: AttributeValueDecoder
    let body: @Sendable (ItemChange<Model>, RecordContext) async throws -> Void

    func handle(_ record: StreamRecord, context: RecordContext) async throws {
        try await body(record.change(as: Model.self, decoder: decoder), context)
    }
}
