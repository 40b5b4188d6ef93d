// Layers: in which order they run, and what each of them does to a record.

import DynamoDBStreamEvents
import Foundation
import LambdaFunctions
import SharedState
import StreamProcessing
import TemporaryFiles
import Testing

@Suite("Layers")
struct LayerTests {
    private struct Flaky: Error {}

    /// Runs one record through a handler.
    private func run(_ handler: some RecordHandler<StreamRecord>, remaining: Duration = .seconds(30)) async throws
        -> BatchResponse
    {
        try await BatchProcessor(handler).process(StreamEvent(event(count: 1)), context: context(remaining: remaining))
    }

    /// A handler that fails `failures` times, counting its runs.
    private func flaky(_ runs: Counter, failures: Int, with error: any Error = Flaky()) -> RawRecordHandler<
        StreamRecord
    > {
        RawRecordHandler { _, _ in if runs.next() <= failures { throw error } }
    }

    @Test("layers run in the order they are read, and each sees what the ones inside it do")
    func order() async throws {
        struct Named: RecordLayer {
            let name: String
            let log: Log
            func handle<Record: BatchRecord>(_ record: Record, context: RecordContext, next: any RecordHandler<Record>)
                async throws
            {
                log.append("\(name) in")
                try await next.handle(record, context: context)
                log.append("\(name) out")
            }
        }
        let log = Log()
        let handler = RawRecordHandler<StreamRecord> { _, _ in log.append("handler") }
            .layered(Named(name: "first", log: log))
            .layered(Named(name: "second", log: log))
        _ = try await run(handler)
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
            RawRecordHandler<StreamRecord> { _, context in
                seen.append("\(context.attempt)")
                throw Flaky()
            }.retried(policy)
        )
        #expect(seen.lines == ["1", "2", "3", "4"])
        #expect(ContinuousClock.now - began >= .milliseconds(100))
    }

    @Test("a record that takes too long is cancelled and fails")
    func timeLimit() async throws {
        let cancelled = Counter()
        let slow = RawRecordHandler<StreamRecord> { _, _ in
            do {
                try await Task.sleep(for: .seconds(20))
            } catch {
                _ = cancelled.next()
                throw error
            }
        }
        let log = Log()
        struct Watch: RecordObserver {
            let log: Log
            func didFail(_ record: some BatchRecord, context: RecordContext, in duration: Duration, error: any Error)
                async
            {
                log.append("\(error)")
            }
        }
        let response = try await run(slow.observed(by: Watch(log: log)).timed(out: .milliseconds(20)))
        #expect(response.batchItemFailures.count == 1)
        #expect(cancelled.count == 1)
        #expect(log.lines == ["the record was not handled within 0.02 seconds"])
        // A record that is quick enough is left alone.
        #expect(
            try await run(RawRecordHandler<StreamRecord> { _, _ in }.timed(out: .seconds(5))).batchItemFailures.isEmpty
        )
    }

    @Test("a record that is filtered out is done without its handler")
    func filter() async throws {
        let counter = Counter()
        let handler = RawRecordHandler<StreamRecord> { _, _ in _ = counter.next() }.filtered {
            $0.newImage?["total"] == .number(1)
        }
        let response = try await BatchProcessor(handler).process(StreamEvent(event(count: 3)), context: context())
        #expect(counter.count == 1)
        #expect(response.batchItemFailures.isEmpty)
    }

    @Test("an observer is told before, after success and after failure, with the time it took")
    func observer() async throws {
        struct Watch: RecordObserver {
            let log: Log
            func willHandle(_ record: some BatchRecord, context: RecordContext) async {
                log.append("will \(context.index)")
            }
            func didHandle(_ record: some BatchRecord, context: RecordContext, in duration: Duration) async {
                log.append("did \(context.index) \(duration > .zero)")
            }
            func didFail(_ record: some BatchRecord, context: RecordContext, in duration: Duration, error: any Error)
                async
            {
                log.append("failed \(context.index) \(error)")
            }
        }
        let log = Log()
        let handler = RawRecordHandler<StreamRecord> { _, context in if context.index == 1 { throw Refused() } }
            .observed(by: Watch(log: log))
        _ = try await BatchProcessor(handler).process(StreamEvent(event(count: 3)), context: context())
        #expect(log.lines == ["will 0", "did 0 true", "will 1", "failed 1 Refused()"])
    }

    @Test("running handlers are cancelled when the deadline nears, and what they did not finish is reported")
    func cancellationAtDeadline() async throws {
        let cancelled = Counter()
        // Seconds, for a busy machine may take some to come back to a task.
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 4), deadlineMargin: .seconds(8)) {
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
        let processor = BatchProcessor(deadlineMargin: .milliseconds(100)) { (_: StreamRecord, _: RecordContext) in
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

@Suite("Poison records")
struct PoisonTests {
    private struct BadOrder: Error {}

    private func processor(_ sink: some PoisonSink, after attempts: Int = 3, permanent: Bool = false) -> BatchProcessor<
        StreamEvent
    > {
        BatchProcessor(
            RawRecordHandler<StreamRecord> { record, _ in
                guard record.newImage?["total"] == .number(1) else { return }
                if permanent { throw Permanent(BadOrder()) }
                throw BadOrder()
            }.capturingPoison(after: attempts, to: sink)
        )
    }

    @Test("a record is captured whole when it has failed often enough, and the checkpoint passes it")
    func captured() async throws {
        let sink = InMemoryPoisonSink()
        let processor = processor(sink)
        for delivery in 1...3 {
            let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
            #expect(response.batchItemFailures.map(\.itemIdentifier) == (delivery < 3 ? [sequenceNumber(1)] : []))
        }
        let poison = try #require(await sink.records.first)
        #expect(await sink.records.count == 1)
        #expect(poison.reason == .attemptsExhausted)
        #expect(poison.attempts == 3)
        #expect(poison.errorType == "Function.BadOrder")
        #expect(poison.record.json == Array(record(1).utf8))
        // Captured is forgotten: the count begins anew.
        let again = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(again.batchItemFailures.count == 1)
    }

    @Test("an error that is permanent goes straight to the sink")
    func permanent() async throws {
        let sink = InMemoryPoisonSink()
        let response = try await processor(sink, after: 100, permanent: true)
            .process(StreamEvent(event(count: 3)), context: context())
        #expect(response.batchItemFailures == [])
        let poison = try #require(await sink.records.first)
        #expect(poison.reason == .permanent)
        #expect(poison.errorType == "Function.BadOrder")
    }

    @Test("a sink that fails fails the record")
    func failingSink() async throws {
        struct Broken: PoisonSink {
            func accept(_ poison: PoisonRecord) async throws { throw Refused() }
        }
        let response = try await processor(Broken(), after: 1).process(StreamEvent(event(count: 3)), context: context())
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
    }

    @Test("cancellation says nothing of the record and is not counted")
    func cancellation() async throws {
        let sink = InMemoryPoisonSink()
        let handler = RawRecordHandler<StreamRecord> { _, _ in throw CancellationError() }.capturingPoison(
            after: 1,
            to: sink
        )
        let response = try await BatchProcessor(handler).process(StreamEvent(event(count: 1)), context: context())
        #expect(response.batchItemFailures.count == 1)
        #expect(await sink.records.isEmpty)
    }

    @Test("a file takes one line of JSON a record, the record verbatim in it")
    func file() async throws {
        let folder = try TemporaryFolder()
        let sink = JSONLinesPoisonSink(path: folder.file("poison"))
        _ = try await processor(sink, after: 1).process(StreamEvent(event(count: 3)), context: context())
        _ = try await processor(sink, after: 1).process(StreamEvent(event(count: 3)), context: context())
        let lines = try folder.read("poison").split(separator: "\n")
        #expect(lines.count == 2)
        let line = try #require(lines.first)
        #expect(line.hasSuffix(#","record":\#(record(1))}"#))
        #expect(line.contains(#""reason":"AttemptsExhausted","attempts":1,"error":{"errorType":"Function.BadOrder""#))
        #expect(line.contains(#""invocation":{"requestId":"8476a536-e9f4-11e8-9739-2dfe598c3fcd"}"#))
        await #expect(throws: PoisonFileError.self) {
            try await JSONLinesPoisonSink(path: "/nowhere/at/all").accept(try #require(await InMemoryPoison.one()))
        }
    }

    @Test("the counter forgets the oldest beyond its capacity")
    func counterCapacity() {
        let counter = InMemoryAttemptCounter(capacity: 2)
        let identities = (0..<3).map { RecordIdentity(sourceARN: "s", itemIdentifier: "\($0)") }
        #expect(identities.map { counter.countFailure(of: $0) } == [1, 1, 1])
        #expect(counter.countFailure(of: identities[2]) == 2)
        #expect(counter.countFailure(of: identities[0]) == 1)
    }

    /// A poison record from a real run.
    private enum InMemoryPoison {
        static func one() async throws -> PoisonRecord? {
            let sink = InMemoryPoisonSink()
            let handler = RawRecordHandler<StreamRecord> { _, _ in throw Refused() }.capturingPoison(after: 1, to: sink)
            _ = try await BatchProcessor(handler).process(StreamEvent(event(count: 1)), context: context())
            return await sink.records.first
        }
    }
}

/// Counts up, from any task.
final class Counter: Sendable {
    private let value = Guarded(0)
    var count: Int { value.withLock { $0 } }

    func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
}

/// Takes lines, from any task.
final class Log: Sendable {
    private let state = Guarded<[String]>([])
    var lines: [String] { state.withLock { $0 } }
    func append(_ line: String) { state.withLock { $0.append(line) } }
}
