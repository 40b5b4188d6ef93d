// Tumbling windows: whatever fails on the way, the aggregate is that of a run without failures.

import DynamoDBStreamEvents
import Foundation
import LambdaFunctions
import SharedState
import StreamProcessing
import Testing

@Suite("Tumbling windows")
struct WindowTests {
    private struct Average: Codable, Sendable, Equatable {
        var count = 0
        var mean = 0.0

        mutating func add(_ value: Double) {
            count += 1
            mean += (value - mean) / Double(count)
        }
    }

    private struct Answer: Decodable {
        let state: JSONValue
        let batchItemFailures: [Failure]
        struct Failure: Decodable { let itemIdentifier: String }
    }

    /// An event of a window, as the mapping sends it.
    private func windowEvent(_ indices: [Int], state: String?, isFinal: Bool = false, isEarly: Bool = false) -> [UInt8]
    {
        let records = indices.map { record($0) }.joined(separator: ",")
        let state = state.map { #""state":\#($0),"# } ?? ""
        return Array(
            """
            {"Records":[\(records)],"shardId":"shardId-00000001789649398921-b190244f",\
            "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-09-17T12:49:54.528",\
            "window":{"start":"2026-09-17T12:50:50Z","end":"2026-09-17T12:51:00Z"},\(state)\
            "isFinalInvokeForWindow":\(isFinal),"isWindowTerminatedEarly":\(isEarly)}
            """.utf8
        )
    }

    /// Plays the mapping: delivers batches, carries the state, redelivers from the failed record on, closes the window.
    private func play<State>(
        _ processor: TumblingWindowProcessor<State>,
        batches: [[Int]],
        carriesStateOfPartialFailure: Bool = true
    ) async throws {
        var state: String?
        for batch in batches {
            var rest = batch[...]
            var attempts = 0
            while true {
                attempts += 1
                try #require(attempts < 50)
                guard let (newState, failures) = try? await answer(processor, windowEvent(Array(rest), state: state))
                else { continue }
                guard let lowest = failures.first else {
                    state = newState
                    break
                }
                let index = try #require(rest.first { sequenceNumber($0) == lowest })
                if carriesStateOfPartialFailure {
                    state = newState
                    rest = rest[index.advanced(by: -rest[rest.startIndex] + rest.startIndex)...]
                }
            }
        }
        _ = try await answer(processor, windowEvent([], state: state, isFinal: true))
    }

    private func answer<State>(_ processor: TumblingWindowProcessor<State>, _ event: [UInt8]) async throws -> (
        state: String, failures: [String]
    ) {
        let body = try await processor.handle(event, context: context()).body
        let answer = try JSONDecoder().decode(Answer.self, from: Data(body))
        let text = String(decoding: body, as: UTF8.self)
        let end = try #require(text.range(of: #","batchItemFailures":"#, options: .backwards))
        return (
            String(text[text.index(text.startIndex, offsetBy: 9)..<end.lowerBound]),
            answer.batchItemFailures.map(\.itemIdentifier)
        )
    }

    @Test("failures at every position leave the aggregate as it is without them", arguments: 0..<9, [1, 2])
    func replay(failing: Int, failures: Int) async throws {
        for carries in [true, false] {
            let closed = Guarded<[Average]>([])
            let left = Guarded(failures)
            let processor = TumblingWindowProcessor(initial: Average()) {
                (average: inout Average, change: ItemChange<Order>, context: RecordContext) in
                let total = try #require(change.new?.total)
                // What a failed fold did to the state must not stay.
                average.add(Double(total))
                if total == failing,
                    left.withLock({ left in
                        left -= 1; return left >= 0
                    })
                {
                    throw Refused()
                }
            } onClose: { average, _ in
                closed.withLock { $0.append(average) }
            }
            try await play(
                processor,
                batches: [[0, 1, 2], [3, 4, 5], [6, 7, 8]],
                carriesStateOfPartialFailure: carries
            )
            var expected = Average()
            for value in 0..<9 { expected.add(Double(value)) }
            #expect(closed.withLock { $0 } == [expected], "carries the state: \(carries)")
        }
    }

    @Test("absent, null and {} all mean that the window begins", arguments: [nil, "null", "{}"])
    func beginning(state: String?) async throws {
        let processor = TumblingWindowProcessor(initial: 100) { (sum: inout Int, _: StreamRecord, _) in
            sum += 1
        } onClose: { _, _ in
        }
        let (next, failures) = try await answer(processor, windowEvent([0], state: state))
        #expect(next == #"{"first":"\#(sequenceNumber(0))","last":"\#(sequenceNumber(0))","value":101}"#)
        #expect(failures == [])
    }

    @Test("a record delivered again is not counted again")
    func duplicates() async throws {
        let processor = TumblingWindowProcessor(initial: 0) { (sum: inout Int, _: StreamRecord, _) in
            sum += 1
        } onClose: { _, _ in
        }
        let (state, _) = try await answer(processor, windowEvent([0, 1, 2], state: nil))
        let (again, _) = try await answer(processor, windowEvent([1, 2, 3], state: state))
        #expect(again.contains(#""value":4"#))
    }

    @Test("the final invocation folds its records first, closes once, and answers with a fresh state")
    func final() async throws {
        let closed = Log()
        let processor = TumblingWindowProcessor(initial: 0) { (sum: inout Int, _: StreamRecord, _) in
            sum += 1
        } onClose: { sum, window in
            closed.append("\(sum) \(window.key) \(window.isTerminatedEarly) \(window.window.end)")
        }
        let (state, _) = try await answer(processor, windowEvent([0, 1], state: nil))
        let (last, _) = try await answer(processor, windowEvent([2], state: state, isFinal: true))
        #expect(last == #"{"value":0}"#)
        #expect(
            closed.lines == [
                "3 shardId-00000001789649398921-b190244f/2026-09-17T12:50:50Z/\(sequenceNumber(0)) false 2026-09-17T12:51:00Z"
            ]
        )
    }

