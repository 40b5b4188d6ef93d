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

    /// Runs `event` in a process that ends while the records named run: the journal's file is left as it is then.
    private func crash(in folder: String, while running: Set<Int>, of count: Int, concurrency: Int) async throws {
        let copy = folder + "/copy"
        let journalPath = folder + "/lambda-streams-crash-journal"
        let atGate = Counter()
        let journal = CrashJournal(directory: folder)
        let processor = BatchProcessor(order: .perKey(maxConcurrency: concurrency), crashJournal: journal) {
            (_: StreamRecord, context: RecordContext) in
            guard running.contains(context.index) else { return }
            if atGate.next() == running.count { try FileManager.default.copyItem(atPath: journalPath, toPath: copy) }
            while atGate.count < running.count { try await Task.sleep(for: .milliseconds(1)) }
        }
        _ = try await processor.process(StreamEvent(event(count: count)), context: context())
        try FileManager.default.removeItem(atPath: journalPath)
        try FileManager.default.moveItem(atPath: copy, toPath: journalPath)
    }

    @Test("the record that ran alone is reported without being run, then captured, and then forgotten")
    func oneRecord() async throws {
        try await crash(in: folder, while: [1], of: 3, concurrency: 1)
        let sink = InMemoryPoisonSink()
        let log = Log()
        let processor = BatchProcessor(crashJournal: CrashJournal(directory: folder, captureAfter: 2, to: sink)) {
            (_: StreamRecord, context: RecordContext) in log.append("\(context.index)")
        }
        let second = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(second.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
        #expect(log.lines == ["0"])
        let third = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(third.batchItemFailures == [])
        #expect(log.lines == ["0", "0", "2"])
        let poison = try #require(await sink.records.first)
        #expect(poison.reason == .crashed)
        #expect(poison.attempts == 3)
        #expect(poison.record.itemIdentifier == sequenceNumber(1))
        _ = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(log.lines == ["0", "0", "2", "0", "1", "2"])
    }

    @Test("what is known survives a further restart")
    func restart() async throws {
        try await crash(in: folder, while: [0], of: 1, concurrency: 1)
        for delivery in 2...4 {
            let sink = InMemoryPoisonSink()
            let journal = CrashJournal(directory: folder, captureAfter: 3, to: sink)
            let processor = BatchProcessor(crashJournal: journal) { (_: StreamRecord, _: RecordContext) in
                Issue.record("the record must not run")
            }
            let response = try await processor.process(StreamEvent(event(count: 1)), context: context())
            #expect(response.batchItemFailures.isEmpty == (delivery == 4))
            #expect(await sink.records.count == (delivery == 4 ? 1 : 0))
        }
    }

    @Test("of several that ran at once none is blamed; they run one at a time, and go free when they finish")
    func severalRecords() async throws {
        try await crash(in: folder, while: [0, 2, 3], of: 5, concurrency: 5)
        let running = Counter()
        let most = Log()
        let journal = CrashJournal(directory: folder)
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 5), crashJournal: journal) {
            (_: StreamRecord, _: RecordContext) in
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
        let processor = BatchProcessor(
            order: .unordered(maxConcurrency: 3),
            crashJournal: CrashJournal(directory: folder)
        ) {
            (_: StreamRecord, context: RecordContext) in log.append("\(context.index)")
        }
        let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
        #expect(log.lines.sorted() == ["0", "2"])
    }

    @Test("a record that was cut off by the deadline is not blamed")
    func deadline() async throws {
        let journalPath = folder + "/lambda-streams-crash-journal"
        let processor = BatchProcessor(deadlineMargin: .seconds(8), crashJournal: CrashJournal(directory: folder)) {
            (_: StreamRecord, _: RecordContext) in
            do { try await Task.sleep(for: .seconds(60)) } catch {
                // Cancelled, and slow to notice: now the platform would kill the process.
                try FileManager.default.copyItem(atPath: journalPath, toPath: folder + "/copy")
            }
        }
        _ = try await processor.process(StreamEvent(event(count: 1)), context: context(remaining: .seconds(14)))
        try FileManager.default.removeItem(atPath: journalPath)
        try FileManager.default.moveItem(atPath: folder + "/copy", toPath: journalPath)
        let ran = Counter()
        let next = BatchProcessor(crashJournal: CrashJournal(directory: folder)) {
            (_: StreamRecord, _: RecordContext) in
            _ = ran.next()
        }
        let response = try await next.process(StreamEvent(event(count: 1)), context: context())
        #expect(ran.count == 1)
        #expect(response.batchItemFailures == [])
    }

    @Test("a folder that cannot be written to, and a journal that another process has, cost nothing but the journal")
    func withoutJournal() async throws {
        let owner = CrashJournal(directory: folder)
        for journal in [owner, CrashJournal(directory: folder), CrashJournal(directory: "/nowhere/at/all")] {
            let processor = BatchProcessor(crashJournal: journal) { (_: StreamRecord, _: RecordContext) in }
            let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
            #expect(response.batchItemFailures == [])
        }
    }

    @Test("a file that is not a journal is started afresh")
    func garbage() async throws {
        let path = folder + "/lambda-streams-crash-journal"
        try Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }).write(to: URL(fileURLWithPath: path))
        let processor = BatchProcessor(crashJournal: CrashJournal(directory: folder)) {
            (_: StreamRecord, _: RecordContext) in
        }
        let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(response.batchItemFailures == [])
    }
}

@Suite("The watchdog")
struct WatchdogTests {
    private func deliver(_ indices: [Int], failing: Int?, to processor: BatchProcessor<StreamEvent>) async throws
        -> BatchResponse
    {
        let records = indices.map { index in
            record(index).replacing(#""Keys":{"id":{"S":"order-\#(index)"}}"#, with: #""Keys":{"id":{"S":"k"}}"#)
        }
        return try await processor.process(StreamEvent(event(records)), context: context())
    }

    private func processor(_ watchdog: FailureReportWatchdog, failing: Set<Int>) -> BatchProcessor<StreamEvent> {
        BatchProcessor(watchdog: watchdog) { (record: StreamRecord, _: RecordContext) in
            if failing.contains(where: { sequenceNumber($0) == record.itemIdentifier }) { throw Refused() }
        }
    }

    @Test("a mapping that goes on without redelivering is found out, once, and told to fail if so wished")
    func ignored() async throws {
        let alarms = Counter()
        let watchdog = FailureReportWatchdog(after: 2, reaction: .fail) { _ = alarms.next() }
        let processor = processor(watchdog, failing: [1, 3, 5, 7])
        for batch in [[0, 1], [2, 3]] { _ = try await deliver(batch, failing: nil, to: processor) }
        #expect(!watchdog.isAlarmed)
        await #expect(throws: FailureReportIgnored.self) { _ = try await deliver([4, 5], failing: nil, to: processor) }
        #expect(watchdog.isAlarmed)
        await #expect(throws: FailureReportIgnored.self) { _ = try await deliver([6, 7], failing: nil, to: processor) }
        #expect(alarms.count == 1)
        // A batch without failures is still answered.
        #expect(try await deliver([8], failing: nil, to: processor).batchItemFailures == [])
    }

    @Test("a single redelivery proves that the mapping listens")
    func honoured() async throws {
        let watchdog = FailureReportWatchdog(after: 1)
        let processor = processor(watchdog, failing: [1, 3])
        for batch in [[0, 1], [1, 2], [3], [4], [5]] { _ = try await deliver(batch, failing: nil, to: processor) }
        #expect(!watchdog.isAlarmed)
    }
}
