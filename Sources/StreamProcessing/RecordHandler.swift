// What handles one record: the one thing an application author writes.

public import DynamoDBStreamEvents
public import LambdaFunctions

/// Handles one record: for a DynamoDB stream, one change of one item.
public protocol RecordHandler<Record>: Sendable {
    /// What it handles: `StreamRecord`, ``KinesisRecord``, ``SQSMessage``.
    associatedtype Record: BatchRecord

    /// Handles one record.
    ///
    /// Honour cancellation: it comes when the invocation's time is nearly up.
    ///
    /// - Throws: anything; the record counts as failed, and Lambda will deliver it again. ``Permanent`` says that
    ///   another delivery would not help.
    func handle(_ record: Record, context: RecordContext) async throws

    /// Is told of a batch before its records are handled. ``LayeredRecordHandler`` passes it on to its layers; by default
    /// nothing.
    func prepare(
        _ records: some RandomAccessCollection<Record> & Sendable,
        notes: BatchNotes,
        context: LambdaContext
    ) async
}

extension RecordHandler {
    public func prepare(
        _ records: some RandomAccessCollection<Record> & Sendable,
        notes: BatchNotes,
        context: LambdaContext
    ) async {}
}

/// A record handler made of a closure of the record as it came.
public struct RawRecordHandler<Record: BatchRecord>: RecordHandler {
    private let body: @Sendable (Record, RecordContext) async throws -> Void

    public init(_ body: @escaping @Sendable (_ record: Record, _ context: RecordContext) async throws -> Void) {
        self.body = body
    }

    public func handle(_ record: Record, context: RecordContext) async throws {
        try await body(record, context)
    }
}

/// A record handler made of a closure of the decoded change of an item.
public struct ChangeHandler<Model: Decodable & Sendable>: RecordHandler {
    private let decoder: AttributeValueDecoder
    private let body: @Sendable (ItemChange<Model>, RecordContext) async throws -> Void

    /// - Parameter decoder: how images become a `Model`.
    public init(
        decoder: AttributeValueDecoder = AttributeValueDecoder(),
        _ body: @escaping @Sendable (_ change: ItemChange<Model>, _ context: RecordContext) async throws -> Void
    ) {
        self.decoder = decoder
        self.body = body
    }

    /// - Throws: `StreamRecordError` for a record that does not decode, otherwise what the closure throws.
    public func handle(_ record: StreamRecord, context: RecordContext) async throws {
        try await body(record.change(as: Model.self, decoder: decoder), context)
    }
}
