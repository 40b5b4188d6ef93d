// The course of a run, from the delivery log's entries, for the timeline, the verdict and the report.

import DynamoDBStreamEvents
import EventSourceMapping
import JSONScanning

struct RunTrace: Sendable {
    /// What was sent and what came back, beside the log's entry.
    struct Exchange: Sendable {
        let event: [UInt8]
        let outcome: InvocationOutcome
    }

    let mapping: EventSourceMappingConfiguration
    private(set) var shards: [ShardTrace] = []
    private(set) var warnings: [String] = []
    /// Whether events and responses are kept, for the report.
    private let keepsContent: Bool
    private let keepsHistory: Bool
    private var remainingContent: Int
    private var indices: [String: Int] = [:]

    /// A report with more than that in it would be slow to open.
    static let contentLimit = 32 << 20

    /// - Parameter keepsHistory: whether records and invocations are kept once they are done. Without them the trace
    ///   has a bound: it grows with what is not done, and with what was discarded or lost.
    init(mapping: EventSourceMappingConfiguration, keepsContent: Bool, keepsHistory: Bool) {
        self.mapping = mapping
        self.keepsContent = keepsContent
        self.keepsHistory = keepsHistory
        remainingContent = Self.contentLimit
    }

    mutating func add(_ sequenceNumber: SequenceNumber, shardID: String) {
        shards[index(of: shardID)].add(sequenceNumber)
    }

    /// - Returns: the invocation, if the entry was one.
    @discardableResult
    mutating func add(_ entry: DeliveryLogEntry, exchange: Exchange? = nil) -> TracedInvocation? {
        switch entry {
        case .invoke(let entry): return add(entry, exchange)
        case .checkpoint(let entry): shards[index(of: entry.shardID)].checkpoint(entry.sequenceNumber)
        case .filtered(let entry): shards[index(of: entry.shardID)].filtered(entry.sequenceNumbers)
        case .destination(let entry):
            shards[index(of: entry.delivery.shardID)].lose(
                entry.delivery.sequenceNumbers,
                reason: Self.reason(entry.delivery.message.condition.rawValue),
                message: entry.delivery.message.json()
            )
        case .dropped(let entry):
            let failure = entry.destinationFailure.map { ", and the message could not be sent: \($0)" } ?? ""
            shards[index(of: entry.shardID)].lose(
                entry.sequenceNumbers,
                reason: Self.reason(entry.reason.rawValue) + failure,
                message: nil
            )
        case .warning(let entry):
            // One text may come for every batch; a hundred different ones are more than anyone reads.
            if warnings.count < 100, !warnings.contains(entry.text) { warnings.append(entry.text) }
        }
        return nil
    }

    func position(of number: SequenceNumber, shardID: String) -> Int? {
        indices[shardID].flatMap { shards[$0].position(of: number) }
    }

    // MARK: Invocations

    private mutating func add(_ entry: DeliveryLogEntry.Invoke, _ exchange: Exchange?) -> TracedInvocation {
        let invocation = entry.invocation
        let index = index(of: invocation.shardID)
        let records = shards[index].records(invocation.sequenceNumbers)
        let place = shards[index].place(of: records, invocation)
        let failed = entry.failedSequenceNumber.flatMap { shards[index].position(of: $0) }
        let traced = TracedInvocation(
            at: invocation.at,
            concurrentBatch: invocation.concurrentBatch,
            attempt: invocation.attempt,
            requestID: invocation.requestID,
            records: records,
            window: invocation.window,
            outcome: entry.outcome,
            error: Self.error(exchange?.outcome, entry),
            failed: failed,
            response: keep(exchange, of: entry, records, in: index),
            origin: place.origin,
            parent: place.parent,
            depth: place.depth,
            next: next(after: entry, records, failed: failed)
        )
        let ignored = ignoredFailure(in: exchange, of: entry, in: index)
        shards[index].append(traced, at: place, ignoredFrom: ignored)
        return traced
    }

    /// What the mapping does next, by its rules.
    private func next(after entry: DeliveryLogEntry.Invoke, _ records: TracedRecords, failed: Int?) -> String {
        switch entry.outcome {
        case .success: return ""
        case .throttled: return "again; a throttled attempt does not count"
        case .partial: return "goes on from #\((failed ?? 0) + 1)"
        case .failed:
            if mapping.bisectBatchOnFunctionError, records.count > 1 { return "bisected" }
            let limit = mapping.maximumRetryAttempts
            guard limit >= 0, entry.invocation.attempt > limit else { return "again" }
            return mapping.onFailureDestination == nil ? "discarded" : "discarded; a message to the destination"
        }
    }

    private static func error(_ outcome: InvocationOutcome?, _ entry: DeliveryLogEntry.Invoke) -> String? {
        guard entry.outcome == .failed || entry.outcome == .throttled else { return nil }
        switch outcome {
        case .functionError(let message): return message
        case .throttled: return "throttled"
        case .unavailable(let reason): return reason
        case .requestTooLarge: return "the event was too large"
        case .response, nil:
            if entry.failedSequenceNumber != nil { return nil }
            return entry.functionError ?? "the response fails the whole batch"
        }
    }

    private static func reason(_ condition: String) -> String {
        switch condition {
        case "RetryAttemptsExhausted": "no retry attempts were left"
        case "RecordAgeExceeded": "older than MaximumRecordAgeInSeconds"
        case "RecordsExpired": "the stream no longer had them"
        default: condition
        }
    }

    // MARK: Content

    /// Where the function reported failures to a mapping that does not read them: the position from which on records
    /// would have been delivered again.
    private func ignoredFailure(in exchange: Exchange?, of entry: DeliveryLogEntry.Invoke, in index: Int) -> Int? {
        guard !mapping.reportsBatchItemFailures, entry.outcome == .success,
            case .response(let response) = exchange?.outcome,
            let first = UnreadReport.firstFailure(in: response, of: entry.invocation.sequenceNumbers)
        else { return nil }
        return shards[index].position(of: entry.invocation.sequenceNumbers[first])
    }

    /// Keeps the records of the event and the response, those of failures first of all.
    private mutating func keep(
        _ exchange: Exchange?,
        of entry: DeliveryLogEntry.Invoke,
        _ records: TracedRecords,
        in index: Int
    ) -> [UInt8]? {
        guard keepsContent, let exchange else { return nil }
        // The second half of the space is for what went wrong.
        let isTrouble = entry.outcome != .success
        guard remainingContent > (isTrouble ? 0 : Self.contentLimit / 2) else { return nil }
        let isKnown = records.positions.allSatisfy { shards[index].bodies[$0] != nil }
        if !isKnown, let list = (try? JSONDocument(exchange.event))?.root["Records"] {
            for (position, record) in zip(records.positions, list.elements) where shards[index].bodies[position] == nil
            {
                shards[index].bodies[position] = Array(record.jsonText)
                remainingContent -= record.jsonText.count
            }
        }
        guard case .response(let response) = exchange.outcome else { return nil }
        remainingContent -= response.count
        return response
    }

    private mutating func index(of shardID: String) -> Int {
        if let index = indices[shardID] { return index }
        indices[shardID] = shards.count
        shards.append(ShardTrace(id: shardID, keepsHistory: keepsHistory))
        return shards.count - 1
    }
}
