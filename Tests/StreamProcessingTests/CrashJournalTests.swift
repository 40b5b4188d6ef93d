// The crash journal: what one process notes, the next one knows. The crash itself is tested under the emulator.

import DynamoDBStreamEvents
import Foundation
import StreamProcessing
import TemporaryFiles
import Testing

@Suite("The crash journal")
struct CrashJournalTests {
    private let temporary: TemporaryFolder
    /// Of one journal.
    private var folder: String { temporary.path }

    init() throws { temporary = try TemporaryFolder() }

    /// A processor over the journal as the last process left it.
    private func journaled(
        order: ProcessingOrder = .sequential,
        _ body: @escaping @Sendable (StreamRecord, RecordContext<StreamRecord>) async throws -> Void
    ) -> BatchProcessor<StreamRecord> {
        BatchProcessor(order: order, settings: BatchSettings(crashJournal: CrashJournal(directory: folder)), body)
    }

    /// Runs `event` in a process that ends while the records named run: the journal's file is left as it is then.
    private func crash(
        in folder: String,
        while running: Set<Int>,
        of count: Int,
        event records: [UInt8]? = nil,
        concurrency: Int
    ) async throws {
        let copy = folder + "/copy"
        let journalPath = folder + "/lambda-streams-crash-journal"
        let (atGate, copied) = (Counter(), Counter())
        let journal = CrashJournal(directory: folder)
        let processor = BatchProcessor(
            order: .perKey(maxConcurrency: concurrency),
            settings: BatchSettings(crashJournal: journal)
        ) {
            (_: StreamRecord, context: RecordContext) in
            guard running.contains(context.index) else { return }
            if atGate.next() == running.count {
                defer { _ = copied.next() }
                try FileManager.default.copyItem(atPath: journalPath, toPath: copy)
            }
            // None of them ends before all of them are in the copy.
            while copied.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
        _ = try await processor.process(StreamEvent(records ?? event(count: count)), context: context())
        try FileManager.default.removeItem(atPath: journalPath)
        try FileManager.default.moveItem(atPath: copy, toPath: journalPath)
    }

    @Test("a record that ran alone at one crash is run again; at the second it goes to the dead letters unrun")
    func oneRecord() async throws {
        try await crash(in: folder, while: [1], of: 3, concurrency: 1)
        try await crash(in: folder, while: [1], of: 3, concurrency: 1)
        let sink = InMemoryDeadLetterSink()
        let log = Log()
        let processor = journaled { (_: StreamRecord, context: RecordContext) in log.append("\(context.index)") }
            .deadLettered(after: 9, to: sink)
        let third = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(third.batchItemFailures == [])
        #expect(log.lines == ["0", "2"])
        let letter = try #require(await sink.letters.first)
        #expect(letter.reason == .crashed)
        #expect(letter.deliveries == 3)
        #expect(letter.record.itemIdentifier == sequenceNumber(1))
        // Its batch may come again for a record behind it.
        _ = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(log.lines == ["0", "2", "0", "2"])
    }

    @Test("sequence numbers of any length are told apart", arguments: [40, 56, 104, 105, 1000])
    func longIdentifiers(digits: Int) async throws {
        let numbers = (0..<3).map { String(repeating: "7", count: digits - 1) + "\($0)" }
        let long = event(numbers.enumerated().map { record($0, sequence: "\"SequenceNumber\":\"\($1)\",") })
        for _ in 0..<2 { try await crash(in: folder, while: [1], of: 3, event: long, concurrency: 1) }
        let log = Log()
        let processor = journaled { (_: StreamRecord, context: RecordContext) in log.append("\(context.index)") }
        let response = try await processor.process(StreamEvent(long), context: context())
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [numbers[1]])
        #expect(log.lines == ["0"])
    }

    @Test("one crash of somebody else's making convicts nobody")
    func oneCrash() async throws {
        try await crash(in: folder, while: [1], of: 3, concurrency: 1)
        let sink = InMemoryDeadLetterSink()
        let processor = journaled { (_: StreamRecord, _: RecordContext) in }.deadLettered(after: 1, to: sink)
        #expect(try await processor.process(StreamEvent(event(count: 3)), context: context()).batchItemFailures == [])
        #expect(await sink.letters.isEmpty)
        // It ran to its end, so another crash is the first again.
        try await crash(in: folder, while: [1], of: 3, concurrency: 1)
        let again = journaled { (_: StreamRecord, _: RecordContext) in }
        #expect(try await again.process(StreamEvent(event(count: 3)), context: context()).batchItemFailures == [])
    }

    @Test("what is known survives a further restart, and without dead letters the record is reported whenever it comes")
    func restart() async throws {
        for _ in 0..<2 { try await crash(in: folder, while: [0], of: 1, concurrency: 1) }
        for _ in 0..<3 {
            let processor = journaled { (_: StreamRecord, _: RecordContext) in Issue.record("the record must not run") }
            let response = try await processor.process(StreamEvent(event(count: 1)), context: context())
            #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(0)])
        }
    }

