// Thousands of random batches: whatever fails, in whatever order things end, the checkpoint tells the truth.

import DynamoDBStreamEvents
import LambdaFunctions
import SeededNumbers
import SharedState
import StreamProcessing
import Testing

@Suite("Properties of a batch")
struct BatchPropertyTests {
    /// What happened, as the handler saw it.
    private final class Trace: Sendable {
        struct State {
            var begun: [Int] = []
            var done: Set<Int> = []
            var running: [String: Int] = [:]
            var violations: [String] = []
            var lastBegun: [String: Int] = [:]
        }
        let state = Guarded(State())

        func begin(_ index: Int, key: String, inKeyOrder: Bool) {
            state.withLock { state in
                state.begun.append(index)
                guard inKeyOrder else { return }
                if let other = state.running[key] {
                    state.violations.append("\(index) began while \(other) of \(key) ran")
                }
                if let last = state.lastBegun[key], last >= index {
                    state.violations.append("\(index) began after \(last)")
                }
                state.running[key] = index
                state.lastBegun[key] = index
            }
        }

        func end(_ index: Int, key: String, succeeded: Bool) {
            state.withLock { state in
                state.running[key] = nil
                if succeeded { state.done.insert(index) }
            }
        }
    }

    private struct Batch {
        var keys: [String]
        var failing: Set<Int>
        var order: ProcessingOrder
        var rule: FailureRule
        var slow: Bool
        var deadline: Bool

        init(using random: inout SplitMix64, largest: [Int] = [20, 20, 200, 1000]) {
            let size = Int.random(in: 1...largest[Int.random(in: 0..<largest.count, using: &random)], using: &random)
            let keyCount = Int.random(in: 1...max(1, size), using: &random)
            keys = (0..<size).map { _ in "k\(Int.random(in: 0..<keyCount, using: &random))" }
            let shares: [Double] = [0, 0.02, 0.2, 1]
            let share = shares[Int.random(in: 0..<4, using: &random)]
            failing = Set((0..<size).filter { _ in Double.random(in: 0..<1, using: &random) < share })
            let width = Int.random(in: 1...32, using: &random)
            let orders: [ProcessingOrder] = [
                .sequential, .perKey(maxConcurrency: width), .unordered(maxConcurrency: width),
            ]
            order = orders[Int.random(in: 0..<3, using: &random)]
            rule = Bool.random(using: &random) ? .stop : .continue
            slow = Int.random(in: 0..<20, using: &random) == 0
            deadline = slow && Bool.random(using: &random)
        }

        var keepsKeyOrder: Bool { if case .unordered = order { false } else { true } }

        var event: [UInt8] {
            StreamProcessingTests.event(
                keys.enumerated().map { index, key in
                    record(index).replacing(
                        #""Keys":{"id":{"S":"order-\#(index)"}}"#,
                        with: #""Keys":{"id":{"S":"\#(key)"}}"#
                    )
                }
            )
        }
    }

    @Test("the record reported is the first that is not done, and no key is overtaken", arguments: 0..<40)
    func random(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        for round in 0..<50 {
            let batch = Batch(using: &random)
            let trace = Trace()
            let processor = BatchProcessor(
                order: batch.order,
                settings: BatchSettings(onFailure: batch.rule, report: .all, deadlineMargin: .milliseconds(20))
            ) { (_: StreamRecord, context: RecordContext) in
                let key = batch.keys[context.index]
                trace.begin(context.index, key: key, inKeyOrder: batch.keepsKeyOrder)
                var succeeded = false
                defer { trace.end(context.index, key: key, succeeded: succeeded) }
                if batch.slow { try await Task.sleep(for: .milliseconds(1)) } else { await Task.yield() }
                if batch.failing.contains(context.index) { throw Refused() }
                succeeded = true
            }
            let all: BatchResponse
            do {
                all = try await processor.process(
                    StreamEvent(batch.event),
                    context: context(remaining: batch.deadline ? .milliseconds(60) : .seconds(60))
                )
            } catch BatchProcessingError.noTimeToBegin where batch.deadline {
                // A busy machine took all the time there was before the first record.
                #expect(trace.state.withLock { $0.begun } == [])
                continue
            }
            let seen = trace.state.withLock { $0 }
            let undone = batch.keys.indices.filter { !seen.done.contains($0) }
            let hint: Comment = "seed \(seed), round \(round), \(batch.order), \(batch.rule)"
            #expect(all.batchItemFailures.map(\.itemIdentifier) == undone.map { sequenceNumber($0) }, hint)
            #expect(seen.violations == [], hint)
            #expect(Set(seen.begun).count == seen.begun.count, "no record begins twice: \(hint)")
            try checkStopRule(batch, seen, hint)
        }
    }

