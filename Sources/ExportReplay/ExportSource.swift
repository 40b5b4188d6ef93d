// The items of an export to S3 as a source of records.

internal import DynamoDBStreamEvents
internal import EventSourceMapping
internal import GzipDecoding
internal import JSONScanning
public import RecordReplay

/// Reads a full export in DynamoDB JSON, file by file, and gives its items out as INSERTs.
///
/// The records are of the moment of the export. What an export should have and has not is named as a loss: a file that is
/// missing, damaged or cut off, or that has fewer items than its manifest says. zlib checks the checksum of each file.
public actor ExportSource: ReplaySource {
    public let location: ExportLocation
    public let manifest: ExportManifest
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
    ///   - stream: the table's current stream and keys.
    ///   - progressFile: where the places are kept; nothing is kept when nil. A file that is there is gone on from.
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
            return records(of: chunk, reader)
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

    private func records(of chunk: LineChunk, _ reader: FileReader) -> ReplayParcel? {
        let last = chunk.firstLine + chunk.starts.count - 1
        counts.bytes += chunk.bytes.count
        guard last > reader.doneLines else { return nil }
        var records: [ReplayRecord] = []
        var losses: [ReplayLoss] = []
        var filtered = 0
        records.reserveCapacity(chunk.starts.count)
        for (index, value) in chunk.values.enumerated() where chunk.firstLine + index > reader.doneLines {
            counts.items += 1
            do throws(BackfillItemError) {
                guard let item = value?["Item"] else { throw .notAnItem }
                let record = try maker.record(of: item)
                if selection.contains(record) { records.append(record) } else { filtered += 1 }
            } catch {
                let place = "\(reader.file.name), line \(chunk.firstLine + index)"
                losses.append(ReplayLoss(.refused, count: 1, reason: "\(place): \(error)."))
            }
        }
        let first = max(chunk.firstLine, reader.doneLines + 1)
        let parcel = parcel(records, losses, filtered, origin: "\(reader.file.name), lines \(first) to \(last)")
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

/// What was read of an export so far.
public struct ExportCounts: Hashable, Sendable {
    public internal(set) var items = 0
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