    @Test("suspects that are redelivered elsewhere do not slow other batches down")
    func suspectsElsewhere() async throws {
        try await crash(in: folder, while: [0, 1], of: 2, concurrency: 2)
        let running = Counter()
        let processor = journaled(order: .unordered(maxConcurrency: 2)) { (_: StreamRecord, _: RecordContext) in
            _ = running.next()
            while running.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
        }
        let others = event([record(5), record(6)])
        #expect(try await processor.process(StreamEvent(others), context: context()).batchItemFailures == [])
    }

    @Test("of several that ran at once none is blamed; they run one at a time, and go free when they finish")
    func severalRecords() async throws {
        try await crash(in: folder, while: [0, 2, 3], of: 5, concurrency: 5)
        let running = Counter()
        let most = Log()
        let processor = journaled(order: .perKey(maxConcurrency: 5)) { (_: StreamRecord, _: RecordContext) in
            let begun = running.next()
            try await Task.sleep(for: .milliseconds(5))
            if running.count != begun { most.append("two at once") }
        }
        let response = try await processor.process(StreamEvent(event(count: 5)), context: context())
        #expect(response.batchItemFailures == [])
        #expect(most.lines == [])
        #expect(running.count == 5)
    }

    @Test("a second crash, of one that ran alone, names it and clears the others")
    func secondCrashNamesOne() async throws {
        try await crash(in: folder, while: [0, 1, 2], of: 3, concurrency: 3)
        // The suspects run one at a time; the second of them crashes again.
        try await crash(in: folder, while: [1], of: 3, concurrency: 3)
        let log = Log()
        let processor = journaled(order: .unordered(maxConcurrency: 3)) { (_: StreamRecord, context: RecordContext) in
            log.append("\(context.index)")
        }
        let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
        #expect(log.lines.sorted() == ["0", "2"])
    }

    /// What a process leaves behind that ends in its handler of `body`, when the time is up.
    private func endOutOfTime(_ other: @escaping @Sendable (CrashJournal) async throws -> Void) async throws {
        let journalPath = folder + "/lambda-streams-crash-journal"
        let copy = folder + "/copy"
        let journal = CrashJournal(directory: folder)
        let settings = BatchSettings(deadlineMargin: .seconds(8), crashJournal: journal)
        let processor = BatchProcessor(settings: settings) { (_: StreamRecord, _: RecordContext) in
            do { try await Task.sleep(for: .seconds(60)) } catch {
                // Canceled, and slow to notice: now the platform would kill the process.
                try await other(journal)
                if !FileManager.default.fileExists(atPath: copy) {
                    try FileManager.default.copyItem(atPath: journalPath, toPath: copy)
                }
            }
        }
        _ = try await processor.process(StreamEvent(event(count: 1)), context: context(remaining: .seconds(10)))
        try FileManager.default.removeItem(atPath: journalPath)
        try FileManager.default.moveItem(atPath: copy, toPath: journalPath)
    }

    @Test("a record that was cut off by the deadline is not blamed")
    func deadline() async throws {
        for _ in 0..<2 { try await endOutOfTime { _ in } }
        let ran = Counter()
        let next = journaled { (_: StreamRecord, _: RecordContext) in _ = ran.next() }
        let response = try await next.process(StreamEvent(event(count: 1)), context: context())
        #expect(ran.count == 1)
        #expect(response.batchItemFailures == [])
    }

    @Test("a deadline excuses the records of its own invocation alone")
    func deadlineOfAnother() async throws {
        // Beside the invocation that is out of time another one runs record 7, and crashes the process.
        let journalPath = folder + "/lambda-streams-crash-journal"
        let copy = folder + "/copy"
        for _ in 0..<2 {
            try await endOutOfTime { journal in
                let processor = BatchProcessor(settings: BatchSettings(crashJournal: journal)) {
                    (_: StreamRecord, _: RecordContext) in
                    try FileManager.default.copyItem(atPath: journalPath, toPath: copy)
                }
                _ = try await processor.process(StreamEvent(event([record(7)])), context: context())
            }
        }
        let next = journaled { (_: StreamRecord, _: RecordContext) in }
        let response = try await next.process(StreamEvent(event([record(0), record(7)])), context: context())
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(7)])
    }

    @Test("a folder that cannot be written to, and a journal that another process has, cost nothing but the journal")
    func withoutJournal() async throws {
        let owner = CrashJournal(directory: folder)
        for journal in [owner, CrashJournal(directory: folder), CrashJournal(directory: "/nowhere/at/all")] {
            let processor = BatchProcessor(settings: BatchSettings(crashJournal: journal)) {
                (_: StreamRecord, _: RecordContext) in
            }
            let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
            #expect(response.batchItemFailures == [])
        }
    }

    @Test("a file that is not a journal is started afresh")
    func garbage() async throws {
        let path = folder + "/lambda-streams-crash-journal"
        try Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }).write(to: URL(fileURLWithPath: path))
        let processor = journaled { (_: StreamRecord, _: RecordContext) in }
        let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(response.batchItemFailures == [])
    }
}