    private func checkStopRule(_ batch: Batch, _ seen: Trace.State, _ hint: Comment) throws {
        let failed = seen.begun.filter { batch.failing.contains($0) }
        guard let lowest = failed.min() else {
            if !batch.deadline { #expect(seen.done.count == batch.keys.count, hint) }
            return
        }
        switch (batch.order, batch.rule) {
        case (.sequential, .stop): #expect(seen.begun == Array(0...lowest), hint)
        case (_, .continue) where !batch.deadline:
            // Nothing is left but what failed and what had to wait for it.
            for index in batch.keys.indices where !seen.done.contains(index) {
                let mustWait =
                    batch.keepsKeyOrder && failed.contains { $0 < index && batch.keys[$0] == batch.keys[index] }
                #expect(batch.failing.contains(index) || mustWait, hint)
            }
            if batch.keepsKeyOrder {
                for index in seen.begun {
                    #expect(!failed.contains { $0 < index && batch.keys[$0] == batch.keys[index] }, hint)
                }
            }
        case (_, .stop) where !batch.deadline:
            // Everything before the lowest failure is done: stopping never gives away what comes first.
            #expect((0..<lowest).allSatisfy { seen.done.contains($0) }, hint)
        default: break
        }
    }

    @Test(
        "under redelivery every record is handled, and exactly once where nothing runs behind a failure",
        arguments: 0..<20
    )
    func redelivery(seed: UInt64) async throws {
        var random = SplitMix64(seed: 1000 + seed)
        for _ in 0..<20 {
            // Each delivery makes what is left anew, so the batches are small.
            let batch = Batch(using: &random, largest: [20, 60])
            // How often each record fails before it succeeds.
            let attempts = Guarded(
                batch.keys.indices.map { batch.failing.contains($0) ? Int.random(in: 1...3, using: &random) : 0 }
            )
            let handled = Guarded([Int](repeating: 0, count: batch.keys.count))
            let processor = BatchProcessor(order: batch.order, settings: BatchSettings(onFailure: batch.rule)) {
                (record: StreamRecord, _: RecordContext) in
                let text = record.sequenceNumber?.description ?? ""
                let index = (Int(text.suffix(5)) ?? 0) - 10000
                await Task.yield()
                let mayPass = attempts.withLock { attempts in
                    attempts[index] -= 1
                    return attempts[index] < 0
                }
                guard mayPass else { throw Refused() }
                handled.withLock { $0[index] += 1 }
            }
            // The mapping: the checkpoint moves to the lowest record named, and everything from it on comes again.
            var first = 0
            var deliveries = 0
            while first < batch.keys.count {
                deliveries += 1
                try #require(deliveries < 2000)
                let records = (first..<batch.keys.count).map { index in
                    record(index).replacing(
                        #""Keys":{"id":{"S":"order-\#(index)"}}"#,
                        with: #""Keys":{"id":{"S":"\#(batch.keys[index])"}}"#
                    )
                }
                let response = try await processor.process(StreamEvent(event(records)), context: context())
                guard let lowest = response.batchItemFailures.first?.itemIdentifier else { break }
                let next = (first..<batch.keys.count).first { sequenceNumber($0) == lowest }
                first = try #require(next)
            }
            let counts = handled.withLock { $0 }
            #expect(counts.allSatisfy { $0 >= 1 })
            if batch.order == .sequential, batch.rule == .stop { #expect(counts.allSatisfy { $0 == 1 }) }
        }
    }

    @Test("a thousand records over a hundred keys, 64 at once")
    func large() async throws {
        let trace = Trace()
        let records = (0..<1000).map { index in
            record(index).replacing(
                #""Keys":{"id":{"S":"order-\#(index)"}}"#,
                with: #""Keys":{"id":{"S":"k\#(index % 100)"}}"#
            )
        }
        let most = Guarded((running: 0, most: 0))
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 64)) {
            (_: StreamRecord, context: RecordContext) in
            let key = "k\(context.index % 100)"
            most.withLock { $0 = ($0.running + 1, max($0.most, $0.running + 1)) }
            trace.begin(context.index, key: key, inKeyOrder: true)
            try await Task.sleep(for: .milliseconds(1))
            trace.end(context.index, key: key, succeeded: true)
            most.withLock { $0.running -= 1 }
        }
        let response = try await processor.process(StreamEvent(event(records)), context: context())
        #expect(response.batchItemFailures == [])
        #expect(trace.state.withLock { $0.violations } == [])
        #expect((2...64).contains(most.withLock { $0.most }))
    }
}
