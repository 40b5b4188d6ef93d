// Runs a record handler over a batch, in order, and answers how far the checkpoint may move.

public import AWSLambda
public import DynamoDBStreamEvents
internal import Logging

/// A function for a DynamoDB stream: one record handler, run over every record of the batch in stream order.
///
/// The first record that fails stops the batch and is reported by its sequence number; the records before it are done
/// and are not delivered again, the records behind it have not been touched. A record that cannot be decoded fails
/// like one whose handler throws. When time runs short the first record not yet begun is reported, so that what was
/// done is kept where a timeout would deliver the whole batch again.
///
/// The event source mapping must have `FunctionResponseTypes: [ReportBatchItemFailures]`; without it Lambda ignores the
/// answer, and a failed record is lost.
public struct BatchProcessor: LambdaHandler {
    private let handler: any RecordHandler
    private let deadlineMargin: Duration?

    /// A processor over a handler type.
    ///
    /// - Parameter deadlineMargin: no record is begun with less time than this before the invocation's deadline. By
    ///   default a second, or a tenth of the time there was at the start where that is less.
    public init(deadlineMargin: Duration? = nil, _ handler: some RecordHandler) {
        self.handler = handler
        self.deadlineMargin = deadlineMargin
    }

    /// A processor over a closure of the decoded change.
    ///
    /// - Parameter decoder: how images become a `Model`.
    public init<Model: Decodable & Sendable>(
        deadlineMargin: Duration? = nil,
        decoder: AttributeValueDecoder = AttributeValueDecoder(),
        _ body: @escaping @Sendable (_ change: ItemChange<Model>, _ context: RecordContext) async throws -> Void
    ) {
        self.init(deadlineMargin: deadlineMargin, ChangeHandler(decoder: decoder, body: body))
    }

    /// A processor over a closure of the record as it came.
    public init(
        deadlineMargin: Duration? = nil,
        _ body: @escaping @Sendable (_ record: StreamRecord, _ context: RecordContext) async throws -> Void
    ) {
        self.init(deadlineMargin: deadlineMargin, RawRecordHandler(body: body))
    }

    /// Reads the event and answers with the batch response as JSON.
    ///
    /// - Throws: `StreamEventError` for a payload that is not a stream event, and what ``process(_:context:)`` throws.
    public func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
        let event = try StreamEvent(payload)
        return LambdaResponse(body: try await process(event, context: context).json)
    }

    /// Handles the records of `event` in order.
    ///
    /// - Throws: `BatchProcessingError` when there is no way to say what failed, so that the whole batch must come
    ///   again.
    public func process(_ event: StreamEvent, context: LambdaContext) async throws -> BatchResponse {
        let records = event.records
        let margin = deadlineMargin ?? Self.defaultDeadlineMargin(of: context)
        for (index, record) in records.enumerated() {
            guard context.remainingTime > margin else {
                guard index > 0 else {
                    throw BatchProcessingError.noTimeToBegin(remaining: context.remainingTime, margin: margin)
                }
                context.logger.warning("time runs short: \(records.count - index) of \(records.count) records are left for the next delivery")
                return try response(reporting: record, at: index, because: nil)
            }
            let recordContext = RecordContext(lambda: context, record: record, index: index, count: records.count)
            do {
                try await handler.handle(record, context: recordContext)
            } catch {
                recordContext.logger.error(
                    "record \(index + 1) of \(records.count) failed, the batch is reported from it on: \(error)",
                    metadata: ["errorType": "\(type(of: error))"]
                )
                return try response(reporting: record, at: index, because: error)
            }
        }
        return BatchResponse()
    }

    private func response(
        reporting record: StreamRecord,
        at index: Int,
        because error: (any Error)?
    ) throws(BatchProcessingError) -> BatchResponse {
        guard let sequenceNumber = record.sequenceNumber else {
            throw .noSequenceNumber(index: index, underlying: error.map { String(describing: $0) })
        }
        return BatchResponse(batchItemFailures: [BatchItemFailure(itemIdentifier: sequenceNumber)])
    }

    private static func defaultDeadlineMargin(of context: LambdaContext) -> Duration {
        min(.seconds(1), context.remainingTime / 10)
    }
}

/// A batch whose outcome cannot be told record by record: the invocation fails and Lambda delivers all of it again.
public enum BatchProcessingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The record that would have to be reported has no sequence number that could be read.
    case noSequenceNumber(index: Int, underlying: String?)
    /// Less time than the margin was left before the first record, so nothing could be done.
    case noTimeToBegin(remaining: Duration, margin: Duration)

    public var description: String {
        switch self {
        case .noSequenceNumber(let index, let underlying):
            """
            record \(index + 1) of the batch is not done and has no readable dynamodb.SequenceNumber, so it cannot be \
            reported; the whole batch fails\(underlying.map { ": \($0)" } ?? "")
            """
        case .noTimeToBegin(let remaining, let margin):
            """
            \(remaining) were left of the invocation and the deadline margin is \(margin), so no record was begun; \
            raise the function's Timeout or lower deadlineMargin
            """
        }
    }
}
