// How far a shard was read, and what follows from each page and each failure.

internal import AWSServices
internal import DynamoDBStreamEvents
internal import EventSourceMapping
internal import JSONScanning

struct ShardCursor: Sendable {
    enum State: Sendable {
        case reading
        /// To its end, or to where it ended when the reading began.
        case read
    }

    let id: String
    var parentID: String?
    var state = State.reading
    private(set) var iterator: String?
    /// The last record that was read.
    private(set) var last: SequenceNumber?
    private var start: DynamoDBStreamsClient.Start
    private let notBefore: MappingInstant?
    private var emptyPages = 0
    private var emptySince: ContinuousClock.Instant?
    private var pendingLosses: [ReplayLoss] = []
    var patience: ReadingPatience
    var retryAt: ContinuousClock.Instant?
    var places = OrderedPlaces()

    init(_ id: String, parentID: String?, _ options: StreamReadOptions) {
        self.id = id
        self.parentID = parentID
        patience = ReadingPatience(options.patience)
        switch options.start {
        case .trimHorizon: (start, notBefore) = (.trimHorizon, nil)
        case .time(let time): (start, notBefore) = (.trimHorizon, time)
        case .position(let number): (start, notBefore) = (.at(number), nil)
        }
    }

    /// Goes on from a place of an earlier run.
    mutating func goOn(after json: [UInt8], path: String) throws(ProgressFileError) {
        guard let root = (try? JSONDocument(json))?.root,
            let number = root.textBytes.flatMap({ SequenceNumber($0) }), root.kind == .string
        else { throw .notAProgressFile(path: path) }
        last = number
        start = .after(number)
    }

    /// Whether it is to be read now: it is not at its end, and its parent is.
    func isReadable(_ shards: [String: ShardCursor]) -> Bool {
        guard case .reading = state else { return false }
        guard let parent = parentID.flatMap({ shards[$0] }) else { return true }
        if case .read = parent.state { return true }
        return false
    }

    /// Where a new iterator begins.
    var position: DynamoDBStreamsClient.Start { last.map { .after($0) } ?? start }

    /// How far everything is done once all that was read is; nil before the first record.
    var place: ProgressFile.Place? {
        if case .read = state, isWhole { return .done }
        guard let last else { return nil }
        var json: [UInt8] = []
        json.appendJSONString(last.description)
        return .after(json)
    }

    /// Whether the shard is closed, so that nothing more can come of it.
    private var isWhole = false

    mutating func takeLosses() -> [ReplayLoss] {
        defer { pendingLosses = [] }
        return pendingLosses
    }

    /// - Returns: the records of the page that are to be replayed.
    mutating func take(
        _ page: StreamPage,
        endsAt: MappingInstant,
        _ options: StreamReadOptions
    ) -> [StreamRecord] {
        iterator = page.nextIterator
        var records: [StreamRecord] = []
        for record in page.event.records {
            let arrival = (try? record.arrival()) ?? nil
            if let arrival, endsAt.isSecondBefore(arrival) {
                // Written after the reading began: whoever reads the stream as it is written has it.
                state = .read
                return records
            }
            if let number = record.sequenceNumber { last = number }
            if let notBefore, let arrival, arrival.isSecondBefore(notBefore) { continue }
            records.append(record)
        }
        guard page.nextIterator != nil else {
            state = .read
            isWhole = true
            return records
        }
        guard page.event.records.isEmpty else {
            emptyPages = 0
            emptySince = nil
            return records
        }
        emptyPages += 1
        let since = emptySince ?? .now
        emptySince = since
        if emptyPages >= options.emptyPages, ContinuousClock.now - since >= options.idleTime { state = .read }
        retryAt = .now + options.pollInterval
        return records
    }

    /// - Returns: false when the shard cannot be read on.
    mutating func recover(from error: AWSError) -> Bool {
        // An iterator is good for 15 minutes, and one that failed may be used up.
        iterator = nil
        switch error.code {
        case .expiredIterator: break
        case .trimmedDataAccess:
            let place = last.map { " after \($0)" } ?? " from the position that was asked for on"
            last = nil
            guard start != .trimHorizon else { break }
            start = .trimHorizon
            pendingLosses.append(
                ReplayLoss(
                    .lost,
                    count: nil,
                    reason:
                        "\(id): the stream no longer has the records\(place); a record is kept for 24 hours. Reading "
                        + "goes on with the oldest that there is."
                )
            )
            return true
        case .resourceNotFound:
            state = .read
            pendingLosses.append(
                ReplayLoss(
                    .unknown,
                    count: nil,
                    reason: "\(id) is no longer in the stream. Records that were left in it are gone."
                )
            )
            return true
        default: break
        }
        guard let pause = patience.pause(after: error) else { return false }
        retryAt = .now + pause
        return true
    }
}

extension MappingInstant {
    /// Whether `other` is of a later second. Creation times are to the second.
    func isSecondBefore(_ other: Self) -> Bool {
        self < other && Self.second(of: self) < Self.second(of: other)
    }

    private static func second(of instant: Self) -> Int64 {
        let (quotient, remainder) = instant.milliseconds.quotientAndRemainder(dividingBy: 1_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
