// The type that handles one record: what an application author writes.

public import DynamoDBStreamEvents

/// Handles one record: for a DynamoDB stream, one change of one item.
///
/// ```swift
/// struct Notifier: RecordHandler {
///     func handle(_ record: StreamRecord, context: RecordContext<StreamRecord>) async throws {
///         try await notify(record.change(as: Order.self))
///     }
/// }
///
/// let processor = BatchProcessor(handler: Notifier())
/// ```
public protocol RecordHandler<Record>: Sendable {
    /// What it handles: `StreamRecord`, ``KinesisRecord``, ``SQSMessage``.
    associatedtype Record: BatchRecord

    /// Handles one record.
    ///
    /// Honor cancellation: it comes when the invocation's time is nearly up.
    ///
    /// - Throws: any error; the record counts as failed, and Lambda delivers it again. ``FailureKind`` says what an error
    ///   means for the dead-letter decision.
    func handle(_ record: Record, context: RecordContext<Record>) async throws
}

/// A record handler over a closure that takes the record itself.
///
/// ```swift
/// let handler = RawRecordHandler { (record: StreamRecord, context) in
///     context.logger.info("\(record.json.count) bytes")
/// }
/// let processor = BatchProcessor(handler: handler)
/// ```
public struct RawRecordHandler<Record: BatchRecord>: RecordHandler {
    private let body: @Sendable (Record, RecordContext<Record>) async throws -> Void

    /// Creates a handler that receives each record undecoded.
    public init(_ body: @escaping @Sendable (_ record: Record, _ context: RecordContext<Record>) async throws -> Void) {
        self.body = body
    }

    public func handle(_ record: Record, context: RecordContext<Record>) async throws {
        try await body(record, context)
    }
}

/// A record handler over a closure that never waits, so that no task has to switch for it.
@usableFromInline
struct SynchronousRecordHandler<Record: BatchRecord>: RecordHandler {
    @usableFromInline typealias Body = @Sendable (Record, RecordContext<Record>) throws -> Void
    let body: Body

    @usableFromInline
    init(_ body: @escaping Body) {
        self.body = body
    }

    @usableFromInline
    func handle(_ record: Record, context: RecordContext<Record>) async throws {
        try body(record, context)
    }
}

/// A record handler made of a closure of the decoded change of an item.
///
/// ```swift
/// var decoder = AttributeValueDecoder()
/// decoder.keyDecodingStrategy = .convertFromSnakeCase
/// let handler = ChangeHandler(decoder: decoder) { (change: ItemChange<Order>, context) in try await notify(change) }
/// let processor = BatchProcessor(handler: handler)
/// ```
public struct ChangeHandler<Model>: RecordHandler {
    private let decode: @Sendable (StreamRecord) throws -> ItemChange<Model>
    private let body: @Sendable (ItemChange<Model>, RecordContext<StreamRecord>) async throws -> Void

    /// A handler of changes whose images decode by `Codable`.
    ///
    /// - Parameters:
    ///   - decoder: how images become a `Model`.
    ///   - body: handles one change.
    public init(
        decoder: AttributeValueDecoder = AttributeValueDecoder(),
        _ body:
            @escaping @Sendable (_ change: ItemChange<Model>, _ context: RecordContext<StreamRecord>) async throws ->
            Void
    ) where Model: Decodable & SendableMetatype {
        decode = { try $0.change(as: Model.self, decoder: decoder) }
        self.body = body
    }

    /// A handler of changes whose images decode by `ItemDecodable`, which `@StreamItem` writes.
    @_disfavoredOverload
    public init(
        decoder: AttributeValueDecoder = AttributeValueDecoder(),
        _ body:
            @escaping @Sendable (_ change: ItemChange<Model>, _ context: RecordContext<StreamRecord>) async throws ->
            Void
    ) where Model: ItemDecodable & SendableMetatype {
        decode = { try $0.change(as: Model.self, decoder: decoder) }
        self.body = body
    }

    /// - Throws: `StreamRecordError` for a record that does not decode, otherwise what the closure throws.
    public func handle(_ record: StreamRecord, context: RecordContext<StreamRecord>) async throws {
        try await body(decode(record), context)
    }
}
