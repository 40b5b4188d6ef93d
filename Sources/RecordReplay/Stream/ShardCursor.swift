// How far a shard was read, and when it is at its end.

internal import AWSServices
internal import DynamoDBStreamEvents
package import EventSourceMapping
internal import JSONScanning

struct ShardCursor: Sendable {
    private enum State: Sendable {
        case reading
        /// To where it ended when the reading began.
        case readToPresent
        /// To its end, so that nothing more can come of it.
        case readToEnd
    }

    let id: String
    var parentID: String?
    var pages: ShardPages
    var places = OrderedPlaces()
    private var state = State.reading
    /// The last record that was read.
    private var last: SequenceNumber?
    private let notBefore: MappingInstant?
    private var emptyPages = 0
    private var emptySince = ContinuousClock.now

    /// - Parameter place: where an earlier run ended.
    init(
        _ id: String,
        parentID: String?,
        of source: StreamSource,
        from place: ProgressFile.Place?,
        path: String
    ) throws(ProgressFileError) {
        self.id = id
        self.parentID = parentID
        var position: DynamoDBStreamsClient.Start
        switch source.options.start {
        case .trimHorizon: (position, notBefore) = (.trimHorizon, nil)
        case .time(let time): (position, notBefore) = (.trimHorizon, time)
        case .position(let number): (position, notBefore) = (.at(number), nil)
        }
        switch place {
        case .done: state = .readToEnd
        case .after(let json):
            guard let root = (try? JSONDocument(json))?.root, root.kind == .string,
                let number = root.textBytes.flatMap({ SequenceNumber($0) })
            else { throw .notAProgressFile(path: path) }
            last = number
            position = .after(number)
        case nil: break
        }
        pages = ShardPages(
            id,
            of: source.streamARN,
            from: position,
            source.streams,
            pause: source.options.pollInterval,
            patience: ReadingPatience(source.options.patience)
        )
    }

    private var isRead: Bool { state != .reading }

    /// Whether it is to be read now: it is not at its end, and its parent is.
    func isReadable(_ shards: [String: ShardCursor]) -> Bool {
        !isRead && parentID.flatMap { shards[$0] }?.isRead ?? true
    }

    /// How far everything is done once all that was read is; nil before the first record.
    var place: ProgressFile.Place? {
        if state == .readToEnd { return .done }
        guard let last else { return nil }
        var json: [UInt8] = []
        json.appendJSONString(last.description)
        return .after(json)
    }

    /// - Returns: the records of the page that are to be replayed.
    mutating func take(
        _ page: ShardPage,
        endsAt: MappingInstant,
        _ options: StreamReadOptions
    ) -> [StreamRecord] {
        var records: [StreamRecord] = []
        for (_, record) in page.newRecords {
            let arrival = (try? record.arrival()) ?? nil
            if let arrival, endsAt.isSecondBefore(arrival) {
                // Written after the reading began: whoever reads the stream as it is written has it.
                state = .readToPresent
                return records
            }
            last = record.sequenceNumber ?? last
            if let notBefore, let arrival, arrival.isSecondBefore(notBefore) { continue }
            records.append(record)
        }
        if page.isLast {
            state = .readToEnd
        } else if !page.isEmpty {
            emptyPages = 0
        } else {
            if emptyPages == 0 { emptySince = .now }
            emptyPages += 1
            if emptyPages >= options.emptyPages, ContinuousClock.now - emptySince >= options.idleTime {
                state = .readToPresent
            }
        }
        return records
    }

    /// The shard is gone: what was left in it cannot be read.
    mutating func end() { state = .readToPresent }
}

extension MappingInstant {
    /// Whether `other` is of a later second. Creation times are to the second.
    package func isSecondBefore(_ other: Self) -> Bool {
        self < other && Self.second(of: self) < Self.second(of: other)
    }

    private static func second(of instant: Self) -> Int64 {
        let (quotient, remainder) = instant.milliseconds.quotientAndRemainder(dividingBy: 1_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
