// Knows the record that crashed the process: notes what runs where the next process can read it.

internal import LambdaFunctions
internal import Logging
internal import SharedState

/// Finds the record that crashes the process, and keeps it from doing so again.
///
/// Swift cannot catch a trap, so a record that causes one would take its batch down with each delivery and block its
/// shard until it expires. While a record runs, its identity stands in a memory-mapped file in a folder that outlives
/// the process; when a new process finds one there, it knows what killed the one before. That record is then reported
/// without being run, and after some deliveries handed to a poison sink.
///
/// When several records ran at once, any of them may have been it: their next batch is run one record at a time, so
/// that a second crash names the one. Records that were still running when the invocation's time was up are not
/// suspected: the platform killed the process, not they.
///
/// Noting a record is a few stores to memory; no system call is made. A process on Lambda has its own `/tmp`. Where
/// several processes share the folder, one of them has the journal and the others run without.
public final class CrashJournal: Sendable {
    private struct State {
        var file: CrashFile?
        var crashed: [CrashFile.Note: (crash: CrashFile.Crash, slot: Int)] = [:]
        var freeSlots: [Int] = []
        var isOpened = false
    }

    private let path: String
    private let captureAfter: Int
    private let sink: (any PoisonSink)?
    private let state = Guarded(State())

    /// - Parameters:
    ///   - directory: where the journal lies: it must outlive the process and be its own.
    ///   - deliveries: a record that crashed the process is captured when it is delivered once more after this many
    ///     deliveries, the one that crashed included.
    ///   - sink: where it goes; without one it is reported whenever it comes, until the mapping gives it up.
    public init(directory: String = "/tmp", captureAfter deliveries: Int = 2, to sink: (any PoisonSink)? = nil) {
        path = directory + "/lambda-streams-crash-journal"
        captureAfter = max(1, deliveries)
        self.sink = sink
    }

    /// Whether several records are suspected of a crash, so that records should run one at a time.
    func hasSuspects(logger: Logger) -> Bool {
        state.withLock { state in
            open(&state, logger)
            return state.crashed.values.contains { !$0.crash.isCertain }
        }
    }

    /// Runs `body` with the record noted; does not run it for a record that has crashed the process.
    func running(
        _ record: some BatchRecord,
        context: RecordContext,
        _ body: () async throws -> Void
    ) async throws {
        guard let note = CrashFile.Note(record) else { return try await body() }
        switch begin(note) {
        case .unwatched: try await body()
        case .noted(let slot):
            defer { end(slot, note) }
            try await body()
        case .hasCrashed(let crashes, let deliveries):
            let error = RecordCrashedProcess(crashes: crashes)
            guard let sink, deliveries > captureAfter else { throw error }
            let poison = PoisonRecord(
                record,
                reason: .crashed,
                error: error,
                attempts: deliveries,
                invocation: context.lambda
            )
            do {
                try await sink.accept(poison)
            } catch let sinkError {
                throw PoisonCaptureError(recordError: error, sinkError: sinkError)
            }
            acquit(note)
            context.countCaptured()
            context.logger.error("captured without being run, the checkpoint passes it: \(error)")
        }
    }

    /// Marks what runs as out of time: if the platform kills the process now, no record is to blame.
    func markOutOfTime() {
        state.withLock { $0.file?.markRunningOutOfTime() }
    }

    // MARK: The file

    private enum Beginning {
        case unwatched, noted(slot: Int), hasCrashed(crashes: Int, deliveries: Int)
    }

    private func begin(_ note: CrashFile.Note) -> Beginning {
        state.withLock { state in
            guard state.file != nil else { return .unwatched }
            if !state.crashed.isEmpty, var known = state.crashed[note], known.crash.isCertain {
                known.crash.deliveries += 1
                state.crashed[note] = known
                state.file?.writeCrash(note, known.crash, at: known.slot)
                return .hasCrashed(crashes: known.crash.crashes, deliveries: known.crash.deliveries)
            }
            guard let slot = state.freeSlots.popLast() else { return .unwatched }
            state.file?.writeRunning(note, at: slot)
            return .noted(slot: slot)
        }
    }

    private func end(_ slot: Int, _ note: CrashFile.Note) {
        state.withLock { state in
            state.file?.clearRunning(at: slot)
            state.freeSlots.append(slot)
            // A suspect that ran to its end is innocent.
            if !state.crashed.isEmpty, let known = state.crashed.removeValue(forKey: note) {
                state.file?.clearCrash(at: known.slot)
            }
        }
    }

    private func acquit(_ note: CrashFile.Note) {
        state.withLock { state in
            if let known = state.crashed.removeValue(forKey: note) { state.file?.clearCrash(at: known.slot) }
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
        var known = Dictionary(file.crashes) { first, _ in first }
        let suspects = file.running
        file.clear()
        // One that ran alone did it, and explains the crash before, of which others were suspected with it.
        if suspects.count == 1 { known = known.filter { $0.value.isCertain || $0.key == suspects[0] } }
        for note in suspects {
            var crash = known[note] ?? CrashFile.Crash()
            crash.crashes += 1
            crash.deliveries += 1
            // Three crashes are no coincidence, even if another invocation of the process always ran at the time.
            crash.isCertain = suspects.count == 1 || crash.crashes >= 3
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

/// A record that ended an earlier process of this environment, and was not run again.
public struct RecordCrashedProcess: Error, Sendable, Hashable, CustomStringConvertible {
    /// How many processes it ended.
    public let crashes: Int

    public var description: String {
        """
        the record crashed the process that handled it (\(crashes)×), so it was not run again; the function's log has \
        what that process printed last
        """
    }
}
