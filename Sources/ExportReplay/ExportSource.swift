// The items of an export to S3 as a source of records.

internal import DynamoDBStreamEvents
internal import EventSourceMapping
internal import GzipDecoding
internal import JSONScanning
public import RecordReplay

/// Reads a full export in DynamoDB JSON, file by file, and gives its items out as INSERTs.
///
/// ```swift
/// let location = try ExportLocation.find("s3://orders-exports/AWSDynamoDB/01767225600000-a1b2c3d4")
/// let stream = try await BackfillSurvey(of: "orders").stream
/// let source = try await ExportSource(location, stream: stream, progressFile: "orders.progress.json")
/// let summary = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// print("\(summary.handled) of \(await source.manifest.itemCount) items were handled")
/// ```
///
/// The records are of the moment of the export. What an export should have and has not is named as a loss: a file that is
/// missing, damaged or cut off, or that has fewer items than its manifest says. zlib checks the checksum of each file.
public actor ExportSource: ReplaySource {
    /// The folder of the export.
    public nonisolated let location: ExportLocation
    /// What the export says of itself.
    public nonisolated let manifest: ExportManifest
    private let maker: BackfillRecords
    private let selection: ReplaySelection
    private var progress: ProgressFile?
    private var nextFile = 0
    private var reader: FileReader?
    private var places: [String: OrderedPlaces] = [:]
    private var openParcels: [Int: String] = [:]
    private var lastID = 0
    private var hasCompared = false
    /// What was read so far, for people.
    public private(set) var counts = ExportCounts()

    /// Reads the manifests.
    ///
    /// - Parameters:
    ///   - location: the folder of the export.
    ///   - stream: the table's current stream and keys.
    ///   - selection: which items become records.
    ///   - progressFile: where the places are kept; nil to keep nothing. A run continues from an existing file.
    ///   - progressInterval: the shortest time between two writes of the progress file.
    /// - Throws: ``ExportError``, and `ProgressFileError` for a progress file of another export, stream or selection.
    public init(
        _ location: ExportLocation,
        stream: BackfillStream,
        selection: ReplaySelection = .all,
        progressFile: String? = nil,
        progressInterval: Duration = .seconds(1)
    ) async throws {
        self.location = location
        manifest = try await location.manifest()
        let table = manifest.tableARN.split(separator: "/").last.map(String.init) ?? manifest.tableARN
        guard table == stream.tableName else { throw ExportError.otherTable(found: table, expected: stream.tableName) }
        self.selection = selection
        let milliseconds = manifest.exportTime.milliseconds
        maker = BackfillRecords(of: stream, asOf: EpochTime(seconds: milliseconds / 1_000))
        if let progressFile {
            progress = try ProgressFile(
                progressFile,
                identity: [
                    ("kind", "export"), ("stream", stream.streamARN),
                    ("export", manifest.exportARN ?? "\(manifest.tableARN) at \(manifest.exportTime)"),
                    ("selection", selection.name),
                ],
                interval: progressInterval
            )
        }
    }

    /// Whether an earlier run is gone on from.
    public var isResumed: Bool { progress?.isResumed ?? false }

    // MARK: Reading

    public func next() async throws -> ReplayParcel? {
        if !hasCompared {
            hasCompared = true
            if let loss = manifest.contradiction { return parcel([], [loss], 0, origin: location.description) }
        }
        while true {
            try Task.checkCancellation()
            if let reader {
                if let parcel = try await parcel(of: reader) { return parcel }
                continue
            }
            guard nextFile < manifest.files.count else { return nil }
            let file = manifest.files[nextFile]
            nextFile += 1
            var doneLines = 0
            switch progress?.places[file.name] {
            case .done: continue
            case .after(let json): doneLines = Int(String(decoding: json, as: UTF8.self)) ?? 0
            case nil: break
            }
            do throws(ExportFileError) {
                reader = FileReader(file, try location.open(file), doneLines: doneLines)
            } catch {
                if let parcel = try missing(file, error) { return parcel }
            }
        }
    }

    /// The next lines of a file.
    ///
    /// - Returns: nil when nothing is to be said of what was read.
    private func parcel(of reader: FileReader) async throws -> ReplayParcel? {
        do {
            guard let chunk = try await reader.next() else {
                self.reader = nil
                return end(of: reader)
            }
            return await records(of: chunk, reader)
        } catch let error as ExportFileError {
            self.reader = nil
            return try missing(reader.file, error)
        } catch  where error is DecompressionError || error is ExportLineError {
            self.reader = nil
            let missing = max(0, reader.file.itemCount - reader.lineCount)
            let reason =
                "\(reader.file.name): \(error). Of its \(reader.file.itemCount) items, the first \(reader.lineCount) could be "
                + "read. Copy the file again, then run the same command."
            return parcel([], [ReplayLoss(.lost, count: missing, reason: reason)], 0, origin: reader.file.name)
        }
    }

    private func records(of chunk: LineChunk, _ reader: FileReader) async -> ReplayParcel? {
        let last = chunk.firstLine + chunk.starts.count - 1
        counts.bytes += chunk.bytes.count
        guard last > reader.doneLines else { return nil }
        let first = max(chunk.firstLine, reader.doneLines + 1)
        let lines = (first - chunk.firstLine)..<chunk.starts.count
        counts.items += lines.count
        let making = RecordMaking(maker: maker, selection: selection, file: reader.file.name, chunk: chunk)
        let made = await making.records(of: lines)
        let parcel = parcel(
            made.flatMap(\.records),
            made.flatMap(\.losses),
            made.reduce(0) { $0 + $1.filteredCount },
            origin: "\(reader.file.name), lines \(first) to \(last)"
        )
        open(parcel.id, of: reader.file, until: .after(Array("\(last)".utf8)))
        return parcel
    }

    /// Compares what a file had with what its manifest says.
    private func end(of reader: FileReader) -> ReplayParcel? {
        let file = reader.file
        counts.files += 1
        if reader.lineCount == file.itemCount {
            let parcel = parcel([], [], 0, origin: file.name)
            open(parcel.id, of: file, until: .done)
            return parcel
        }
        let said = "\(file.name) has \(reader.lineCount) items, and its manifest says \(file.itemCount)"
        let loss =
            reader.lineCount < file.itemCount
            ? ReplayLoss(
                .lost,
                count: file.itemCount - reader.lineCount,
                reason: "\(said). Copy the file again, then run the same command."
            )
            : ReplayLoss(.unknown, count: nil, reason: "\(said). It is not the file that was exported.")
        return parcel([], [loss], 0, origin: file.name)
    }

    private func missing(_ file: ExportManifest.File, _ error: ExportFileError) throws -> ReplayParcel? {
        switch error {
        case .unreachable(let reason):
            throw ExportError.cannotRead(location: "\(location.description)/data/\(file.name)", reason: reason)
        case .missing:
            let reason =
                "\(location.description) has no data/\(file.name), which holds \(file.itemCount) items. Copy it, then run the "
                + "same command."
            return parcel([], [ReplayLoss(.lost, count: file.itemCount, reason: reason)], 0, origin: file.name)
        }
    }

    private func parcel(
        _ records: [ReplayRecord],
        _ losses: [ReplayLoss],
        _ filtered: Int,
        origin: String
    ) -> ReplayParcel {
        lastID += 1
        return ReplayParcel(id: lastID, origin: origin, records: records, losses: losses, filteredCount: filtered)
    }

    // MARK: Settling

    private func open(_ id: Int, of file: ExportManifest.File, until place: ProgressFile.Place) {
        openParcels[id] = file.name
        places[file.name, default: OrderedPlaces()].add(id, until: place)
    }

    public func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) throws {
        guard let name = openParcels.removeValue(forKey: parcel.id), !outcome.isDryRun else { return }
        let isComplete = try progress?.keepFailures(of: parcel, outcome) ?? outcome.isComplete
        guard let place = places[name]?.settle(parcel.id, isComplete: isComplete) else { return }
        if place == .done { places[name] = nil }
        try progress?.move(name, to: place)
    }

    public func close() async {
        // What is not written is done again.
        try? progress?.write()
    }
}

