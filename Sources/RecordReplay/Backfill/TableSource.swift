// The items of a table as a source of records, by a parallel Scan.

public import AWSServices
internal import DynamoDBStreamEvents
internal import EventSourceMapping
internal import JSONScanning
internal import SharedState

/// Reads a table, several segments at once, and gives each page out as a parcel of INSERTs.
///
/// ```swift
/// let survey = try await BackfillSurvey(of: "orders")
/// let source = try TableSource("orders", stream: survey.stream, progressFile: "orders.progress.json")
/// let summary = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// print("\(await source.counts.items) items were read, and \(summary.handled) records handled")
/// ```
///
/// At most a page of each segment is in memory here. Each page is of the moment at which it was read; an item that is
/// written, moved or deleted meanwhile is seen once, or not at all, and its change is in the stream.
public actor TableSource: ReplaySource {
    private let client: DynamoDBClient
    private let table: String
    private let stream: BackfillStream
    private let options: TableScanOptions
    private let selection: ReplaySelection
    private var progress: ProgressFile?
    private var segments: [Segment]
    private var budget: CapacityBudget?
    private var ready: [ReplayParcel] = []
    private var openParcels: [Int: Int] = [:]
    private var lastID = 0
    /// What was read so far, for people.
    public private(set) var counts = TableScanCounts()

    /// - Parameters:
    ///   - table: the table's name or ARN.
    ///   - stream: the table's current stream and keys.
    ///   - client: reads the table.
    ///   - options: segments, read units and waits.
    ///   - selection: which items become records.
    ///   - progressFile: where the places are kept; nil to keep nothing. A run continues from an existing file.
    /// - Throws: for a progress file of another table, stream, selection or number of segments.
    public init(
        _ table: String,
        stream: BackfillStream,
        client: DynamoDBClient = DynamoDBClient(),
        options: TableScanOptions = TableScanOptions(),
        selection: ReplaySelection = .all,
        progressFile: String? = nil
    ) throws(ProgressFileError) {
        self.client = client
        self.table = table
        self.stream = stream
        self.options = options.bounded
        self.selection = selection
        budget = self.options.readUnitsPerSecond.map { CapacityBudget(unitsPerSecond: $0) }
        let count = self.options.segmentCount
        var places: [String: ProgressFile.Place] = [:]
        if let progressFile {
            let file = try ProgressFile(
                progressFile,
                identity: [
                    ("kind", "table"), ("stream", stream.streamARN), ("segments", "\(count)"),
                    ("selection", selection.name),
                ],
                interval: self.options.progressInterval
            )
            places = file.places
            progress = file
        }
        segments = []
        for index in 0..<count {
            var segment = Segment(patience: ReadingPatience(self.options.patience))
            switch places["\(index)"] {
            case .done: segment.isRead = true
            case .after(let json):
                guard let key = try? JSONDocument(json).root, key.kind == .object else {
                    throw .notAProgressFile(path: progressFile ?? "")
                }
                segment.lastKey = Item(viewOf: key)
            case nil: break
            }
            segments.append(segment)
        }
    }

    /// Whether an earlier run is gone on from.
    public var isResumed: Bool { progress?.isResumed ?? false }

    private struct Segment {
        /// Where the next page begins; nil for the beginning.
        var lastKey: Item?
        var isRead = false
        var patience: ReadingPatience
        var retryAt: ContinuousClock.Instant?
        var places = OrderedPlaces()
    }

    // MARK: Reading

    public func next() async throws -> ReplayParcel? {
        while ready.isEmpty {
            try Task.checkCancellation()
            guard segments.contains(where: { !$0.isRead }) else { return nil }
            try await readPages()
        }
        return ready.removeFirst()
    }

    /// Reads the next page of each segment that has one, all at once.
    private func readPages() async throws {
        var scans: [(segment: Int, scan: Scan, at: ContinuousClock.Instant, booked: Double)] = []
        for index in segments.indices where !segments[index].isRead {
            let scan = nextScan(of: index)
            let booked = expectedCost(of: scan)
            let free = budget?.book(booked, at: .now) ?? .now
            scans.append((index, scan, max(free, segments[index].retryAt ?? free), booked))
        }
        let client = client
        await withTaskGroup(of: (Int, Double, Result<ScanPage, AWSError>?).self) { group in
            for (index, scan, at, booked) in scans {
                group.addTask {
                    guard (try? await Task.sleep(until: at, clock: .continuous)) != nil else {
                        return (index, booked, nil)
                    }
                    do throws(AWSError) {
                        return (index, booked, .success(try await client.scan(scan)))
                    } catch {
                        return (index, booked, .failure(error))
                    }
                }
            }
            for await (index, booked, result) in group {
                switch result {
                case nil: budget?.correct(booked, to: 0)
                case .success(let page):
                    let units = page.consumedCapacity ?? booked
                    budget?.correct(booked, to: units)
                    take(page, units, of: index)
                case .failure(let error):
                    budget?.correct(booked, to: 0)
                    fail(error, index)
                }
            }
        }
        if let failure { throw failure }
    }

    private var failure: BackfillError?

    private func fail(_ error: AWSError, _ index: Int) {
        if case .cancelled = error.kind { return }
        counts.failedReads += 1
        if error.mayPass, let pause = segments[index].patience.pause(after: error) {
            segments[index].retryAt = .now + pause
        } else {
            failure = .tableCannotBeRead(table: table, reason: "\(error)")
        }
    }

    private func take(_ page: ScanPage, _ units: Double, of index: Int) {
        segments[index].patience.succeeded()
        segments[index].retryAt = nil
        let maker = BackfillRecords(of: stream, asOf: EpochTime(seconds: SystemClock.secondsSinceEpoch))
        var records: [ReplayRecord] = []
        var losses: [ReplayLoss] = []
        var filtered = 0
        records.reserveCapacity(page.items.count)
        for item in page.items {
            do throws(BackfillItemError) {
                let record = try maker.record(of: item)
                if selection.contains(record) { records.append(record) } else { filtered += 1 }
            } catch {
                losses.append(
                    ReplayLoss(.refused, count: 1, reason: "An item of \(table) cannot be a record: \(error).")
                )
            }
        }
        counts.items += page.items.count
        counts.pages += 1
        counts.readUnits += units
        lastID += 1
        let origin =
            segments.count == 1
            ? "\(table), page \(counts.pages)" : "\(table), segment \(index), page \(counts.pages)"
        segments[index].lastKey = page.lastEvaluatedKey
        segments[index].isRead = page.lastEvaluatedKey == nil
        openParcels[lastID] = index
        segments[index].places.add(lastID, until: page.lastEvaluatedKey.map { .after($0.json) } ?? .done)
        ready.append(
            ReplayParcel(id: lastID, origin: origin, records: records, losses: losses, filteredCount: filtered)
        )
    }

    // MARK: The rate

    private func nextScan(of index: Int) -> Scan {
        var scan = Scan(
            table,
            segment: index,
            of: segments.count,
            after: segments[index].lastKey,
            limit: options.itemsPerPage,
            consistently: options.isConsistent
        )
        // At a low rate, a page of 1 MB takes the table's capacity of many seconds at once. All segments together read
        // about what a second allows.
        if let rate = options.readUnitsPerSecond {
            let items = max(1, Int(min(rate / Double(segments.count) / unitsPerItem, 1_000_000)))
            scan.limit = min(items, options.itemsPerPage ?? .max)
        }
        return scan
    }

    private func expectedCost(of scan: Scan) -> Double {
        let page = 1_048_576 / 4_096 * (options.isConsistent ? 1 : 0.5)
        return scan.limit.map { min(Double($0) * unitsPerItem, page) } ?? page
    }

    /// What an item costs: as those that were read, or, before the first page, as the table's size says.
    private var unitsPerItem: Double {
        if counts.items > 0, counts.readUnits > 0 { return counts.readUnits / Double(counts.items) }
        return max(options.expectedItemSize ?? 400, 1) / 4_096 * (options.isConsistent ? 1 : 0.5)
    }

    // MARK: Settling

    public func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) throws {
        guard let index = openParcels.removeValue(forKey: parcel.id), !outcome.isDryRun else { return }
        let isComplete = try progress?.keepFailures(of: parcel, outcome) ?? outcome.isComplete
        guard let place = segments[index].places.settle(parcel.id, isComplete: isComplete) else { return }
        try progress?.move("\(index)", to: place)
    }

    public func close() async {
        // What is not written is done again.
        try? progress?.write()
    }
}
