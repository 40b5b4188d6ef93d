// A stream as a source of records: from a position, a time or its beginning, to where it ends when the reading begins.

public import AWSServices
public import DynamoDBStreamEvents
public import EventSourceMapping
internal import SharedState

/// Reads a stream's shards, parents before their children, and gives out each page as a parcel.
///
/// ```swift
/// var options = StreamReadOptions()
/// options.patience = .seconds(60)
/// let streamARN = try await DynamoDBClient().latestStreamARN(ofTable: "orders") ?? ""
/// let source = try StreamSource(streamARN, options: options, progressFile: "orders.progress.json")
/// try await source.open()
/// let summary = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// ```
///
/// Positions are read back as AWS's documentation says: an empty page is not the end, a sequence number that was trimmed
/// costs the records before the trim horizon and no others, an expired iterator is made anew behind the last record that
/// was read. A closed shard is read to its end. An open shard ends where a record is newer than the beginning of this
/// reading, or where several pages in a row, over some time, are empty.
public actor StreamSource: ReplaySource {
    let streams: DynamoDBStreamsClient
    let streamARN: String
    let options: StreamReadOptions
    private let selection: ReplaySelection
    private var progress: ProgressFile?
    private var shards: [String: ShardCursor] = [:]
    private var ready: [ReplayParcel] = []
    private var openParcels: [Int: String] = [:]
    private var lastID = 0
    private var isDescribed = false
    private var failure: StreamSourceError?
    /// Records that are newer are not of what is read here.
    private let endsAt = MappingInstant(milliseconds: SystemClock.millisecondsSinceEpoch)

    /// - Parameters:
    ///   - streamARN: the stream.
    ///   - client: reads the stream.
    ///   - options: where to begin, and when a shard counts as read.
    ///   - selection: which records are handed out.
    ///   - progressFile: where the places are kept; nil to keep nothing. A run continues from an existing file.
    /// - Throws: for a progress file of another stream, beginning or selection.
    public init(
        _ streamARN: String,
        client: DynamoDBStreamsClient = DynamoDBStreamsClient(),
        options: StreamReadOptions = StreamReadOptions(),
        selection: ReplaySelection = .all,
        progressFile: String? = nil
    ) throws(ProgressFileError) {
        streams = client
        self.streamARN = streamARN
        self.options = options
        self.selection = selection
        if let progressFile {
            progress = try ProgressFile(
                progressFile,
                identity: [
                    ("kind", "stream"), ("stream", streamARN), ("from", options.start.description),
                    ("shard", options.shardID ?? "all"), ("selection", selection.name),
                ],
                interval: options.progressInterval
            )
        }
    }

    /// Whether an earlier run is gone on from.
    public var isResumed: Bool { progress?.isResumed ?? false }

    // MARK: Reading

    /// Lists the shards, so that what is wrong is known before anything begins. The first ``next()`` does it as well.
    ///
    /// - Throws: ``StreamSourceError``, or ``ProgressFileError``.
    public func open() async throws {
        if !isDescribed { try await describe() }
    }

    public func next() async throws -> ReplayParcel? {
        try await open()
        while ready.isEmpty {
            try Task.checkCancellation()
            let due = shards.values.filter { $0.isReadable(shards) }.map(\.id).sorted()
            guard !due.isEmpty else { return nil }
            await readPages(of: due)
            if ready.isEmpty, let failure { throw failure }
        }
        return ready.removeFirst()
    }

    /// Lists the shards. Those that are made later hold only what is newer than the beginning of this reading.
    private func describe() async throws {
        let description: StreamDescription
        do throws(AWSError) {
            description = try await streams.describeStream(streamARN)
        } catch {
            throw StreamSourceError.unreachable(stream: streamARN, reason: "\(error)")
        }
        if case .position = options.start, options.shardID == nil { throw StreamSourceError.positionWithoutShard }
        let listed = description.shards.filter { options.shardID == nil || $0.id == options.shardID }
        if let shardID = options.shardID, listed.isEmpty {
            throw StreamSourceError.noSuchShard(shardID, stream: streamARN)
        }
        let ids = Set(listed.map(\.id))
        for shard in listed {
            let parent = shard.parentID.flatMap { ids.contains($0) ? $0 : nil }
            shards[shard.id] = try ShardCursor(
                shard.id,
                parentID: parent,
                of: self,
                from: progress?.places[shard.id],
                path: progress?.path ?? ""
            )
        }
        breakCircles()
        reportTrimmedShards(ids)
        isDescribed = true
    }

    /// Shards of an earlier run that the stream does not list any more were trimmed, with what was left in them.
    private func reportTrimmedShards(_ listed: Set<String>) {
        guard let progress else { return }
        for (shardID, place) in progress.places.sorted(by: { $0.key < $1.key }) where !listed.contains(shardID) {
            guard place != .done else { continue }
            let reason = "\(shardID) is no longer in the stream. Records of it that were not handled before are gone."
            report([ReplayLoss(.unknown, count: nil, reason: reason)], of: shardID)
        }
    }

    private func report(_ losses: [ReplayLoss], of shardID: String) {
        guard !losses.isEmpty else { return }
        lastID += 1
        ready.append(ReplayParcel(id: lastID, origin: shardID, records: [], losses: losses))
    }

    /// Shards that are each other's ancestors would wait for each other without end.
    private func breakCircles() {
        for id in shards.keys {
            var seen: Set<String> = [id]
            var ancestor = shards[id]?.parentID
            while let current = ancestor {
                guard seen.insert(current).inserted else {
                    shards[id]?.parentID = nil
                    break
                }
                ancestor = shards[current]?.parentID
            }
        }
    }

    /// Reads the next page of each shard, all at once.
    private func readPages(of due: [String]) async {
        await withTaskGroup(of: (String, ShardPages, ShardPages.Step).self) { group in
            for cursor in due.compactMap({ shards[$0] }) {
                group.addTask {
                    var pages = cursor.pages
                    let step = await pages.next()
                    return (cursor.id, pages, step)
                }
            }
            for await (id, pages, step) in group {
                shards[id]?.pages = pages
                take(step, id)
            }
        }
    }

    private func take(_ step: ShardPages.Step, _ id: String) {
        switch step {
        case .page(let page): take(page, id)
        case .trimmed(let position):
            let reason =
                "\(id): the stream no longer has the records\(position.place); a record is kept for 24 hours. Reading "
                + "goes on with the oldest that there is."
            report([ReplayLoss(.lost, count: nil, reason: reason)], of: id)
        case .gone:
            shards[id]?.end()
            let reason = "\(id) is no longer in the stream. Records that were left in it are gone."
            report([ReplayLoss(.unknown, count: nil, reason: reason)], of: id)
        case .repeating, .latestExpired: break
        case .failed(let error):
            if case .cancelled = error.kind { return }
            failure = .unreachable(stream: streamARN, reason: "\(error)")
        }
    }

    private func take(_ page: ShardPage, _ id: String) {
        guard var cursor = shards[id] else { return }
        defer { shards[id] = cursor }
        var records: [ReplayRecord] = []
        var losses: [ReplayLoss] = []
        var filtered = 0
        for record in cursor.take(page, endsAt: endsAt, options) {
            do throws(ReplayRecordError) {
                let record = try ReplayRecord(record.node, streamARN: streamARN)
                if selection.contains(record) { records.append(record) } else { filtered += 1 }
            } catch {
                losses.append(ReplayLoss(.refused, count: 1, reason: "A record of \(id) cannot be replayed: \(error)."))
            }
        }
        let place = cursor.place
        guard !records.isEmpty || !losses.isEmpty || filtered > 0 || place == .done else { return }
        lastID += 1
        openParcels[lastID] = id
        if let place { cursor.places.add(lastID, until: place) }
        ready.append(ReplayParcel(id: lastID, origin: id, records: records, losses: losses, filteredCount: filtered))
    }

    // MARK: Settling

    public func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) throws {
        guard let id = openParcels.removeValue(forKey: parcel.id), !outcome.isDryRun else { return }
        let isComplete = try progress?.keepFailures(of: parcel, outcome) ?? outcome.isComplete
        guard let place = shards[id]?.places.settle(parcel.id, isComplete: isComplete) else { return }
        try progress?.move(id, to: place)
    }

    public func close() async {
        // What is not written is done again.
        try? progress?.write()
    }
}

