// Runs a record handler over a batch and responds with how far the checkpoint may move.

internal import DynamoDBStreamEvents
public import LambdaFunctions
internal import Logging

/// A function for a DynamoDB stream, a Kinesis stream or an SQS queue: one handler, run over every record of the batch.
///
/// ```swift
/// let processor = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in
///     try await project(change)
/// }
/// .retried(.exponential(attempts: 3))
/// .deadLettered(after: 5, to: SQSDeadLetterQueue(url: queueURL))
/// ```
///
/// By default, records are handled in stream order. The first record that fails stops the batch and is reported by its
/// sequence number. The records before it are done and are not delivered again; the records behind it have not been
/// started. A record that cannot be decoded fails like one whose handler throws. When time runs short, the processor
/// keeps what is done and reports the first record that is not. A timeout would deliver the whole batch again.
///
/// ``RecordStack`` lists the stages that a record goes through on its way to the handler.
///
/// The event source mapping must have `FunctionResponseTypes: [ReportBatchItemFailures]`. Without it, Lambda ignores
/// the response and failed records are lost. ``FailureReportWatchdog`` detects such a mapping.
public struct BatchProcessor<Record: BatchRecord>: RecordProcessor {
    /// How many records run at once, and in which order.
    public let order: ProcessingOrder
    /// What happens after a failure, and how the outcome of a batch is reported.
    public let settings: BatchSettings
    public var stack = RecordStack<Record>()
    private let handler: any RecordHandler<Record>

    /// A processor over a handler type.
    ///
    /// - Parameters:
    ///   - order: how many records run at once, and in which order.
    ///   - settings: the failure rule, the deadline margin, the crash journal and observers.
    ///   - handler: handles one record.
    public init<Handler: RecordHandler>(
        order: ProcessingOrder = .sequential,
        settings: BatchSettings = BatchSettings(),
        handler: Handler
    ) where Handler.Record == Record {
        self.order = order
        self.settings = settings
        self.handler = handler
    }

    /// This processor with a stage that skips what an earlier delivery has done.
    package func settingIdempotency(_ stage: some IdempotencyStage<Record>) -> Self {
        settingStack { $0.idempotency = stage }
    }

    /// This processor with a stage that skips changes which are not newer than the last applied one of their item.
    package func settingLastApplied(_ stage: some RecordLayer<Record>) -> Self {
        settingStack { $0.lastApplied = stage }
    }

    /// Reads the event and responds with the batch response as JSON.
    ///
    /// - Throws: the source's error for a payload that is not an event of it (`StreamEventError`, ``BatchEventError``),
    ///   and what ``process(_:context:)`` throws.
    public func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
        let event = try Record.Source(payload: payload)
        return LambdaResponse(body: try await process(event, context: context).json)
    }

    /// Handles the records of `event`.
    ///
    /// - Throws: ``BatchProcessingError`` if a failed record cannot be reported, so that the whole batch must come
    ///   again.
    // Compiled for the common source as if it were the only one: generic code costs 150 ns a record.
    @_specialize(where Record == StreamRecord)
    public func process(_ event: Record.Source, context: LambdaContext) async throws -> BatchResponse {
        settings.watchdog?.observe(event.records, logger: context.logger)
        let rules = BatchRules(order: order, settings: settings, stack: stack)
        let run = BatchRun<Record>(event.records, handler: handler, stack: stack, rules: rules, context: context)
        let response = try await run.response()
        try settings.watchdog?.note(response, of: event.records)
        return response
    }
}

/// A batch whose outcome cannot be reported record by record: the invocation fails and Lambda delivers all of it again.
///
/// ```swift
/// do {
///     _ = try await processor.process(event, context: context)
/// } catch BatchProcessingError.noTimeToBegin(let remaining, let margin) {
///     print("\(remaining) were left, and \(margin) are needed")
/// }
/// ```
public enum BatchProcessingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The record that would have to be reported has no readable sequence number or message id. `index` counts from 0;
    /// `errorType` is the type of what the handler threw, where it threw.
    case noItemIdentifier(index: Int, errorType: String?)
    /// Less time than the margin was left before the first record, so nothing could be done.
    case noTimeToBegin(remaining: Duration, margin: Duration)

    public var description: String {
        switch self {
        case .noItemIdentifier(let index, let errorType):
            """
            record \(index + 1) of the batch is not done\(errorType.map { " (\($0))" } ?? "") and has no readable \
            sequence number or message id, so it cannot be reported; the whole batch fails
            """
        case .noTimeToBegin(let remaining, let margin):
            """
            \(remaining) were left of the invocation and the deadline margin is \(margin), so no record was begun; \
            raise the function's Timeout or lower deadlineMargin
            """
        }
    }
}
