// Runs a record handler over a batch and answers how far the checkpoint may move.

internal import DynamoDBStreamEvents
public import LambdaFunctions
internal import Logging

/// A function for a DynamoDB stream: one record handler, run over every record of the batch.
///
/// By default records are handled in stream order and the first one that fails stops the batch and is reported by its
/// sequence number: the records before it are done and are not delivered again, the records behind it have not been
/// touched. A record that cannot be decoded fails like one whose handler throws. When time runs short, what was done
/// is kept and the first record that was not is reported, where a timeout would deliver the whole batch again.
///
/// The event source mapping must have `FunctionResponseTypes: [ReportBatchItemFailures]`; without it Lambda ignores the
/// answer, and a failed record is lost. ``FailureReportWatchdog`` notices.
public struct BatchProcessor<Source: BatchSource>: LambdaHandler {
    private let handler: any RecordHandler<Source.Record>
    private let settings: BatchSettings

    /// A processor over a handler type.
    ///
    /// - Parameters:
    ///   - order: how many records run at once, and in which order.
    ///   - onFailure: what a failed record stops: by default everything behind it for a stream whose records run one
    ///     after the other, otherwise only the later records of its item or group.
    ///   - report: which records the answer names: by default the lowest for a stream, all for a queue.
    ///   - deadlineMargin: running handlers are cancelled this long before the invocation's deadline, and no record is
    ///     begun when less than this and the longest time a record of the batch has taken is left. By default a
    ///     second, or a tenth of the time there was at the start where that is less.
    ///   - crashJournal: notes which records run, so that one that crashes the process is known by the next process.
    ///   - observer: is told what became of each batch.
    ///   - watchdog: notices a mapping that ignores the answer.
    public init<Handler: RecordHandler<Source.Record>>(
        order: ProcessingOrder = .sequential,
        onFailure: FailureRule? = nil,
        report: FailureReport? = nil,
        deadlineMargin: Duration? = nil,
        crashJournal: CrashJournal? = nil,
        observer: (any BatchObserver)? = nil,
        watchdog: FailureReportWatchdog? = nil,
        _ handler: Handler,
        of source: Source.Type = Source.self
    ) {
        self.handler = handler
        let isSequentialStream = order == .sequential && Source.checkpoint == .lowestFailure
        settings = BatchSettings(
            order: order,
            onFailure: onFailure ?? (isSequentialStream ? .stop : .continue),
            report: report ?? (Source.checkpoint == .lowestFailure ? .lowest : .all),
            deadlineMargin: deadlineMargin,
            crashJournal: crashJournal,
            observer: observer,
            watchdog: watchdog
        )
    }

    /// Reads the event and answers with the batch response as JSON.
    ///
    /// - Throws: the source's error for a payload that is no event of it (`StreamEventError`, ``BatchEventError``), and
    ///   what ``process(_:context:)`` throws.
    public func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
        let event = try Source(payload: payload)
        return LambdaResponse(body: try await process(event, context: context).json)
    }

    /// Handles the records of `event`.
    ///
    /// - Throws: ``BatchProcessingError`` when there is no way to say what failed, so that the whole batch must come
    ///   again.
    // Compiled for the common source as if it were the only one: generic code costs 150 ns a record.
    @_specialize(where Source == StreamEvent)
    public func process(_ event: Source, context: LambdaContext) async throws -> BatchResponse {
        settings.watchdog?.observe(event.records, logger: context.logger)
        let run = BatchRun<Source>(event.records, handler: handler, settings: settings, context: context)
        let response = try await run.response()
        try settings.watchdog?.note(response, of: event.records)
        return response
    }
}

/// How a batch is to be handled.
struct BatchSettings: Sendable {
    var order: ProcessingOrder
    var onFailure: FailureRule
    var report: FailureReport
    var deadlineMargin: Duration?
    var crashJournal: CrashJournal?
    var observer: (any BatchObserver)?
    var watchdog: FailureReportWatchdog?
}

/// A batch whose outcome cannot be told record by record: the invocation fails and Lambda delivers all of it again.
public enum BatchProcessingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The record that would have to be reported has no sequence number or message id that could be read. `index` counts from 0;
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
