// The stages of a record: in which order they run, and what each of them does.

import DynamoDBStreamEvents
import LambdaFunctions
import StreamProcessing
import Testing

@Suite("Layers")
struct LayerTests {
    private struct Flaky: Error {}

    /// Runs one record through a processor.
    private func run(
        _ processor: BatchProcessor<StreamRecord>,
        remaining: Duration = .seconds(30)
    ) async throws -> BatchResponse {
        try await processor.process(StreamEvent(event(count: 1)), context: context(remaining: remaining))
    }

    /// A processor whose handler fails `failures` times, counting its runs.
    private func flaky(_ runs: Counter, failures: Int, with error: any Error = Flaky()) -> BatchProcessor<StreamRecord>
    {
        BatchProcessor { (_: StreamRecord, _: RecordContext) in if runs.next() <= failures { throw error } }
    }

    @Test("custom layers run in the order they are read, and each sees what the ones inside it do")
    func order() async throws {
        struct Named<Record: BatchRecord>: RecordLayer {
            let name: String
            let log: Log
            func handle(
                _ record: Record,
                context: RecordContext<Record>,
                next: any RecordHandler<Record>
            ) async throws {
                log.append("\(name) in")
                try await next.handle(record, context: context)
                log.append("\(name) out")
            }
        }
        let log = Log()
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in log.append("handler") }
            .layered(Named(name: "first", log: log))
            .layered(Named(name: "second", log: log))
        _ = try await run(processor)
        #expect(log.lines == ["first in", "second in", "handler", "second out", "first out"])
    }

    @Test(
        "a record is tried again as often as the policy says",
        arguments: [(0, 1, true), (2, 3, true), (3, 3, false)]
    )
    func retries(failures: Int, runs: Int, succeeds: Bool) async throws {
        let counter = Counter()
        let response = try await run(
            flaky(counter, failures: failures).retried(.exponential(attempts: 3, firstPause: .milliseconds(1)))
        )
        #expect(counter.count == runs)
        #expect(response.batchItemFailures.isEmpty == succeeds)
    }

    @Test("errors that no attempt can change, or that the policy does not call retryable, are not tried again")
    func notRetryable() async throws {
        for error in [Permanent(Flaky()), CancellationError(), StreamRecordError.unknownEventName("X")] as [any Error] {
            let counter = Counter()
            _ = try await run(
                flaky(counter, failures: 9, with: error).retried(
                    .exponential(attempts: 3, firstPause: .milliseconds(1))
                )
            )
            #expect(counter.count == 1, "\(error)")
        }
        let counter = Counter()
        _ = try await run(flaky(counter, failures: 9).retried(.exponential(attempts: 3) { !($0 is Flaky) }))
        #expect(counter.count == 1)
    }

    @Test("no pause reaches into the deadline")
    func retryWithinDeadline() async throws {
        let counter = Counter()
        let policy = RetryPolicy(attempts: 5, firstPause: .seconds(60), longestPause: .seconds(60), hasJitter: false)
        let began = ContinuousClock.now
        _ = try await run(flaky(counter, failures: 9).retried(policy), remaining: .seconds(5))
        #expect(counter.count == 1)
        #expect(ContinuousClock.now - began < .seconds(30))
    }

    @Test("pauses double up to the longest")
    func pauses() async throws {
        let seen = Log()
        let policy = RetryPolicy(
            attempts: 4,
            firstPause: .milliseconds(20),
            longestPause: .milliseconds(40),
            hasJitter: false
        )
        let began = ContinuousClock.now
        _ = try await run(
            BatchProcessor { (_: StreamRecord, context: RecordContext) in
                seen.append("\(context.attempt)")
                throw Flaky()
            }.retried(policy)
        )
        #expect(seen.lines == ["1", "2", "3", "4"])
        #expect(ContinuousClock.now - began >= .milliseconds(100))
    }

    @Test("a record that takes too long is canceled and fails")
    func timeLimit() async throws {
        let canceled = Counter()
        let log = Log()
        let slow = BatchProcessor { (_: StreamRecord, _: RecordContext) in
            do {
                try await Task.sleep(for: .seconds(20))
            } catch {
                _ = canceled.next()
                throw error
            }
        }
        .retried(
            RetryPolicy(attempts: 2, firstPause: .zero) {
                log.append("\($0)"); return false
            }
        )
        .timed(out: .milliseconds(20))
        #expect(try await run(slow).batchItemFailures.count == 1)
        #expect(canceled.count == 1)
        #expect(log.lines == ["the record was not handled within 0.02 seconds"])
        // A record that is quick enough is left alone.
        let quick = BatchProcessor { (_: StreamRecord, _: RecordContext) in }.timed(out: .seconds(5))
        #expect(try await run(quick).batchItemFailures.isEmpty)
    }

    @Test("a record that finishes after its time limit, or throws an error of its own then, has done so")
    func outcomeAfterTimeLimit() async throws {
        let log = Log()
        func processor(_ end: @escaping @Sendable () throws -> Void) -> BatchProcessor<StreamRecord> {
            BatchProcessor { (_: StreamRecord, _: RecordContext) in
                // Does not honor cancellation: goes on until it was canceled, and then ends in its own way.
                while !Task.isCancelled { await Task.yield() }
                try end()
            }
            .timed(out: .milliseconds(5))
            .retried(
                RetryPolicy(attempts: 2, firstPause: .zero) {
                    log.append("\($0)"); return false
                }
            )
        }
        #expect(try await run(processor {}).batchItemFailures.isEmpty)
        #expect(try await run(processor { throw Flaky() }).batchItemFailures.count == 1)
        #expect(log.lines == ["Flaky()"])
    }

    @Test("a record that is filtered out is done without its handler")
    func filter() async throws {
        let counter = Counter()
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in _ = counter.next() }
            .filtered { $0.newImage?["total"] == .number(1) }
            .filtered { $0.eventName == .insert }
        let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(counter.count == 1)
        #expect(response.batchItemFailures.isEmpty)
    }

    @Test("an observer sees an attempt before it, after success and after failure, with the time it took")
    func observer() async throws {
        struct Watch: RecordObserver {
            let log: Log
            func willHandle<Record: BatchRecord>(_ record: Record, context: RecordContext<Record>) async {
                log.append("will \(context.index)")
            }
            func didHandle<Record: BatchRecord>(
                _ record: Record,
                context: RecordContext<Record>,
                in duration: Duration
            ) async {
                log.append("did \(context.index) \(duration > .zero)")
            }
            func didFail<Record: BatchRecord>(
                _ record: Record,
                context: RecordContext<Record>,
                in duration: Duration,
                error: any Error
            ) async {
                log.append("failed \(context.index) \(error)")
            }
        }
        let log = Log()
        let processor = BatchProcessor { (_: StreamRecord, context: RecordContext) in
            if context.index == 1 { throw Refused() }
        }
        .observed(by: Watch(log: log))
        _ = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(log.lines == ["will 0", "did 0 true", "will 1", "failed 1 Refused()"])
    }

    @Test("running handlers are cancelled when the deadline nears, and what they did not finish is reported")
    func cancellationAtDeadline() async throws {
        let cancelled = Counter()
        // Seconds, for a busy machine may take some to come back to a task.
        let processor = BatchProcessor(
            order: .perKey(maxConcurrency: 4),
            settings: BatchSettings(deadlineMargin: .seconds(8))
        ) {
            (_: StreamRecord, context: RecordContext) in
            guard context.index > 0 else { return }
            do {
                try await Task.sleep(for: .seconds(60))
            } catch {
                _ = cancelled.next()
                throw error
            }
        }
        let began = ContinuousClock.now
        let response = try await processor.process(
            StreamEvent(event(count: 10)),
            context: context(remaining: .seconds(14))
        )
        #expect(ContinuousClock.now - began < .seconds(25))
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
        #expect((1...4).contains(cancelled.count))
    }

    @Test("no record is begun with less time than the longest one took")
    func adaptiveMargin() async throws {
        let begun = Counter()
        let processor = BatchProcessor(settings: BatchSettings(deadlineMargin: .milliseconds(100))) {
            (_: StreamRecord, _: RecordContext) in
            _ = begun.next()
            try await Task.sleep(for: .seconds(6))
        }
        let response = try await processor.process(
            StreamEvent(event(count: 5)),
            context: context(remaining: .seconds(12))
        )
        #expect(begun.count == 1)
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
    }
}
