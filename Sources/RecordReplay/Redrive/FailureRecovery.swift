// From a document about records that failed to the records themselves.

internal import AWSServices
internal import DynamoDBStreamEvents
public import EventSourceMapping
internal import SharedState

/// Brings back the records that failure messages and dead letters are about.
///
/// ```swift
/// let mapping = EventSourceMappingConfiguration(filterPatterns: [#"{"eventName":["INSERT"]}"#])
/// let recovery = FailureRecovery(
///     reader: StreamRangeReader(DynamoDBStreamsClient()),
///     filters: .known(try FilterCriteria(patterns: mapping.filterPatterns))
/// )
/// let source = QueueSource(url: queueURL, sqs: SQSClient(), s3: S3Client(), recovery: recovery)
/// ```
public struct FailureRecovery: Sendable {
    /// What is known of the mapping's filters. Only the mapping knows which records of a range it would deliver.
    public enum Filters: Sendable {
        /// Not known. A range with more records than its message counts is then refused.
        case unknown
        /// Every record of a range is to be handled; an empty list says that the mapping has none.
        case known(FilterCriteria)
        /// Those of the mappings of one function, by the ARN of the stream; nothing is known of other streams.
        case ofStreams([String: FilterCriteria])

        /// The filters of the mapping to a stream; nil where they are not known.
        public func criteria(ofStream arn: String) -> FilterCriteria? {
            switch self {
            case .unknown: nil
            case .known(let criteria): criteria
            case .ofStreams(let criteria): criteria[arn]
            }
        }
    }

    private let reader: StreamRangeReader
    /// What is known of the mapping's filters.
    public let filters: Filters
    /// What records that do not say which stream they are of receive.
    let streamARN: String
    private let reads = ReadCount()

    /// Creates what reads the records of failure messages back.
    public init(
        reader: StreamRangeReader,
        filters: Filters = .unknown,
        streamARN: String = EventSourceMappingConfiguration.exampleStream
    ) {
        self.reader = reader
        self.filters = filters
        self.streamARN = streamARN
    }

    /// How many times GetRecords was called so far.
    public var readCount: Int { reads.count.withLock { $0 } }

    private final class ReadCount: Sendable {
        let count = Guarded(0)
    }

    /// What a document stands for.
    enum Outcome {
        case unit(RedriveUnit)
        case refused(ReplayLoss)
    }

    /// The records of an object or of a line, which says itself where its records are.
    ///
    /// - Parameter origin: where it comes from, for people.
    /// - Throws: `AWSError`, when no range of any stream could be read now.
    func unit(of bytes: [UInt8], origin: String) async throws(AWSError) -> Outcome {
        let document: FailureDocument
        do throws(FailureMessageError) {
            document = try FailureDocument(bytes, streamARN: streamARN)
        } catch {
            return .refused(.refused(origin, error))
        }
        return try await unit(document, origin: origin)
    }

    /// The records that a document holds or describes.
    func unit(_ document: FailureDocument, origin: String) async throws(AWSError) -> Outcome {
        switch document.content {
        case .deadLetter(let record): return .unit(RedriveUnit(document, origin, records: [record]))
        case .records(let records): return .unit(RedriveUnit(document, origin, records: records))
        case .batch(let message): return .unit(try await unit(document, message, origin))
        case .testNotification: return .unit(RedriveUnit(document, origin, records: []))
        case .objects:
            let reason =
                "\(origin) points to objects of a bucket. Redrive the queue that it came to, or the bucket itself."
            return .refused(ReplayLoss(.refused, count: nil, reason: reason))
        case .documents:
            let reason = "\(origin) holds several messages in one. Redrive it from a file."
            return .refused(ReplayLoss(.refused, count: nil, reason: reason))
        }
    }

    private func unit(
        _ document: FailureDocument,
        _ message: FailureMessage,
        _ origin: String
    ) async throws(AWSError) -> RedriveUnit {
        var unit = RedriveUnit(document, origin, records: [])
        if let loss = message.redrive?.loss { unit.losses.append(loss) }
        if let window = message.window {
            // The last event of a window has the whole state in it: handled again, it closes the window.
            if window.isFinalInvocation, let payload = message.payload {
                let number = message.records?.end ?? payload.records.last?.sequenceNumber ?? SequenceNumber("0")
                unit.records = number.map { [ReplayRecord(wholeEvent: payload.event, sequenceNumber: $0)] } ?? []
            } else {
                unit.losses.append(message.loss(of: window))
            }
            return unit
        }
        if let payload = message.payload {
            unit.records = payload.records
            return unit
        }
        guard let records = message.records else { return unit }
        let runs = message.redrive?.ranges ?? [records.start...records.end]
        guard let range = StreamRange(streamARN: message.streamARN, shardID: message.shardID, runs: runs) else {
            return unit
        }
        let criteria = filters.criteria(ofStream: range.streamARN)
        let reading = try await reader.read(range, filters: criteria)
        unit.records = reading.records
        unit.filteredCount = reading.filteredCount
        unit.readCount = reading.pageCount
        reads.count.withLock { $0 += reading.pageCount }
        unit.losses += losses(of: reading, range, records)
        // What was refused stays whole, so none of it is handled.
        if unit.losses.contains(where: { $0.kind == .refused }) { unit.records = [] }
        return unit
    }

    // MARK: What is missing

