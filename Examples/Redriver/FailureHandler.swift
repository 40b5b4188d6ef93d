// What becomes of one message about a batch that was discarded.

import LambdaStreamsAWS
import RecordReplay

struct FailureHandler: Sendable {
    let store: FailedRecordStore
    let reader: StreamRangeReader
    /// The function by its ARN.
    let target: @Sendable (_ function: String) -> any ReplayTarget
    /// The function for messages that name none, as those of EventBridge Pipes; nil to park these.
    let function: String?
    /// How many times the queue may deliver a message; 0 to save its records and do nothing else.
    let maximumRedrives: Int

    /// - Throws: ``RedriveError`` where the message is to come again.
    func handle(_ message: SQSMessage, _ logger: Logger) async throws {
        let document: FailureDocument
        let failure: FailureMessage
        do {
            document = try FailureDocument(Array((message.body ?? "").utf8))
            guard case .batch(let batch) = document.content else { throw NoBatch() }
            failure = batch
        } catch {
            // It will be the same the next time: a person has to look.
            try await store.park(unreadable: message)
            logger.error("a message was parked: it is not about a batch that was discarded: \(error)")
            return
        }
        var batch = try await saved(failure, document, logger)
        guard maximumRedrives > 0 else { return }
        guard !batch.records.isEmpty else { return try await store.park(batch) }
        guard failure.window == nil, let function = failure.functionARN ?? function else {
            try await store.park(batch)
            logger.error("a batch was parked: it belongs to a window, or its message names no function")
            return
        }
        let outcome = try await redrive(batch.records, to: function)
        guard !outcome.remaining.isEmpty else {
            logger.info("\(batch.records.count) records were redriven")
            return try await store.remove(batch)
        }
        logger.error("\(outcome.remaining.count) of \(batch.records.count) records failed again")
        for (position, reason) in outcome.failures { logger.debug("record \(position + 1): \(reason)") }
        batch.records = outcome.remaining.map { batch.records[$0] }
        guard (message.approximateReceiveCount ?? 1) < maximumRedrives else { return try await store.park(batch) }
        // What is done is not sent again.
        try await store.save(batch)
        throw RedriveError.failedAgain(count: batch.records.count)
    }

    /// The records of a message: from the bucket where an earlier delivery saved them, otherwise from the stream.
    private func saved(
        _ failure: FailureMessage,
        _ document: FailureDocument,
        _ logger: Logger
    ) async throws -> FailedBatch {
        var batch = FailedBatch(failure, document)
        if let records = try await store.records(of: batch) {
            batch.records = records
            return batch
        }
        if let payload = failure.payload {
            batch.records = payload.records
        } else if failure.window == nil, let range = failure.streamRange {
            let reading = try await reader.read(range)
            if case .nothingCame = reading.ending { throw RedriveError.streamIsSilent }
            batch.records = reading.records
            batch.loss = reading.loss
        } else {
            batch.loss = "the state of a window is only in the event, which a queue does not receive"
        }
        if let loss = batch.loss { logger.error("records of \(failure.place) are lost: \(loss)") }
        try await store.save(batch)
        logger.info("\(batch.records.count) records of \(failure.place) are saved")
        return batch
    }

    private func redrive(_ records: [ReplayRecord], to function: String) async throws -> ParcelOutcome {
        var options = ReplayOptions()
        // The queue's deliveries are the retries.
        options.attempts = 1
        options.patience = .seconds(20)
        let source = SingleParcel(records)
        let replay = Replay(from: source, to: target(function), options: options)
        let summary = await withTaskCancellationHandler {
            await replay.run()
        } onCancel: {
            replay.stop()
        }
        guard let outcome = await source.outcome else { throw RedriveError.stopped("\(summary)") }
        // Nobody knows whether records that were not tried would fail.
        guard summary.untried == 0 else { throw RedriveError.stopped("\(summary.untried) records were not tried") }
        return outcome
    }

    private struct NoBatch: Error, CustomStringConvertible {
        var description: String { "it is a dead letter, a notification or an event" }
    }
}

/// Why a message comes again. Its records are saved, except where the stream is silent.
enum RedriveError: ClassifiedFailure, CustomStringConvertible {
    case failedAgain(count: Int)
    case streamIsSilent
    case stopped(String)

    var failureKind: FailureKind { .elsewhere }

    var description: String {
        switch self {
        case .failedAgain(let count): "\(count) records failed again and are sent again later"
        case .streamIsSilent: "the stream gave no records for a while; it is read again later"
        case .stopped(let reason): "the redrive ended early: \(reason)"
        }
    }
}

/// The records of one message, as the source of a replay.
private actor SingleParcel: ReplaySource {
    private var parcel: ReplayParcel?
    private(set) var outcome: ParcelOutcome?

    init(_ records: [ReplayRecord]) {
        parcel = ReplayParcel(id: 0, origin: "the message", records: records)
    }

    func next() -> ReplayParcel? {
        defer { parcel = nil }
        return parcel
    }

    func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) {
        self.outcome = outcome
    }
}

extension FailureMessage {
    /// Where its records are in the stream.
    fileprivate var streamRange: StreamRange? {
        guard let records else { return nil }
        return StreamRange(
            streamARN: streamARN,
            shardID: shardID,
            runs: redrive?.ranges ?? [records.start...records.end]
        )
    }
}

extension StreamRangeReading {
    /// What of the range is no longer in the stream; nil when everything came.
    fileprivate var loss: String? {
        switch ending {
        case .gone(let reason): return "the stream or the shard no longer exists: \(reason)"
        case .rejected(let reason): return "DynamoDB does not accept the range: \(reason)"
        case .tooLarge(let limit): return "the range has more than \(limit) bytes"
        case .complete, .shardEnded, .nothingCame: break
        }
        if isHeadTrimmed { return "the stream keeps records for 24 hours, and the first of these are older" }
        if hasGap { return "records left the stream while they were read" }
        if ending == .shardEnded { return "the shard ended before the last of them" }
        return nil
    }
}
