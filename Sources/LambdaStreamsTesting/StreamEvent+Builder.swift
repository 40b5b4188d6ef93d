// Stream events made in code: each change becomes the record that DynamoDB would write of it.

internal import JSONScanning
public import LambdaStreams

extension StreamEvent {
    /// Builds a stream event from changes.
    ///
    /// ```swift
    /// let event = try StreamEvent.Builder(keys: "id", view: .newAndOldImages)
    ///     .insert(Order(id: "o-1", total: 5))
    ///     .modify(old: Order(id: "o-1", total: 5), new: Order(id: "o-1", total: 6))
    ///     .remove(["id": "o-1", "total": 6], by: .timeToLive)
    ///     .build()
    /// ```
    ///
    /// The records are JSON as in a stream: keys from the items, images of the stream's view type, ascending sequence
    /// numbers, event ids, times a second apart, sizes as DynamoDB counts them. The same calls make the same bytes.
    public struct Builder: Sendable {
        let keys: [String]
        let stream: StreamIdentity
        let view: StreamViewType
        let encoder: AttributeValueEncoder
        var position: StreamPosition
        private(set) var records: [[UInt8]] = []

        /// An event without records, of a table with these key attributes.
        ///
        /// - Parameters:
        ///   - partitionKey: the name of the partition key.
        ///   - sortKey: the name of the sort key, for a table with a composite primary key.
        ///   - view: which images the records carry.
        ///   - table: the table's name in the ARN.
        ///   - region: the region in the ARN and the records.
        ///   - account: the account in the ARN.
        ///   - streamARN: by default made of the table's name, the region and the account.
        ///   - sequenceNumber: the first record's; the others follow it.
        ///   - time: when the first change was made; each further one is a second later. It does
        ///     not move with the clock: set it to test what depends on a record's age.
        ///   - encoder: how models become items.
        public init(
            keys partitionKey: String,
            _ sortKey: String? = nil,
            view: StreamViewType = .newAndOldImages,
            table: String = "table-under-test",
            region: String = "us-east-1",
            account: String = "123456789012",
            streamARN: String? = nil,
            sequenceNumber: SequenceNumber? = nil,
            time: EpochTime = EpochTime(seconds: 1_789_649_450),
            encoder: AttributeValueEncoder = AttributeValueEncoder()
        ) {
            keys = [partitionKey] + (sortKey.map { [$0] } ?? [])
            stream = StreamIdentity(table: table, region: region, account: account, arn: streamARN)
            self.view = view
            self.encoder = encoder
            position = StreamPosition(sequenceNumber: sequenceNumber, time: time)
        }

        /// The event as JSON.
        public var json: [UInt8] {
            var json: [UInt8] = []
            json.appendJSON("{\"Records\":[")
            json.append(contentsOf: records.joined(separator: [UInt8(ascii: ",")]))
            json.appendJSON("]}")
            return json
        }

        /// The event, read from ``json`` as a deployed function reads it.
        public func build() throws(StreamEventError) -> StreamEvent { try StreamEvent(json) }

        /// An event without records that continues in the same shard.
        public var nextBatch: Builder {
            var next = self
            next.records = []
            return next
        }
    }
}

// MARK: Changes of items

extension StreamEvent.Builder {
    /// Adds an INSERT.
    ///
    /// - Parameters:
    ///   - item: the item's image.
    ///   - time: when the change was made; the changes behind it follow from there.
    public func insert(_ item: Item, at time: EpochTime? = nil) throws(StreamBuilderError) -> Self {
        try adding(StreamChange(name: .insert, old: nil, new: item), at: time)
    }

    /// Adds a MODIFY.
    public func modify(old: Item, new: Item, at time: EpochTime? = nil) throws(StreamBuilderError) -> Self {
        try adding(StreamChange(name: .modify, old: old, new: new), at: time)
    }

    /// Adds a REMOVE.
    ///
    /// - Parameters:
    ///   - item: the item's image.
    ///   - cause: with `.timeToLive` the record carries the identity of DynamoDB's own service.
    ///   - time: when the change was made; the changes behind it follow from there.
    public func remove(
        _ item: Item,
        by cause: RemovalCause = .request,
        at time: EpochTime? = nil
    ) throws(StreamBuilderError) -> Self {
        try adding(StreamChange(name: .remove, old: item, new: nil, cause: cause), at: time)
    }

    /// Adds a record of custom JSON, unchanged: a broken one, for example.
    public func record(json: String) -> Self {
        var builder = self
        builder.records.append(Array(json.utf8))
        return builder
    }

    private func adding(_ change: StreamChange, at time: EpochTime?) throws(StreamBuilderError) -> Self {
        var builder = self
        if let time { builder.position.time = time }
        let keys = try change.keys(named: keys)
        builder.records.append(change.json(keys: keys, stream: stream, view: view, position: builder.position))
        try builder.position.advance()
        return builder
    }
}

// MARK: Changes of models

extension StreamEvent.Builder {
    /// Adds an INSERT of a model.
    @_disfavoredOverload
    public func insert(_ model: some Encodable, at time: EpochTime? = nil) throws(StreamBuilderError) -> Self {
        try insert(item(model), at: time)
    }

    /// Adds a MODIFY of a model.
    @_disfavoredOverload
    public func modify<Model: Encodable>(
        old: Model,
        new: Model,
        at time: EpochTime? = nil
    ) throws(StreamBuilderError) -> Self {
        try modify(old: item(old), new: item(new), at: time)
    }

    /// Adds a REMOVE of a model.
    @_disfavoredOverload
    public func remove(
        _ model: some Encodable,
        by cause: RemovalCause = .request,
        at time: EpochTime? = nil
    ) throws(StreamBuilderError) -> Self {
        try remove(item(model), by: cause, at: time)
    }

    private func item(_ model: some Encodable) throws(StreamBuilderError) -> Item {
        do throws(AttributeEncodingError) {
            return try encoder.encodeItem(model)
        } catch {
            throw .noItem(model: "\(type(of: model))", error)
        }
    }
}

/// Why a change cannot have come from a table.
///
/// ```swift
/// do {
///     _ = try StreamEvent.Builder(keys: "orderId").insert(order).build()
/// } catch StreamBuilderError.missingKey(let name, let attributes) {
///     print("\(name) is not among \(attributes)")
/// }
/// ```
public enum StreamBuilderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The item lacks an attribute of the table's primary key.
    case missingKey(String, attributes: [String])
    /// An attribute of the primary key is not a string, number or binary value, or is empty.
    case unusableKey(String)
    /// A modification changes the primary key, which makes it an insertion and a removal.
    case changedKey(String)
    /// A model does not encode into an item.
    case noItem(model: String, AttributeEncodingError)
    /// There is no sequence number of at most 40 digits behind the last one.
    case noSequenceNumberLeft

    public var description: String {
        switch self {
        case .missingKey(let name, let attributes):
            """
            the item has no attribute "\(name)", which is a key of the builder; it has \
            \(attributes.isEmpty ? "none" : attributes.joined(separator: ", ")): correct Builder(keys:), or --key of the command, or the item
            """
        case .unusableKey(let name):
            "the key attribute \"\(name)\" must be a string, a number or binary data, and not empty"
        case .changedKey(let name):
            "the key attribute \"\(name)\" differs between the old and the new item: add .remove(old) and .insert(new)"
        case .noItem(let model, let error): "\(model) is not encoded into an item: \(error)"
        case .noSequenceNumberLeft: "the sequence numbers are at their end: begin with a smaller one"
        }
    }
}
