// Redriving from a file or from standard input: failure messages, dead letters and records in any layout.

internal import SharedState

/// Reads a file of documents: one a line, a list of them, or one document. The file itself is never changed.
///
/// ```swift
/// let recovery = FailureRecovery(reader: StreamRangeReader(DynamoDBStreamsClient()))
/// let source = MessageFileSource(path: "orders-failed.jsonl", recovery: recovery)
/// try await source.open()
/// let summary = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// if !summary.isComplete { print("What remains is in \(source.remainingPath)") }
/// ```
///
/// What remains is written to another file, a document a line, in the order of the input. Beside the file
/// `FILE.progress.json` says how far it was worked through, so that a second run first tries what remains and then
/// continues there: after failures, after an end by force, and after more was appended to the file. No more than a few
/// parcels are in memory.
public actor MessageFileSource: SavableSource {
    /// How a file is read, and what is written beside it.
    public struct Settings: Sendable {
        /// Where what remains is written; nil for `FILE.remaining.jsonl`.
        public var remainingPath: String?
        /// Whether a document goes though some of its records were lost.
        public var discardsLost = false
        /// Whether nothing is to be written, and no progress kept.
        public var isReadOnly = false
        /// How many records are settled together, unless the records of one document are more.
        public var parcelSize = 1000

        public init() {}
    }

    /// What became of the documents so far.
    public struct Counts: Sendable, Hashable {
        /// Documents that were read.
        public fileprivate(set) var documents = 0
        /// Documents that were written to the file of what remains, whole or smaller.
        public fileprivate(set) var remaining = 0
        /// The line at which this run began, where an earlier one ended; nil for the first.
        public fileprivate(set) var continuedAtLine: Int?
        /// Whether an earlier run left something, and its file is not there any more.
        public fileprivate(set) var lacksRemainder = false
    }

    /// The number of documents so far, by their outcome.
    public private(set) var counts = Counts()
    /// The file of what remains.
    public nonisolated let remainingPath: String
    private let path: String
    private let recovery: FailureRecovery
    private let settings: Settings
    /// What is still to be read: of the file of what remains, and of the file itself. nil before they are opened.
    private var inputs: [Input]?
    /// Keeps other redrives away while it is open; nil where no progress is kept.
    private var lockedFile: OpenFile?
    private var keepsProgress: Bool { lockedFile != nil }
    private var lookahead: FileDocument?
    private var parcels: [Int: FileParcel] = [:]
    private var nextID = 0
    /// The parcel whose settlement moves the progress on.
    private var frontier = 1
    private var progress = FileProgress()
    private var remainder: RemainderFile

    private static let maximumParcelByteCount = 4 * 1024 * 1024

    /// - Parameters:
    ///   - path: the file; `-` for standard input, of which no progress is kept.
    ///   - recovery: reads the records of messages without a payload.
    ///   - settings: where what remains is written, and what is kept.
    public init(path: String, recovery: FailureRecovery, settings: Settings = Settings()) {
        self.path = path
        self.recovery = recovery
        self.settings = settings
        remainingPath =
            settings.remainingPath ?? (path == "-" ? "standard-input" : path) + ".remaining.jsonl"
        remainder = RemainderFile(remainingPath)
    }

    private nonisolated var name: String { path == "-" ? "standard input" : path }
    private nonisolated var progressPath: String { path + Self.progressSuffix }
    private static let progressSuffix = ".progress.json"

    private struct Input {
        let name: String
        /// Whether it is what an earlier run left.
        let isRemainder: Bool
        var splitter: DocumentSplitter
    }

    // MARK: Reading

    /// Opens the file, so that what is wrong with it is known before anything begins. The first ``next()`` does it as well.
    ///
    /// - Throws: ``MessageFileError``.
    public func open() throws(MessageFileError) {
        if inputs == nil { inputs = try openInputs() }
    }

    /// - Throws: ``MessageFileError``, or `AWSError` when the records of a message cannot be read now.
    public func next() async throws -> ReplayParcel? {
        try open()
        var pending = FileParcel()
        while let document = try await nextDocument() {
            let isFull =
                pending.recordCount > 0
                && (pending.recordCount + document.recordCount > settings.parcelSize
                    || pending.byteCount > Self.maximumParcelByteCount || document.isRange)
            if isFull || pending.documents.last.map({ $0.isRemainder != document.isRemainder }) ?? false {
                lookahead = document
                break
            }
            pending.add(document)
            if document.isRange || pending.documents.count >= settings.parcelSize { break }
        }
        guard let first = pending.documents.first, let last = pending.documents.last else { return nil }
        nextID += 1
        counts.documents += pending.documents.count
        parcels[nextID] = pending
        let lines = first.line == last.line ? "line \(first.line)" : "lines \(first.line) to \(last.line)"
        return pending.content.parcel(id: nextID, origin: "\(first.origin), \(lines)")
    }

    private func nextDocument() async throws -> FileDocument? {
        if let document = lookahead {
            lookahead = nil
            return document
        }
        while var input = inputs?.first {
            guard let piece = try input.splitter.next() else {
                inputs?.removeFirst()
                continue
            }
            // Of what remains, nothing but the next document may be behind the place.
            if input.isRemainder { try input.splitter.moveToNext() }
            inputs?[0] = input
            var document = FileDocument(
                origin: input.name,
                isRemainder: input.isRemainder,
                line: piece.line,
                text: piece.bytes.onOneLine,
                place: input.splitter.place
            )
            try await add(piece.bytes, "\(input.name), line \(piece.line)", depth: 0, to: &document)
            return document
        }
        return nil
    }

    private func add(_ bytes: [UInt8], _ origin: String, depth: Int, to document: inout FileDocument) async throws {
        let read: FailureDocument
        do throws(FailureMessageError) {
            read = try FailureDocument(bytes, streamARN: recovery.streamARN)
        } catch {
            document.parts.append(FileDocument.Part(bytes: bytes, outcome: .refused(.refused(origin, error))))
            return
        }
        // Several messages in one, as the command line of AWS prints them.
        if case .documents(let documents) = read.content, depth < 2 {
            for bytes in documents { try await add(bytes, origin, depth: depth + 1, to: &document) }
            return
        }
        let outcome = try await recovery.unit(read, origin: origin)
        if case .unit(let unit) = outcome {
            document.recordCount += unit.records.count
            document.isRange = document.isRange || unit.readCount > 0
        }
        document.parts.append(FileDocument.Part(bytes: bytes, outcome: outcome))
    }

    private func openInputs() throws(MessageFileError) -> [Input] {
        guard path != "-" else {
            if !settings.isReadOnly, OpenFile.exists(remainingPath) { throw .remainderExists(path: remainingPath) }
            return [input(.standardInput)]
        }
        let file = try OpenFile.reading(path)
        guard file.isRegular else { return [input(file)] }
        if !settings.isReadOnly { try file.lock() }
        let earlier = try earlierProgress(file)
        if let earlier {
            guard earlier.remaining.isEmpty || !OpenFile.exists(remainingPath + Self.progressSuffix) else {
                throw .remainderInUse(path: remainingPath)
            }
            progress = earlier
            counts.continuedAtLine = earlier.place.line
            counts.lacksRemainder = !earlier.remaining.isEmpty && !RemainderFile.exists(remainingPath)
        }
        if !settings.isReadOnly { try begin(file, isContinued: earlier != nil) }
        try file.seek(to: progress.place.offset)
        let rest = try RemainderFile.documents(remainingPath, progress).map {
            Input(name: remainingPath, isRemainder: true, splitter: $0)
        }
        return rest + [input(file)]
    }

    private func input(_ file: OpenFile) -> Input {
        let splitter = DocumentSplitter(from: progress.place) { count throws(MessageFileError) in try file.read(count) }
        return Input(name: name, isRemainder: false, splitter: splitter)
    }

    /// Makes ready what is written beside the file.
    private func begin(_ file: OpenFile, isContinued: Bool) throws(MessageFileError) {
        lockedFile = file
        if isContinued {
            remainder = try RemainderFile(remainingPath, &progress, writing: progressPath)
        } else if OpenFile.exists(remainingPath) {
            throw .remainderExists(path: remainingPath)
        } else {
            // Before anything is written: a run that is ended by force leaves a file of what remains that is known.
            progress.check = FileProgress.check(of: [])
            try OpenFile.replace(progressPath, with: progress.json)
        }
    }

    /// - Throws: when the file is not the one of the progress.
    private func earlierProgress(_ file: OpenFile) throws(MessageFileError) -> FileProgress? {
        guard OpenFile.exists(progressPath) else { return nil }
        guard let progress = FileProgress(try OpenFile.reading(progressPath).read(4096)) else {
            throw .unreadableProgress(path: progressPath)
        }
        guard try check(of: file, before: progress.place.offset) == progress.check else {
            throw .foreignProgress(path: path, progress: progressPath)
        }
        return progress
    }

    /// nil where the file is shorter than that.
    private func check(of file: OpenFile, before offset: Int) throws(MessageFileError) -> UInt64? {
        let count = min(offset, FileProgress.checkedByteCount)
        try file.seek(to: offset - count)
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try file.read(count - bytes.count)
            guard !more.isEmpty else { return nil }
            bytes += more
        }
        return FileProgress.check(of: bytes)
    }

    /// See ``SavableSource``.
    public func documents(of parcel: ReplayParcel) -> [[UInt8]] {
        guard let pending = parcels[parcel.id] else { return [] }
        return pending.documents.flatMap { document in
            document.parts.map { part in
                if case .unit(let unit) = part.outcome { unit.savedDocument } else { part.bytes }
            }
        }
    }

    // MARK: Settling

    public func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) async throws {
        guard var pending = parcels[parcel.id] else { return }
        guard !outcome.isDryRun, !settings.isReadOnly else {
            parcels[parcel.id] = nil
            return
        }
        let rest = pending.rest(outcome.remaining, discardsLost: settings.discardsLost)
        pending.rest = Array(rest.joined())
        counts.remaining += rest.count
        parcels[parcel.id] = pending
        try advance()
    }

    /// Writes what is settled from the first parcel on, and the progress up to there.
    private func advance() throws(MessageFileError) {
        var settled = progress
        var lines: [UInt8] = []
        while let pending = parcels[frontier], let rest = pending.rest {
            lines += rest
            if let last = pending.documents.last {
                if last.isRemainder {
                    settled.remaining.start = last.place.offset
                } else {
                    settled.place = last.place
                }
            }
            parcels[frontier] = nil
            frontier += 1
        }
        if !lines.isEmpty {
            progress.remaining.appendedCount = lines.count
            try writeProgress()
            try remainder.append(lines)
        }
        guard settled != progress else { return }
        settled.remaining.end += lines.count
        if settled.place != progress.place, keepsProgress {
            settled.check = try check(before: settled.place.offset) ?? 0
        }
        progress = settled
        try writeProgress()
    }

    private func writeProgress() throws(MessageFileError) {
        if keepsProgress { try OpenFile.replace(progressPath, with: progress.json) }
    }

    /// By a descriptor of its own: the other one's place is the reader's.
    private func check(before offset: Int) throws(MessageFileError) -> UInt64? {
        try check(of: OpenFile.reading(path), before: offset)
    }

    public func close() async {
        try? remainder.synchronize()
        // What is not cut off now, the next run cuts off.
        if keepsProgress { try? remainder.cut(&progress, writing: progressPath) }
        lockedFile = nil
        inputs = []
    }
}