    private func losses(
        of reading: StreamRangeReading,
        _ range: StreamRange,
        _ records: FailureMessage.RecordRange
    ) -> [ReplayLoss] {
        let place = "from \(range.start) to \(range.end) in \(range.shardID) of \(range.streamARN)"
        var losses: [ReplayLoss] = []
        switch reading.ending {
        case .gone(let reason):
            let reason =
                "The records \(place) are gone: the stream or its shard no longer exists\(age(of: records)). \(reason)"
            return [ReplayLoss(.lost, count: missing(records, reading, range), reason: reason)]
        case .rejected(let reason):
            return [
                ReplayLoss(
                    .refused,
                    count: nil,
                    reason: "DynamoDB does not accept the range \(place): \(reason). Compare it with what AWS sent."
                )
            ]
        case .tooLarge(let limit):
            return [
                ReplayLoss(
                    .refused,
                    count: nil,
                    reason:
                        "The range \(place) has more than \(limit) bytes. No batch has: compare it with what AWS sent."
                )
            ]
        case .nothingCame(let time):
            losses.append(
                ReplayLoss(
                    .unknown,
                    count: nil,
                    reason: """
                        The stream gave nothing for \(time.components.seconds) seconds before \(range.end), the last \
                        record of the range \(place), came. Redrive it again.
                        """
                )
            )
        case .complete, .shardEnded: break
        }
        let isHeadUnknown = reading.firstNumber == nil && reading.ending != .complete && reading.ending != .shardEnded
        if reading.isHeadTrimmed, !isHeadUnknown {
            losses.append(lostHead(of: reading, range, records, place))
        } else if reading.ending == .shardEnded {
            losses.append(
                ReplayLoss(
                    .unknown,
                    count: missing(records, reading, range),
                    reason: "The shard ended before \(range.end), the last record of the range \(place)."
                )
            )
        }
        if reading.hasGap {
            let reason = "Records in the middle of the range \(place) left the stream while it was read."
            losses.append(ReplayLoss(.lost, count: missing(records, reading, range), reason: reason))
        }
        if reading.unreadableCount > 0 {
            let reason = "\(reading.unreadableCount) records of the range \(place) have no form that a function takes."
            losses.append(ReplayLoss(.unknown, count: reading.unreadableCount, reason: reason))
        }
        if let surplus = surplus(reading, records, range) { return [surplus] }
        return losses
    }

    private func lostHead(
        of reading: StreamRangeReading,
        _ range: StreamRange,
        _ records: FailureMessage.RecordRange,
        _ place: String
    ) -> ReplayLoss {
        let count = missing(records, reading, range)
        let what = count.map { $0 == 1 ? "1 record" : "\($0) records" } ?? "The records"
        let gone: String
        if let first = reading.firstNumber {
            gone = "\(what) from \(range.start) on, before \(first),"
        } else {
            gone = "\(what) \(place)"
        }
        return ReplayLoss(
            .lost,
            count: count,
            reason: """
                \(gone) left the stream: DynamoDB keeps them for 24 hours\(age(of: records)). What their items are now \
                is in the table: `lambda-streams backfill` sends it.
                """
        )
    }

    /// How many records are missing, where the message says how many there were. A count says how many the filters let
    /// pass, so it means nothing where there are some.
    private func missing(
        _ records: FailureMessage.RecordRange,
        _ reading: StreamRangeReading,
        _ range: StreamRange
    ) -> Int? {
        if let criteria = filters.criteria(ofStream: range.streamARN), !criteria.isEmpty { return nil }
        guard let batchSize = records.batchSize, batchSize > reading.records.count else { return nil }
        return batchSize - reading.records.count
    }

    /// More records than the message counts: some of them the mapping did not send, and nobody said which.
    private func surplus(
        _ reading: StreamRangeReading,
        _ records: FailureMessage.RecordRange,
        _ range: StreamRange
    ) -> ReplayLoss? {
        guard filters.criteria(ofStream: range.streamARN) == nil, let batchSize = records.batchSize,
            reading.records.count > batchSize
        else {
            return nil
        }
        return ReplayLoss(
            .refused,
            count: batchSize,
            reason: """
                The stream has \(reading.records.count) records from \(records.start) to \(records.end), and the message \
                counts \(batchSize): filters or concurrent batches kept others out. Name the mapping's filters with \
                --template and --function, or with --filter; --unfiltered replays all of them.
                """
        )
    }

    private func age(of records: FailureMessage.RecordRange) -> String {
        guard let arrival = records.arrivalOfFirst else { return "" }
        let now = MappingInstant(milliseconds: SystemClock.millisecondsSinceEpoch)
        let hours = (now - arrival).components.seconds / 3_600
        return hours >= 24 ? ", and these are \(hours) hours old" : ""
    }
}

extension FailureMessage {
    /// Why the records of a window are not replayed.
    fileprivate func loss(of window: Window) -> ReplayLoss {
        let span = window.start.isEmpty ? "a tumbling window" : "the window from \(window.start) to \(window.end)"
        guard let payload else {
            let what = records == nil ? "Its state" : "The state that its records were handled with"
            return ReplayLoss(
                .lost,
                count: records?.batchSize,
                reason: """
                    The message \(place) belongs to \(span). \(what) was only in the event, which this destination does \
                    not receive: compute the window again from the table. An S3 bucket as the destination keeps the event.
                    """
            )
        }
        return ReplayLoss(
            .refused,
            count: payload.records.count,
            reason: """
                The message \(place) is an event of \(span) with the state before it. It has to be handled whole and \
                in its window, which has ended without it: compute the window again from the table.
                """
        )
    }
}
