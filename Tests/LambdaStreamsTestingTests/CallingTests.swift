// Handlers, processors and windows called in process, and the context they are given.

import LambdaStreamsTesting
import Synchronization
import Testing

@Suite("Calling in process")
struct CallingTests {
    private let event: StreamEvent

    init() throws {
        event = try StreamEvent.Builder(keys: "id")
            .insert(Order(id: "a", total: 1)).insert(Order(id: "b", total: 2)).insert(Order(id: "c", total: 3)).build()
    }

    private struct Echo: LambdaHandler {
        func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
            LambdaResponse(body: payload)
        }
    }

    @Test("a handler of bytes is invoked with text, bytes or an event")
    func handlers() async throws {
        #expect(try await Echo().invoke(json: "{}").text == "{}")
        #expect(try await Echo().invoke(json: Array("[]".utf8)).body == Array("[]".utf8))
        #expect(try await Echo().invoke(event).body == event.bytes)
        let processor = BatchProcessor { (_: ItemChange<Order>, _: RecordContext) in }
        #expect(try await processor.invoke(event).text == #"{"batchItemFailures":[]}"#)
        #expect(try await processor.process(event) == .success)
    }

    @Test("a record handler is called with one record")
    func recordHandler() async throws {
        let calls = Mutex(0)
        let handler = ChangeHandler { (change: ItemChange<Order>, context: RecordContext) in
            calls.withLock { $0 += 1 }
            #expect(change.new?.id == "b")
            #expect((context.index, context.count) == (1, 3))
            #expect(context.itemIdentifier != nil)
            #expect(context.record.keys == ["id": "b"])
            throw NegativeTotal()
        }
        let record = event.records[1]
        await #expect(throws: NegativeTotal.self) { try await handler.handle(record, index: 1, of: 3) }
        #expect(calls.withLock { $0 } == 1)
    }

    @Test("a context has the values that were given and plausible ones besides")
    func context() throws {
        let context = LambdaContext.testing(
            remaining: .seconds(3),
            functionName: "orders",
            memorySize: 512,
            tenantID: "t-1",
            traceID: "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
        )
        #expect(context.remainingTime > .seconds(2) && context.remainingTime <= .seconds(3))
        #expect(context.functionName == "orders")
        #expect(context.functionVersion == "$LATEST")
        #expect(context.invokedFunctionARN == "arn:aws:lambda:us-east-1:123456789012:function:orders")
        #expect(context.memorySize == 512)
        #expect(context.tenantID == "t-1")
        #expect(context.traceID == "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700")
        #expect(context.logGroupName == "/aws/lambda/orders")
        #expect(context.requestID.count == 36 && context.requestID != LambdaContext.testing().requestID)
        #expect(LambdaContext.testing(remaining: nil).remainingTime == LambdaContext.unlimitedTime)
        #expect(LambdaContext.testing(remaining: .zero).remainingTime == .zero)
        #expect(LambdaContext.testing(functionARN: "arn").invokedFunctionARN == "arn")
    }

    @Test("a processor can be seen running out of time")
    func deadline() async throws {
        let processor = BatchProcessor(settings: BatchSettings(deadlineMargin: .seconds(5))) {
            (_: ItemChange<Order>, _: RecordContext) in
        }
        await #expect(throws: BatchProcessingError.self) {
            try await processor.process(event, context: .testing(remaining: .seconds(3)))
        }
    }

    private struct Totals: Codable, Sendable, Equatable {
        var sum = 0
    }

    @Test("a window is driven over its batches with the state carried, and closed")
    func window() async throws {
        let closed = Mutex<[Totals]>([])
        let processor = TumblingWindowProcessor(initial: Totals()) {
            (totals: inout Totals, change: ItemChange<Order>, _: RecordContext) in
            totals.sum += change.new?.total ?? 0
        } onClose: { totals, window in
            #expect(window.window == .testing)
            closed.withLock { $0.append(totals) }
        }
        let first = try StreamEvent.Builder(keys: "id").insert(Order(id: "a", total: 1))
        let second = try first.nextBatch.insert(Order(id: "b", total: 2)).insert(Order(id: "c", total: 3))

        let run = try await processor.run(over: [first.build(), second.build()])

        #expect(run.states == [Totals(sum: 1), Totals(sum: 6)])
        #expect(run.isClosed)
        #expect(run.response == .success)
        #expect(closed.withLock { $0 } == [Totals(sum: 6)])
        // The same records again are in the state already.
        #expect(
            try await processor.run(over: [first.build(), first.build()]).states == [.init(sum: 1), .init(sum: 1)]
        )
    }

    @Test("a failure ends the run of a window before it closes")
    func failingWindow() async throws {
        let processor = TumblingWindowProcessor(initial: 0) {
            (sum: inout Int, change: ItemChange<Order>, _: RecordContext) in
            guard let total = change.new?.total, total != 2 else { throw NegativeTotal() }
            sum += total
        } onClose: { _, _ in
            Issue.record("closed")
        }
        let run = try await processor.run(over: [event])
        #expect(!run.isClosed)
        #expect(run.states == [])
        #expect(run.response == .failure(from: event.records[1]))
    }

    @Test("an event becomes one of a window")
    func inWindow() throws {
        let windowed = try event.inWindow(state: Array("5".utf8), isTerminatedEarly: true)
        #expect(windowed.records.map(\.json) == event.records.map(\.json))
        #expect(windowed.window == .testing)
        #expect(try windowed.state(as: Int.self) == 5)
        #expect(windowed.isWindowTerminatedEarly && !windowed.isFinalInvokeForWindow)
        #expect(windowed.shardID != nil && windowed.eventSourceARN == event.eventSourceARN)
    }
}
