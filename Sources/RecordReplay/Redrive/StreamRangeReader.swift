// Reads records back from a stream, from one sequence number to another.

public import AWSServices
public import DynamoDBStreamEvents
public import EventSourceMapping
internal import JSONScanning

/// Reads a range of a shard, both ends included.
///
/// A page without records is common and says nothing: the stream is read on until the last record came, the shard ends,
/// or nothing comes for `patience`. Sequence numbers are compared as numbers of any length.
public struct StreamRangeReader: Sendable {
    private let streams: DynamoDBStreamsClient
    /// How long to go on without a new record, throttling and failures included.
    private let patience: Duration
    /// The wait after a page without records. A mapping reads each shard four times a second as well.
    private let pause: Duration
    /// The most bytes of records that a range may have: far more than the 6 MB of a batch.
    private let maximumByteCount: Int

    /// Creates a reader. The default pause leaves room for the mapping that reads the same shard.
    public init(
        _ streams: DynamoDBStreamsClient,
        patience: Duration = .seconds(60),
        pause: Duration = .milliseconds(250),
        maximumByteCount: Int = 256 * 1024 * 1024
    ) {
        self.streams = streams
        self.patience = patience
        self.pause = pause
        self.maximumByteCount = maximumByteCount
    }

    /// Reads the records of a message.
    ///
    /// - Parameters:
    ///   - range: what to read.
    ///   - filters: those of the mapping; a record that none of them matches is counted and left out.
    /// - Throws: `AWSError` for what would be the same for every other range: no credentials, no permission, no
    ///   connection for as long as `patience`.
    public func read(
        _ range: StreamRange,
        filters: FilterCriteria? = nil
    ) async throws(AWSError) -> StreamRangeReading {
        var pass = RangePass(range: range, filters: filters, maximumByteCount: maximumByteCount)
        var iterator: String?
        var waiting = Waiting(patience)
        while true {
            do throws(AWSError) {
                let position: String
                if let iterator {
                    position = iterator
                } else {
                    position = try await streams.shardIterator(
                        pass.start,
                        inShard: range.shardID,
                        of: range.streamARN
                    )
                }
                let page = try await streams.records(at: position)
                if pass.take(page) { waiting = Waiting(patience) }
                if let ending = pass.ending { return pass.reading(ending) }
                guard let next = page.nextIterator else { return pass.reading(.shardEnded) }
                iterator = next
                guard page.event.records.isEmpty else { continue }
                guard !waiting.isOver else { return pass.reading(.nothingCame(patience)) }
                waiting.count += 1
                try? await Task.sleep(for: pause)
            } catch {
                iterator = nil
                let isLate = waiting.isOver
                waiting.count += 1
                switch try recovery(from: error, isLate: isLate) {
                case .again:
                    try? await Task.sleep(for: min(.seconds(4), pause * (1 << min(waiting.count - 1, 4))))
                case .atOnce: break
                case .fromTrimHorizon: pass.trim()
                case .end(let ending): return pass.reading(ending)
                }
            }
        }
    }

    /// Requests since the last record came.
    private struct Waiting {
        /// A machine that is busy with something else is no reason to stop: so many requests are made in any case.
        private static let minimumCount = 10
        private let patience: Duration
        private let since = ContinuousClock.now
        var count = 0

        init(_ patience: Duration) { self.patience = patience }

        var isOver: Bool { count >= Self.minimumCount && ContinuousClock.now - since >= patience }
    }

    private enum Recovery {
        case again, atOnce, fromTrimHorizon
        case end(StreamRangeReading.Ending)
    }

    private func recovery(from error: AWSError, isLate: Bool) throws(AWSError) -> Recovery {
        switch error.code {
        case .trimmedDataAccess: return isLate ? .end(.gone("\(error)")) : .fromTrimHorizon
        case .resourceNotFound: return .end(.gone("\(error)"))
        case .validation: return .end(.rejected("\(error)"))
        case .expiredIterator where !isLate: return .atOnce
        default: break
        }
        guard !isLate, error.mayPass else { throw error }
        return .again
    }
}

extension AWSError {
    /// Whether the same request may succeed after a while.
    fileprivate var mayPass: Bool {
        switch kind {
        case .transport(let error): error.kind != .cancelled
        case .malformedReply: true
        case .service: isThrottling || (status ?? 0) >= 500
        default: false
        }
    }
}

/// A range of a shard.
public struct StreamRange: Sendable, Hashable {
    /// The ARN of the stream.
    public let streamARN: String
    /// The shard.
    public let shardID: String
    /// The runs to keep, ascending; what lies between them is read and left out. At least one.
    let runs: [ClosedRange<SequenceNumber>]
    let start: SequenceNumber
    let end: SequenceNumber