    @Test("a window cut short is closed in parts, each with a key of its own that a retry repeats")
    func early() async throws {
        let closed = Log()
        let failing = Guarded(true)
        let processor = TumblingWindowProcessor(initial: 0) { (sum: inout Int, _: StreamRecord, _) in
            sum += 1
        } onClose: { sum, window in
            closed.append("\(sum) \(window.part ?? "") \(window.isTerminatedEarly)")
            if failing.withLock({ failing in
                defer { failing = false }; return failing
            }) {
                throw Refused()
            }
        }
        let (first, _) = try await answer(processor, windowEvent([0, 1], state: nil))
        let early = windowEvent([], state: first, isFinal: true, isEarly: true)
        await #expect(throws: Refused.self) { _ = try await answer(processor, early) }
        let (fresh, _) = try await answer(processor, early)
        let (second, _) = try await answer(processor, windowEvent([2], state: fresh))
        _ = try await answer(processor, windowEvent([], state: second, isFinal: true))
        #expect(
            closed.lines == [
                "2 \(sequenceNumber(0)) true", "2 \(sequenceNumber(0)) true", "1 \(sequenceNumber(2)) false",
            ]
        )
    }

    @Test("a failure in the final invocation is reported, and the window is not closed")
    func failureInFinal() async throws {
        let closed = Counter()
        let processor = TumblingWindowProcessor(initial: 0) {
            (sum: inout Int, _: StreamRecord, context: RecordContext) in
            if context.index == 1 { throw Refused() }
            sum += 1
        } onClose: { _, _ in
            _ = closed.next()
        }
        let (state, failures) = try await answer(processor, windowEvent([0, 1], state: nil, isFinal: true))
        #expect(failures == [sequenceNumber(1)])
        #expect(state.contains(#""value":1"#))
        #expect(closed.count == 0)
    }

    @Test("a state too large for Lambda fails, is compacted, or ends the window, as chosen")
    func oversized() async throws {
        func processor(_ rule: WindowStateSizeRule<[String]>) -> TumblingWindowProcessor<[String]> {
            TumblingWindowProcessor(initial: [], oversized: rule) { (all: inout [String], _: StreamRecord, _) in
                all.append(String(repeating: "x", count: 600_000))
            } onClose: { _, _ in
            }
        }
        let event = windowEvent([0, 1], state: nil)
        let error = await #expect(throws: TumblingWindowError.self) {
            _ = try await processor(.fail).handle(event, context: context())
        }
        guard case .stateTooLarge(let size, limit: 1_048_576) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(size > 1_200_000)
        #expect(try await answer(processor(.compact { $0 = ["small"] }), event).state.contains(#""value":["small"]"#))
        #expect(try await answer(processor(.endWindowEarly), event).state.utf8.count == size)
        await #expect(throws: TumblingWindowError.self) {
            _ = try await processor(.compact { $0.append("larger") }).handle(event, context: context())
        }
    }

    @Test("the fold goes through the stages, which keep what they know from one invocation to the next")
    func stages() async throws {
        let sink = InMemoryDeadLetterSink()
        let processor = TumblingWindowProcessor(initial: 0) {
            (sum: inout Int, _: StreamRecord, context: RecordContext) in
            sum += 1
            if context.index == 1 { throw Refused() }
        } onClose: { _, _ in
        }
        .retried(.exponential(attempts: 2, firstPause: .milliseconds(1)))
        .deadLettered(after: 2, to: sink)
        #expect(try await answer(processor, windowEvent([0, 1, 2], state: nil)).failures == [sequenceNumber(1)])
        // The second delivery sends it to the dead letters: the record is not in the state.
        let (state, failures) = try await answer(processor, windowEvent([0, 1, 2], state: nil))
        #expect(failures == [])
        #expect(state.contains(#""value":2"#))
        #expect(await sink.letters.count == 1)
    }

    @Test("a window whose every record went to the dead letters says so when it closes")
    func nothingFolded() async throws {
        let closed = Log()
        let processor = TumblingWindowProcessor(initial: 5) { (_: inout Int, _: StreamRecord, _) in
            throw Permanent(Refused())
        } onClose: { value, window in
            closed.append("\(value) \(window.isEmpty)")
        }
        .deadLettered(after: 9, to: InMemoryDeadLetterSink())
        let (state, failures) = try await answer(processor, windowEvent([0], state: nil))
        #expect(failures == [])
        _ = try await answer(processor, windowEvent([], state: state, isFinal: true))
        #expect(closed.lines == ["5 true"])
    }

    /// Calls its handler in a detached task.
    private struct Detaching: RecordLayer {
        func handle(
            _ record: StreamRecord,
            context: RecordContext<StreamRecord>,
            next: any RecordHandler<StreamRecord>
        ) async throws {
            try await Task.detached { try await next.handle(record, context: context) }.value
        }
    }

    @Test("a fold that a detached task calls is in the state; one that comes after the response throws")
    func detachedFold() async throws {
        let base = TumblingWindowProcessor(initial: 0) { (sum: inout Int, _: StreamRecord, _) in
            sum += 1
        } onClose: { _, _ in
        }
        let (state, failures) = try await answer(base.layered(Detaching()), windowEvent([0], state: nil))
        #expect(failures == [])
        #expect(state.contains(#""value":1"#))
        let late = LateTask()
        _ = try await answer(base.layered(LateLayer(late: late)), windowEvent([0], state: nil))
        late.gate.open()
        await #expect(throws: WindowInvocationEnded.self) { try await late.task.withLock { $0 }?.value }
    }

    /// A call of the handler that goes on after its layer has returned.
    private final class LateTask: Sendable {
        let gate = Gate()
        let task = Guarded<Task<Void, any Error>?>(nil)
    }

    private struct LateLayer: RecordLayer {
        let late: LateTask
        func handle(
            _ record: StreamRecord,
            context: RecordContext<StreamRecord>,
            next: any RecordHandler<StreamRecord>
        ) async throws {
            let gate = late.gate
            let task = Task.detached {
                await gate.passed()
                try await next.handle(record, context: context)
            }
            late.task.withLock { $0 = task }
        }
    }

    @Test("an event without a window, and a state of another form, fail and say what to change")
    func unusable() async throws {
        let processor = TumblingWindowProcessor(initial: 0) { (_: inout Int, _: StreamRecord, _) in
        } onClose: { _, _ in
        }
        await #expect(throws: TumblingWindowError.noWindow) {
            _ = try await processor.handle(event(count: 1), context: context())
        }
        for state in ["5", #"{"1":"state1"}"#, #"{"value":"x"}"#] {
            let error = await #expect(throws: TumblingWindowError.self) {
                _ = try await processor.handle(windowEvent([0], state: state), context: context())
            }
            #expect(error?.description.contains("does not decode") == true)
        }
    }
}

/// Any JSON.
private enum JSONValue: Decodable {
    case something

    init(from decoder: any Decoder) throws { self = .something }
}