/// What of a stream is read. Each setting has a default.
///
/// ```swift
/// var options = StreamReadOptions()
/// if let deployment = MappingInstant(iso8601: "2026-01-01T12:00:00Z") { options.start = .time(deployment) }
/// options.shardID = "shardId-00000001767225600000-0a1b2c3d"
/// let streamARN = try await DynamoDBClient().latestStreamARN(ofTable: "orders") ?? ""
/// let source = try StreamSource(streamARN, options: options)
/// ```
public struct StreamReadOptions: Sendable {
    /// Where the reading begins.
    public enum Start: Hashable, Sendable, CustomStringConvertible {
        /// The oldest record that there still is; records are kept for 24 hours.
        case trimHorizon
        /// Records of this moment and later. Creation times are to the second, so one second's records are read together.
        case time(MappingInstant)
        /// This record of ``StreamReadOptions/shardID`` and those behind it.
        case position(SequenceNumber)

        public var description: String {
            switch self {
            case .trimHorizon: "TRIM_HORIZON"
            case .time(let time): "\(time)"
            case .position(let number): "\(number)"
            }
        }
    }

    /// Where in each shard to begin.
    public var start = Start.trimHorizon
    /// The only shard to read; all when nil.
    public var shardID: String?
    /// How many pages in a row must be empty for an open shard to be at its end, and how long that must take at least.
    /// One empty page says little: a stream gives some on the way.
    public var emptyPages = 5
    /// How long the empty pages of an open shard must take at least for the shard to be at its end.
    public var idleTime = Duration.seconds(2)
    /// The pause between two pages of a shard when the first is empty: AWS's mapping polls four times a second.
    public var pollInterval = Duration.milliseconds(250)
    /// How long a shard may be throttled or out of reach before the reading ends.
    public var patience = Duration.seconds(300)
    /// The progress file is written at most so often.
    public var progressInterval = Duration.seconds(1)

    public init() {}
}

/// Why a stream cannot be read on.
///
/// ```swift
/// let streamARN = try await DynamoDBClient().latestStreamARN(ofTable: "orders") ?? ""
/// do {
///     try await StreamSource(streamARN).open()
/// } catch StreamSourceError.unreachable(_, let reason) {
///     print("The stream cannot be read: \(reason)")
/// }
/// ```
public enum StreamSourceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The stream could not be read, repetitions included.
    case unreachable(stream: String, reason: String)
    /// The stream has no such shard. A shard is gone a day after it was closed.
    case noSuchShard(String, stream: String)
    /// A sequence number is a position in one shard, and no shard is named.
    case positionWithoutShard

    public var description: String {
        switch self {
        case .unreachable(let stream, let reason): "The stream \(stream) cannot be read: \(reason)."
        case .positionWithoutShard: "A sequence number is a position in one shard. Say which shard."
        case .noSuchShard(let shard, let stream):
            "The stream \(stream) has no shard \(shard). A shard is gone a day after it was closed; list those that there "
                + "are: aws dynamodbstreams describe-stream --stream-arn \(stream)"
        }
    }
}
