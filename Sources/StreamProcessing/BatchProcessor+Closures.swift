// Processors that are made from a closure, and the compiler's message for a closure that fits none of them.
//
// The closures around the closure are compiled where it is written, and so are the models' `init(record:)`: generic code
// looks its types up at run time, which takes longer than decoding a small item.

public import DynamoDBStreamEvents

extension BatchProcessor {
    /// A processor over a closure that takes the decoded change of an item, or the record itself.
    ///
    /// ```swift
    /// let changes = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in try await notify(change) }
    /// let records = BatchProcessor { (record: StreamRecord, context: RecordContext) in try record.validate() }
    /// let messages = BatchProcessor { (message: SQSMessage, context: RecordContext) in
    ///     try await notify(message.decodeBody(as: Order.self))
    /// }
    /// ```
    ///
    /// The type of the closure's first parameter decides what the processor handles, so write it out. To use another
    /// decoder, see ``ChangeHandler``.
    ///
    /// - Parameters:
    ///   - order: how many records run at once, and in which order.
    ///   - settings: everything else.
    ///   - body: handles one record.
    @inlinable
    public init<Input: RecordInput>(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        _ body: @escaping @Sendable (_ input: Input, _ context: RecordContext<Record>) async throws -> Void
    ) where Input.Record == Record {
        let handler = RawRecordHandler { try await body(Input(record: $0), $1) }
        self.init(order: order, settings: settings, handler: handler)
    }

    /// A processor over a closure that does not wait; otherwise like the other initializer. The closure is called as any
    /// function is, without a task's bookkeeping.
    @inlinable
    public init<Input: RecordInput>(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        _ body: @escaping @Sendable (_ input: Input, _ context: RecordContext<Record>) throws -> Void
    ) where Input.Record == Record {
        let handler = SynchronousRecordHandler { try body(Input(record: $0), $1) }
        self.init(order: order, settings: settings, handler: handler)
    }
}

extension BatchProcessor where Record == StreamRecord {
    /// A processor over a closure of a change whose model is `ItemDecodable`; otherwise like the other initializer.
    @_disfavoredOverload
    @inlinable
    public init<Input: ItemDecodableInput>(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        _ body: @escaping @Sendable (_ input: Input, _ context: RecordContext<StreamRecord>) async throws -> Void
    ) {
        let handler = RawRecordHandler { try await body(Input(record: $0), $1) }
        self.init(order: order, settings: settings, handler: handler)
    }

    /// A processor over a closure that does not wait, of a change whose model is `ItemDecodable`; otherwise like the other
    /// initializer.
    @_disfavoredOverload
    @inlinable
    public init<Input: ItemDecodableInput>(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        _ body: @escaping @Sendable (_ input: Input, _ context: RecordContext<StreamRecord>) throws -> Void
    ) {
        let handler = SynchronousRecordHandler { try body(Input(record: $0), $1) }
        self.init(order: order, settings: settings, handler: handler)
    }
}

// Chosen by the compiler for nothing that works, so that it gives one sentence instead of a list of candidates.

extension BatchProcessor where Record == StreamRecord {
    @available(
        *,
        unavailable,
        message: "write what the closure takes: (change: ItemChange<Order>, context: RecordContext) in"
    )
    @_disfavoredOverload
    public init<First, Second>(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        _ body: @escaping (First, Second) async throws -> Void
    ) {
        self.init(order: order, settings: settings, handler: RawRecordHandler { _, _ in })
    }

    @available(
        *,
        unavailable,
        message: "write what the closure takes: (change: ItemChange<Order>, context: RecordContext) in"
    )
    @_disfavoredOverload
    public init(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        _ body: @escaping (Any, Any) async throws -> Void
    ) {
        self.init(order: order, settings: settings, handler: RawRecordHandler { _, _ in })
    }

    @available(*, unavailable, message: "the closure takes two: (change: ItemChange<Order>, context: RecordContext) in")
    @_disfavoredOverload
    public init<First>(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        _ body: @escaping (First) async throws -> Void
    ) {
        self.init(order: order, settings: settings, handler: RawRecordHandler { _, _ in })
    }

    @available(*, unavailable, message: "the closure takes two: (change: ItemChange<Order>, context: RecordContext) in")
    @_disfavoredOverload
    public init(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        _ body: @escaping (Any) async throws -> Void
    ) {
        self.init(order: order, settings: settings, handler: RawRecordHandler { _, _ in })
    }
}

extension BatchProcessor {
    @available(*, unavailable, renamed: "init(order:settings:handler:)", message: "name it: BatchProcessor(handler: …)")
    @_disfavoredOverload
    public init<Handler: RecordHandler>(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        _ handler: Handler
    ) where Handler.Record == Record {
        self.init(order: order, settings: settings, handler: handler)
    }
}
