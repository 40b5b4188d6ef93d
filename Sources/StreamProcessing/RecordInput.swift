// The types that a processor's closure may take first: the record itself, or what it decodes into.

public import DynamoDBStreamEvents

/// What a processor's closure handles: `ItemChange` of a `Decodable` model, `KeyChange` of decodable keys, `StreamRecord`,
/// ``SQSMessage``, ``KinesisRecord``, or a type of yours that reads itself from a record.
///
/// ```swift
/// struct Removal: RecordInput {
///     let id: String?
///
///     init(record: StreamRecord) throws {
///         id = record.eventName == .remove ? record.keys?["id"]?.string : nil
///     }
/// }
///
/// let processor = BatchProcessor { (removal: Removal, context: RecordContext) in
///     if let id = removal.id { context.logger.info("\(id) was removed") }
/// }
/// ```
public protocol RecordInput<Record>: SendableMetatype {
    /// The record that it is read from.
    associatedtype Record: BatchRecord

    /// Reads the record.
    ///
    /// - Throws: what is wrong with the record, which then fails. An error of the kind ``FailureKind/permanent`` sends it to
    ///   the dead letters at once.
    init(record: Record) throws
}

/// A change whose model reads itself by `ItemDecodable`, which `@StreamItem` writes. Models that are `Decodable` too are
/// ``RecordInput``.
///
/// ```swift
/// struct Total: ItemDecodable {
///     let total: Int
///
///     init(from reader: inout ItemReader) throws { total = try reader.read("total") }
/// }
///
/// let processor = BatchProcessor { (change: ItemChange<Total>, context: RecordContext) in
///     context.logger.info("the total is \(change.new?.total ?? 0)")
/// }
/// ```
public protocol ItemDecodableInput: SendableMetatype {
    init(record: StreamRecord) throws
}

extension ItemChange: RecordInput where Model: Decodable {
    @inlinable
    public init(record: StreamRecord) throws {
        self = try record.change(as: Model.self)
    }
}

extension ItemChange: ItemDecodableInput where Model: ItemDecodable {
    @_disfavoredOverload
    @inlinable
    public init(record: StreamRecord) throws {
        self = try record.change(as: Model.self)
    }
}

extension KeyChange: RecordInput where Keys: Decodable {
    public init(record: StreamRecord) throws {
        self = try record.keyChange(as: Keys.self)
    }
}

extension KeyChange: ItemDecodableInput where Keys: ItemDecodable {
    @_disfavoredOverload
    public init(record: StreamRecord) throws {
        self = try record.keyChange(as: Keys.self)
    }
}

extension StreamRecord: RecordInput {
    @inlinable
    public init(record: StreamRecord) {
        self = record
    }
}

extension SQSMessage: RecordInput {
    public init(record: SQSMessage) {
        self = record
    }
}

extension KinesisRecord: RecordInput {
    public init(record: KinesisRecord) {
        self = record
    }
}
