// Reads records back from a stream, from one sequence number to another.

public import AWSServices
public import DynamoDBStreamEvents
public import EventSourceMapping
internal import JSONScanning

/// Reads a range of a shard, both ends included.
///
/// ```swift
/// let streamARN = try await DynamoDBClient().latestStreamARN(ofTable: "orders") ?? ""
/// let shardID = "shardId-00000001767225600000-0a1b2c3d"
/// if let range = StreamRange(streamARN: streamARN, shardID: shardID, runs: [number...number]) {
///     let reader = StreamRangeReader(DynamoDBStreamsClient(), patience: .seconds(20))
///     for record in try await reader.read(range).records { print(String(decoding: record.json, as: UTF8.self)) }
/// }
/// ```
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
        var pages = ShardPages(
            range.shardID,
            of: range.streamARN,
            from: .at(range.start),
            streams,
            pause: pause,
            patience: ReadingPatience(patience, pause: pause, minimumFailures: Self.minimumRequests)
        )
        var (emptyPages, lastCameAt) = (0, ContinuousClock.now)
        while true {
            switch await pages.next() {
            case .page(let page):
                pass.take(page)
                if let ending = pass.ending { return pass.reading(ending) }
                if page.isLast { return pass.reading(.shardEnded) }
                emptyPages += 1
                if !page.isEmpty { (emptyPages, lastCameAt) = (0, .now) }
                guard emptyPages <= Self.minimumRequests || ContinuousClock.now - lastCameAt < patience else {
                    return pass.reading(.nothingCame(patience))
                }
            case .trimmed: pass.trim()
            case .repeating, .latestExpired: break
            case .gone(let error): return pass.reading(.gone("\(error)"))
            case .failed(let error):
                switch error.code {
                case .validation: return pass.reading(.rejected("\(error)"))
                case .trimmedDataAccess: return pass.reading(.gone("\(error)"))
                default: throw error
                }
            }
        }
    }

    /// A machine that is busy with something else is no reason to stop: so many requests are made in any case.
    private static let minimumRequests = 10
}

/// A range of a shard.
///
/// ```swift
/// guard case .batch(let message) = try FailureDocument(request.body).content else { return }
/// guard let records = message.records else { return }
/// let range = StreamRange(
///     streamARN: message.streamARN,
///     shardID: message.shardID,
///     runs: message.redrive?.ranges ?? [records.start...records.end]
/// )
/// ```
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
///
/// ```swift
/// func summary(of reading: StreamRangeReading) -> String {
///     switch reading.ending {
///     case .complete where !reading.isHeadTrimmed && !reading.hasGap: "\(reading.records.count) records were read"
///     case .nothingCame(let patience): "no record came for \(patience); read the range again later"
///     default: "some of the records are no longer in the stream"
///     }
/// }
/// ```
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
    private var hasGap = false
    /// The run that the next record may be in.
    private var run = 0
    private(set) var ending: StreamRangeReading.Ending?

    init(range: StreamRange, filters: FilterCriteria?, maximumByteCount: Int) {
        self.range = range
        self.filters = filters
        self.maximumByteCount = maximumByteCount
    }

    /// What was to be read next is gone.
    mutating func trim() {
        if firstNumber != nil { hasGap = true }
    }

    mutating func take(_ page: ShardPage) {
        pageCount += 1
        for (_, record) in page.newRecords {
            guard let number = record.sequenceNumber else {
                unreadableCount += 1
                continue
            }
            if number > range.end { break }
            take(record, number)
        }
        if let last = page.event.records.last?.sequenceNumber, last >= range.end { ending = ending ?? .complete }
    }

    private mutating func take(_ record: StreamRecord, _ number: SequenceNumber) {
        firstNumber = firstNumber ?? number
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