/// Makes records of the items of a chunk, on as many processors as there are: it is most of the work of reading an export.
///
/// Each part has a document of its own. References to one that all of them share would be counted by all processors at one
/// place in memory, which takes longer than the rest of the work.
private struct RecordMaking: Sendable {
    let maker: BackfillRecords
    let selection: ReplaySelection
    let file: String
    let chunk: LineChunk

    struct Made: Sendable {
        var records: [ReplayRecord] = []
        var losses: [ReplayLoss] = []
        var filteredCount = 0
    }

    private static let partCount = 4

    /// - Returns: the parts of what was made, in the order of the lines.
    func records(of lines: Range<Int>) async -> [Made] {
        let size = max(1, (lines.count + Self.partCount - 1) / Self.partCount)
        return await withTaskGroup(of: (Int, Made).self) { group in
            for start in stride(from: lines.lowerBound, to: lines.upperBound, by: size) {
                group.addTask { (start, make(start..<min(start + size, lines.upperBound))) }
            }
            var parts: [(Int, Made)] = []
            for await part in group { parts.append(part) }
            return parts.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func make(_ lines: Range<Int>) -> Made {
        var made = Made()
        made.records.reserveCapacity(lines.count)
        for (index, value) in zip(lines, chunk.values(lines)) {
            do throws(BackfillItemError) {
                guard let item = value?["Item"] else { throw .notAnItem }
                let record = try maker.record(of: item)
                if selection.contains(record) { made.records.append(record) } else { made.filteredCount += 1 }
            } catch {
                let reason = "\(file), line \(chunk.firstLine + index): \(error)."
                made.losses.append(ReplayLoss(.refused, count: 1, reason: reason))
            }
        }
        return made
    }
}

/// What was read of an export so far.
///
/// ```swift
/// let stream = try await BackfillSurvey(of: "orders").stream
/// let source = try await ExportSource(ExportLocation.find("exports/orders"), stream: stream)
/// _ = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// let counts = await source.counts
/// print("\(counts.items) items of \(counts.files) files were read, \(counts.bytes) bytes")
/// ```
public struct ExportCounts: Hashable, Sendable {
    /// Items that were read.
    public internal(set) var items = 0
    /// Files that were read to their end.
    public internal(set) var files = 0
    /// Decompressed.
    public internal(set) var bytes = 0
}

extension ExportManifest {
    /// The counts of the files against that of the whole.
    fileprivate var contradiction: ReplayLoss? {
        let sum = files.reduce(0) { $0.addingReportingOverflow($1.itemCount).partialValue }
        guard sum != itemCount else { return nil }
        let reason = "manifest-summary.json says \(itemCount) items, and the files of manifest-files.json have \(sum)."
        return sum < itemCount
            ? ReplayLoss(.lost, count: itemCount - sum, reason: reason)
            : ReplayLoss(.unknown, count: nil, reason: reason)
    }
}

/// One data file, and how much of it was done before.
private final class FileReader {
    let file: ExportManifest.File
    let doneLines: Int
    private var lines: ExportLines

    init(_ file: ExportManifest.File, _ bytes: ExportBytes, doneLines: Int) {
        self.file = file
        self.doneLines = doneLines
        lines = ExportLines(bytes)
    }

    var lineCount: Int { lines.lineCount }

    func next() async throws -> LineChunk? { try await lines.next() }
}
