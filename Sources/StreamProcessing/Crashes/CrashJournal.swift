// Finds the record that crashes the process: records what runs where the next process can read it.

internal import LambdaFunctions
internal import Logging
internal import SharedState

/// Finds a record that crashes the process repeatedly, and keeps it from doing so again.
///
/// Swift cannot catch a trap. A record that causes one would end its batch with each delivery and block its shard until
/// it expires. While a record runs, its identity is in a memory-mapped file in a folder that outlives the process. A
/// new process that finds one there suspects it. One crash proves nothing: memory that another invocation used up kills
/// whatever runs. A record that ran at `convictAfter` crashes, alone at the last one, is not run again: it fails with
/// ``RecordCrashedProcess``, which sends it to the dead letters if there is a sink.
///
/// A batch with suspects runs one record at a time, so that a second crash identifies the record. A suspect that
/// finishes is innocent. A suspect that does not come again is forgotten after a quarter of an hour. Records that were
/// running when their invocation ran out of time are not suspects: the platform killed the process.
///
/// Noting a record is a few stores to memory, without a system call. A process on Lambda has its own `/tmp`. If several
/// processes share the folder, one of them has the journal and the others run without.
///
/// ```swift
/// let settings = BatchSettings(crashJournal: CrashJournal())
/// ```
public final class CrashJournal: Sendable {
    fileprivate struct State {
        var file: CrashFile?
        var crashed: [CrashFile.Note: (crash: CrashFile.Crash, slot: Int)] = [:]
        var freeSlots: [Int] = []
        /// Which run noted what a slot has, so that a deadline marks its own.
        var runs = [Int](repeating: 0, count: CrashFile.slotCount)
        var lastRun = 0
        var isOpened = false
    }

    private let path: String
    private let convictAfter: Int
    private let state = Guarded(State())

    /// - Parameters:
    ///   - directory: where the journal lies: it must outlive the process and belong to it alone.
    ///   - crashes: how many crashes convict a record.
    public init(directory: String = "/tmp", convictAfter crashes: Int = 2) {
        path = directory + "/lambda-streams-crash-journal"
        convictAfter = max(1, crashes)
    }

    /// Opens the journal where that has not happened yet, and begins to note the records of one batch.
    func beginRun(logger: Logger) -> CrashJournalRun {
        state.withLock { state in
            open(&state, logger)
            state.lastRun += 1
            return CrashJournalRun(self, number: state.lastRun)
        }
    }

    fileprivate func isSuspect(_ note: CrashFile.Note) -> Bool {
        state.withLock { state in
            state.dropForgotten()
            return state.crashed[note].map { !$0.crash.isCertain } ?? false
        }
    }

    fileprivate var hasSuspects: Bool {
        state.withLock { $0.crashed.values.contains { !$0.crash.isCertain } }
    }

    fileprivate func markOutOfTime(_ run: Int) {
        state.withLock { state in
            for (slot, owner) in state.runs.enumerated() where owner == run { state.file?.markOutOfTime(at: slot) }
        }
    }

    // MARK: The file

    fileprivate enum Beginning {
        case unwatched, noted(slot: Int), isConvicted(CrashFile.Crash)
    }

    fileprivate func begin(_ note: CrashFile.Note, in run: Int) -> Beginning {
        state.withLock { state in
            guard state.file != nil else { return .unwatched }
            if !state.crashed.isEmpty, var known = state.crashed[note], known.crash.isCertain {
                known.crash.deliveries += 1
                state.crashed[note] = known
                state.file?.writeCrash(note, known.crash, at: known.slot)
                return .isConvicted(known.crash)
            }
            guard let slot = state.freeSlots.popLast() else { return .unwatched }
            state.file?.writeRunning(note, at: slot)
            state.runs[slot] = run
            return .noted(slot: slot)
        }
    }

    fileprivate func end(_ slot: Int, _ note: CrashFile.Note) {
        state.withLock { state in
            state.file?.clearRunning(at: slot)
            state.freeSlots.append(slot)
            // A suspect that ran to its end is innocent.
            if !state.crashed.isEmpty { state.forget(note) }
        }
    }

    private func open(_ state: inout State, _ logger: Logger) {
        guard !state.isOpened else { return }
        state.isOpened = true
        do {
            state.file = try CrashFile(path: path)
        } catch {
            logger.warning("running without a crash journal: \(error)")
            return
        }
        state.freeSlots = Array((0..<CrashFile.slotCount).reversed())
        readCrashes(&state, logger)
    }

