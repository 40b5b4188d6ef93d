// The watchdog: which mappings it takes for deaf, and which not.

import DynamoDBStreamEvents
import StreamProcessing
import Testing

@Suite("The watchdog")
struct WatchdogTests {
    /// Delivers records of one item.
    private func deliver(_ indices: [Int], to processor: BatchProcessor<StreamRecord>) async throws -> BatchResponse {
        let records = indices.map { index in
            record(index).replacing(#""Keys":{"id":{"S":"order-\#(index)"}}"#, with: #""Keys":{"id":{"S":"k"}}"#)
        }
        return try await processor.process(StreamEvent(event(records)), context: context())
    }

    private func processor(_ watchdog: FailureReportWatchdog, failing: Set<Int>) -> BatchProcessor<StreamRecord> {
        BatchProcessor(settings: BatchSettings(watchdog: watchdog)) { (record: StreamRecord, _: RecordContext) in
            if failing.contains(where: { sequenceNumber($0) == record.itemIdentifier }) { throw Refused() }
        }
    }

    @Test("a mapping that goes on without redelivering is found out, and the invocation fails if so wished")
    func ignored() async throws {
        let alarms = Counter()
        let watchdog = FailureReportWatchdog(after: 2, reaction: .fail) { _ = alarms.next() }
        let processor = processor(watchdog, failing: [1, 3, 5, 7])
        for batch in [[0, 1], [2, 3]] { _ = try await deliver(batch, to: processor) }
        #expect(!watchdog.isAlarmed)
        await #expect(throws: FailureReportIgnored.self) { _ = try await deliver([4, 5], to: processor) }
        #expect(watchdog.isAlarmed)
        await #expect(throws: FailureReportIgnored.self) { _ = try await deliver([6, 7], to: processor) }
        #expect(alarms.count == 1)
        // A batch without failures has a response all the same.
        #expect(try await deliver([8], to: processor).batchItemFailures == [])
    }

    @Test("a redelivery proves that the mapping listens, and ends an alarm")
    func honored() async throws {
        let watchdog = FailureReportWatchdog(after: 1)
        let processor = processor(watchdog, failing: [1, 3, 6, 9])
        for batch in [[0, 1], [1, 2], [2, 3], [3, 4]] { _ = try await deliver(batch, to: processor) }
        #expect(!watchdog.isAlarmed)
        for batch in [[5, 6], [7]] { _ = try await deliver(batch, to: processor) }
        #expect(watchdog.isAlarmed)
        // The setting is mended: what is reported comes again.
        for batch in [[8, 9], [9, 10]] { _ = try await deliver(batch, to: processor) }
        #expect(!watchdog.isAlarmed)
    }

    @Test("a mapping with MaximumRetryAttempts 0 discards the first record of a batch, and is not taken for a deaf one")
    func noRetries() async throws {
        let watchdog = FailureReportWatchdog(after: 1)
        let processor = processor(watchdog, failing: [0, 2, 4, 6])
        for batch in [[0, 1], [1], [2], [3], [4, 5], [5], [6], [7]] { _ = try await deliver(batch, to: processor) }
        #expect(!watchdog.isAlarmed)
    }
}
