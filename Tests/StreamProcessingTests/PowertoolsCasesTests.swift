// The batch cases of Powertools for AWS Lambda that make sense for a stream, by the names they have there, each with what
// differs here and why (https://github.com/aws-powertools; tests/functional/batch and their like in the other languages).

import DynamoDBStreamEvents
import LambdaFunctions
import StreamProcessing
import Testing

@Suite("Cases of Powertools")
struct PowertoolsCasesTests {
    private func answer(
        _ payload: [UInt8],
        report: FailureReport? = nil,
        onFailure: FailureRule? = nil,
        order: ProcessingOrder = .sequential,
        refusing refused: Set<Int>
    ) async throws -> (handled: [Int], failed: [String]) {
        let log = HandledIndices()
        let processor = BatchProcessor(order: order, settings: BatchSettings(onFailure: onFailure, report: report)) {
            (_: StreamRecord, context: RecordContext) in
            if refused.contains(context.index) { throw Refused() }
            log.append(context.index)
        }
        let response = try await processor.process(StreamEvent(payload), context: context())
        return (log.values.sorted(), response.batchItemFailures.map(\.itemIdentifier))
    }

    @Test("test_batch_processor_dynamodb_context_success_only: two records, an empty list")
    func successOnly() async throws {
        let (handled, failed) = try await answer(event(count: 2), refusing: [])
        #expect(handled == [0, 1])
        #expect(failed == [])
    }

    @Test(
        """
        test_batch_processor_dynamodb_context_with_failure: failed, fine, failed. There both failures are named and the \
        second record runs; here the first is named and nothing behind it runs, for a stream delivers all of it again
        """
    )
    func withFailure() async throws {
        let (handled, failed) = try await answer(event(count: 3), refusing: [0, 2])
        #expect(handled == [])
        #expect(failed == [sequenceNumber(0)])
        // What Powertools does, for those who want it.
        let all = try await answer(event(count: 3), report: .all, onFailure: .continue, refusing: [0, 2])
        #expect(all.handled == [1])
        #expect(all.failed == [sequenceNumber(0), sequenceNumber(2)])
    }

    @Test(
        """
        test_batch_processor_error_when_entire_batch_fails: twice, cold and warm. There it raises, which throws away the \
        checkpoint and counts as a failed invocation; here it is reported like any other failure
        """
    )
    func entireBatchFails() async throws {
        for _ in 0..<2 {
            #expect(try await answer(event(count: 2), refusing: [0, 1]).failed == [sequenceNumber(0)])
        }
    }

    @Test("test_batch_processor_not_raise_when_entire_batch_fails: both identifiers, in order, where all are asked for")
    func entireBatchFailsNamed() async throws {
        let (_, failed) = try await answer(event(count: 2), report: .all, onFailure: .continue, refusing: [0, 1])
        #expect(failed == [sequenceNumber(0), sequenceNumber(1)])
    }

    @Test(
        """
        test_sqs_fifo_batch_processor_middleware_with_skip_group_on_error: groups 1, 1, 2, 2, 3. There only for SQS; here \
        the same rule holds for the items of a stream in .perKey
        """,
        arguments: [(2, [2, 3]), (0, [0, 1])]
    )
    func skipGroup(failing: Int, undone: [Int]) async throws {
        let records = [1, 1, 2, 2, 3].enumerated().map { index, group in
            record(index).replacing(
                #""Keys":{"id":{"S":"order-\#(index)"}}"#,
                with: #""Keys":{"id":{"S":"g\#(group)"}}"#
            )
        }
        let order = ProcessingOrder.perKey(maxConcurrency: 3)
        let (handled, failed) = try await answer(event(records), report: .all, order: order, refusing: [failing])
        #expect(failed == undone.map { sequenceNumber($0) })
        #expect(handled == (0..<5).filter { !undone.contains($0) })
    }

    @Test(
        """
        test_process_partial_response_invalid_input: what is no event. There a ValueError; here a typed error that says \
        what was wrong, and for text that is not JSON where
        """,
        arguments: ["1", "[]", "true", "\"class\"", "null", "{\"Records\":1}"]
    )
    func invalidInput(payload: String) async throws {
        await #expect(throws: StreamEventError.self) { _ = try await answer(Array(payload.utf8), refusing: []) }
    }

    @Test("an empty list of records: there UnexpectedBatchTypeError, here an empty answer")
    func emptyRecords() async throws {
        #expect(try await answer(event(count: 0), refusing: []).failed == [])
    }

    @Test(
        """
        test_batch_processor_dynamodb_context_model_with_partial_validation_error: fine, malformed, fine. There the last one \
        runs and runs again; here it waits for its delivery
        """
    )
    func partialValidationError() async throws {
        let log = HandledIndices()
        let processor = BatchProcessor { (_: ItemChange<Order>, context: RecordContext) in log.append(context.index) }
        let records = [record(0), record(1, image: #"{"id":{"S":"x"}}"#), record(2)]
        let response = try await processor.process(StreamEvent(event(records)), context: context())
        #expect(log.values == [0])
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
    }

    @Test("\"OldImage\": null: there the whole batch fails with an AttributeError, here null is no image")
    func nullImage() async throws {
        let text = record(0).replacing(#""SizeBytes""#, with: #""OldImage":null,"SizeBytes""#)
        #expect(try await answer(event([text]), refusing: []).failed == [])
    }

    @Test("a record without a SequenceNumber: there it is answered as null, here the invocation fails and says why")
    func missingSequenceNumber() async throws {
        let error = await #expect(throws: BatchProcessingError.self) {
            _ = try await answer(event([record(0, sequence: "")]), refusing: [0])
        }
        #expect(error == .noItemIdentifier(index: 0, errorType: "Refused"))
    }

    @Test(
        """
        DdbBatchProcessorTest.failingSuccessHandlerShouldntFailBatchButShouldFailMessage: a hook that throws. Observers \
        here cannot throw, so what is done stays done
        """
    )
    func successHook() async throws {
        struct Watch: RecordObserver {}
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in }.observed(by: Watch())
        let response = try await processor.process(StreamEvent(event(count: 2)), context: context())
        #expect(response.batchItemFailures == [])
    }

    @Test(
        "parallelBatchProcessingWithExecutor_shouldAddMessage: twelve records, one fails among them, exactly one identifier"
    )
    func parallel() async throws {
        let order = ProcessingOrder.unordered(maxConcurrency: 2)
        for _ in 0..<50 {
            #expect(
                try await answer(event(count: 12), report: .all, order: order, refusing: [7]).failed == [
                    sequenceNumber(7)
                ]
            )
        }
    }

    @Test("unit/concurrency/BatchProcessor.test.ts: two invocations at once on one processor do not see each other")
    func interleaved() async throws {
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 2)) {
            (record: StreamRecord, context: RecordContext) in
            try await Task.sleep(for: .milliseconds(2))
            if record.newImage?["total"] == .number(3), context.count == 5 { throw Refused() }
        }
        async let five = processor.process(StreamEvent(event(count: 5)), context: context())
        async let six = processor.process(StreamEvent(event(count: 6)), context: context())
        #expect(try await five.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(3)])
        #expect(try await six.batchItemFailures == [])
    }
}

/// The indices that were handled.
private final class HandledIndices: Sendable {
    private let log = Log()
    var values: [Int] { log.lines.compactMap { Int($0) } }
    func append(_ index: Int) { log.append("\(index)") }
}