    /// - Parameters:
    ///   - streamARN: the ARN of the stream.
    ///   - shardID: the shard.
    ///   - runs: the runs of numbers to read, ascending. Without any, the result is nil.
    public init?(streamARN: String, shardID: String, runs: [ClosedRange<SequenceNumber>]) {
        guard let first = runs.first, let last = runs.last else { return nil }
        self.streamARN = streamARN
        self.shardID = shardID
        self.runs = runs
        start = first.lowerBound
        end = max(first.upperBound, last.upperBound)
    }
}

/// What reading a range gave.
public struct StreamRangeReading: Sendable {
    /// What the range has and a filter matches, ascending.
    public let records: [ReplayRecord]
    /// Records of the range that no filter matches.
    public let filteredCount: Int
    /// Whether the first record of the range is no longer in the stream.
    public let isHeadTrimmed: Bool
    /// The first record of the range that there still is.
    public let firstNumber: SequenceNumber?
    /// Whether records in the middle went while the range was read.
    public let hasGap: Bool
    /// Records of the range that are malformed, and were left out.
    public let unreadableCount: Int
    /// How many times GetRecords was called.
    public let pageCount: Int
    /// Where the reading ended.
    public let ending: Ending

    /// Where the reading of a range ended.
    public enum Ending: Hashable, Sendable {
        /// The last record came, or one behind it.
        case complete
        /// The shard ended before the last record.
        case shardEnded
        /// Nothing came for so long.
        case nothingCame(Duration)
        /// The stream or the shard no longer exists.
        case gone(String)
        /// DynamoDB does not accept the shard or the number.
        case rejected(String)
        /// The range has more bytes than are kept.
        case tooLarge(limit: Int)
    }
}

/// One pass over a range.
private struct RangePass {
    let range: StreamRange
    let filters: FilterCriteria?
    let maximumByteCount: Int
    private var records: [ReplayRecord] = []
    private var filteredCount = 0
    private var unreadableCount = 0
    private var byteCount = 0
    private var pageCount = 0
    private var firstNumber: SequenceNumber?
    private var lastNumber: SequenceNumber?
    private var isTrimmed = false
    private var hasGap = false
    /// The run that the next record may be in.
    private var run = 0
    private(set) var ending: StreamRangeReading.Ending?

    init(range: StreamRange, filters: FilterCriteria?, maximumByteCount: Int) {
        self.range = range
        self.filters = filters
        self.maximumByteCount = maximumByteCount
    }

    /// Where a new iterator begins.
    var start: DynamoDBStreamsClient.Start {
        if isTrimmed { return .trimHorizon }
        return lastNumber.map { .after($0) } ?? .at(range.start)
    }

    /// What was to be read next is gone: go on with the oldest record that there is.
    mutating func trim() {
        isTrimmed = true
        if lastNumber != nil { hasGap = true }
    }

    /// - Returns: whether there were records in the page.
    mutating func take(_ page: StreamPage) -> Bool {
        pageCount += 1
        for record in page.event.records {
            guard let number = record.sequenceNumber else {
                unreadableCount += 1
                continue
            }
            if let lastNumber, number <= lastNumber { continue }
            if number > range.end { break }
            if number >= range.start { take(record, number) }
        }
        if let last = page.event.records.last?.sequenceNumber, last >= range.end { ending = ending ?? .complete }
        // Read on behind what came: an iterator that begins at the trim horizon is needed once.
        if lastNumber != nil { isTrimmed = false }
        return !page.event.records.isEmpty
    }

    private mutating func take(_ record: StreamRecord, _ number: SequenceNumber) {
        firstNumber = firstNumber ?? number
        lastNumber = number
        while run < range.runs.count, range.runs[run].upperBound < number { run += 1 }
        guard run < range.runs.count, range.runs[run].contains(number) else { return }
        guard let taken = try? ReplayRecord(record.node, streamARN: range.streamARN) else {
            unreadableCount += 1
            return
        }
        if let filters, !filters.isEmpty {
            // A filter sees the record as Lambda delivers it.
            guard let document = try? JSONDocument(taken.json), filters.matches(document.root) else {
                filteredCount += 1
                return
            }
        }
        byteCount += taken.json.count
        guard byteCount <= maximumByteCount else {
            ending = .tooLarge(limit: maximumByteCount)
            return
        }
        records.append(taken)
    }

    func reading(_ ending: StreamRangeReading.Ending) -> StreamRangeReading {
        StreamRangeReading(
            records: records,
            filteredCount: filteredCount,
            isHeadTrimmed: firstNumber.map { $0 > range.start } ?? true,
            firstNumber: firstNumber,
            hasGap: hasGap,
            unreadableCount: unreadableCount,
            pageCount: pageCount,
            ending: ending
        )
    }
}