    /// Adds what ran when the last process ended to what is known of earlier ones.
    private func readCrashes(_ state: inout State, _ logger: Logger) {
        guard let file = state.file else { return }
        let now = LambdaClock.now.secondsSinceEpoch
        var known = Dictionary(file.crashes) { first, _ in first }.filter { !$0.value.isForgotten(at: now) }
        let suspects = file.running
        file.clear()
        // A suspect that crashed again, alone, explains the crash before, of which others were suspected with it.
        if suspects.count == 1, let only = suspects.first, known[only] != nil {
            known = known.filter { $0.value.isCertain || $0.key == only }
        }
        for note in suspects {
            var crash = known[note] ?? CrashFile.Crash()
            crash.crashes += 1
            crash.deliveries += 1
            crash.lastSeen = now
            // One more crash than it takes is not a coincidence, even if others always ran at the time.
            crash.isCertain = crash.crashes >= (suspects.count == 1 ? convictAfter : convictAfter + 1)
            known[note] = crash
            logger.error(
                "a process of this environment ended while a record ran",
                metadata: ["itemIdentifier": "\(note.itemIdentifier)", "runningAtOnce": "\(suspects.count)"]
            )
        }
        for (slot, (note, crash)) in known.prefix(CrashFile.slotCount).enumerated() {
            state.crashed[note] = (crash, slot)
            file.writeCrash(note, crash, at: slot)
        }
    }
}

extension CrashJournal.State {
    fileprivate mutating func forget(_ note: CrashFile.Note) {
        if let known = crashed.removeValue(forKey: note) { file?.clearCrash(at: known.slot) }
    }

    fileprivate mutating func dropForgotten() {
        let now = LambdaClock.now.secondsSinceEpoch
        for (note, known) in crashed where known.crash.isForgotten(at: now) { forget(note) }
    }
}

extension LambdaClock.Instant {
    fileprivate var secondsSinceEpoch: UInt32 { UInt32(clamping: millisecondsSinceEpoch / 1000) }
}

/// What the journal notes of one batch.
final class CrashJournalRun: Sendable {
    private let journal: CrashJournal
    private let number: Int

    fileprivate init(_ journal: CrashJournal, number: Int) {
        self.journal = journal
        self.number = number
    }

    /// Whether one of `records` is suspected of a crash, so that they should run one at a time.
    func hasSuspects(among records: some Sequence<some BatchRecord>) -> Bool {
        guard journal.hasSuspects else { return false }
        return records.contains { record in CrashFile.Note(record).map(journal.isSuspect) ?? false }
    }

    /// Marks what runs as out of time: if the platform kills the process now, no record is to blame.
    func markOutOfTime() {
        journal.markOutOfTime(number)
    }

    /// Runs `body` with the record noted; does not run it for a record that is convicted.
    func running(_ record: some BatchRecord, _ body: () async throws -> Void) async throws {
        guard let note = CrashFile.Note(record) else { return try await body() }
        switch journal.begin(note, in: number) {
        case .unwatched: try await body()
        case .noted(let slot):
            defer { journal.end(slot, note) }
            try await body()
        case .isConvicted(let crash):
            throw RecordCrashedProcess(crashes: crash.crashes, deliveries: crash.deliveries)
        }
    }
}

struct CrashJournalLayer<Record: BatchRecord>: RecordLayer {
    let run: CrashJournalRun

    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws {
        try await run.running(record) { try await next.handle(record, context: context) }
    }
}

/// A record that ended earlier processes of this environment, and was not run again.
///
/// ```swift
/// // Counts the crash as one failed delivery, so that another environment of the function may try the record.
/// let counting = processor.deadLettered(
///     after: 3,
///     to: sink,
///     classifying: { $0 is RecordCrashedProcess ? .record : nil }
/// )
/// ```
public struct RecordCrashedProcess: ClassifiedFailure, Sendable, Hashable, CustomStringConvertible {
    /// How many processes it ended.
    public let crashes: Int
    /// How often it was delivered, those that ended in a crash included.
    public let deliveries: Int

    public var failureKind: FailureKind { .permanent }

    public var description: String {
        """
        the record crashed the process that handled it (\(crashes)×), so it was not run again; the function's log has \
        what that process printed last
        """
    }
}
