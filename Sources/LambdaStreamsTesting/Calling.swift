// Any handler or processor called in process with one line, a context for tests included.

public import LambdaStreams

extension LambdaHandler {
    /// Passes the bytes of one event to the handler, as the runtime would.
    ///
    /// - Throws: what the handler throws.
    public func invoke(json: [UInt8], context: LambdaContext = .testing()) async throws -> LambdaResponse {
        try await handle(json, context: context)
    }

    /// Passes one event to the handler, as the runtime would.
    ///
    /// - Throws: what the handler throws.
    public func invoke(json: String, context: LambdaContext = .testing()) async throws -> LambdaResponse {
        try await handle(Array(json.utf8), context: context)
    }

    /// Passes one stream event to the handler, as the runtime would.
    ///
    /// - Throws: what the handler throws.
    public func invoke(_ event: StreamEvent, context: LambdaContext = .testing()) async throws -> LambdaResponse {
        try await handle(event.bytes, context: context)
    }
}

extension LambdaResponse {
    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

extension BatchProcessor {
    /// Handles the records of `event` in an invocation of thirty seconds.
    ///
    /// - Throws: what the processor throws: `BatchProcessingError` if nothing can be reported.
    public func process(_ event: Record.Source) async throws -> BatchResponse {
        try await process(event, context: .testing())
    }
}

extension BatchResponse {
    /// The response of a processor when every record is done.
    public static var success: BatchResponse { BatchResponse() }

    /// The response of a processor of a stream when the checkpoint stays before `record`.
    public static func failure(from record: some BatchRecord) -> BatchResponse {
        BatchResponse(batchItemFailures: record.itemIdentifier.map { [BatchItemFailure(itemIdentifier: $0)] } ?? [])
    }
}

extension RecordHandler {
    /// Handles one record as the `index`th of a batch of `count`.
    ///
    /// - Throws: what the handler throws. There is no processor, so nothing is skipped, reported or retried.
    public func handle(
        _ record: Record,
        in invocation: LambdaContext = .testing(),
        index: Int = 0,
        of count: Int = 1
    ) async throws {
        let context = RecordContext(lambda: invocation, record: record, index: index, count: max(count, index + 1))
        try await handle(record, context: context)
    }
}
