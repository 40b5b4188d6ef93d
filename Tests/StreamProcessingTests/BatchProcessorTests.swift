// The processor's promise: in order, up to the first record that is not done, and exactly that one in the response.

import DynamoDBStreamEvents
import LambdaFunctions
import Logging
import StreamProcessing
import Testing

@Suite("BatchProcessor")
struct BatchProcessorTests {
    /// Runs a batch over a handler that refuses the orders named, and says what it handled and answered.
    private func run(
        _ payload: [UInt8],
        refusing refused: Set<String> = [],
        remaining: Duration? = .seconds(30)
    ) async throws -> (handled: [String], answer: String) {
        let handled = Handled()
        let processor = BatchProcessor { (change: ItemChange<Order>, _: RecordContext) in
            guard case .inserted(let order) = change else { return }
            if refused.contains(order.id) { throw Refused() }
            await handled.append(order.id)
        }
        let response = try await processor.handle(payload, context: context(remaining: remaining))
        #expect(response.contentType == "application/json")
        return (await handled.ids, String(decoding: response.body, as: UTF8.self))
    }

    private func failure(_ index: Int) -> String {
        #"{"batchItemFailures":[{"itemIdentifier":"\#(sequenceNumber(index))"}]}"#
    }

    private let success = #"{"batchItemFailures":[]}"#

    @Test(
        "a batch without failures is handled in stream order and answered with an empty list",
        arguments: [0, 1, 2, 100]
    )
    func clean(count: Int) async throws {
        let (handled, answer) = try await run(event(count: count))
        #expect(handled == (0..<count).map { "order-\($0)" })
        #expect(answer == success)
    }

    @Test("a record that fails stops the batch at its sequence number", arguments: 0..<5)
    func handlerFailure(failing: Int) async throws {
        let (handled, answer) = try await run(event(count: 5), refusing: ["order-\(failing)", "order-4"])
        #expect(handled == (0..<failing).map { "order-\($0)" })
        #expect(answer == failure(failing))
    }

    @Test("a batch whose records would all fail is reported, not thrown: only the first is run")
    func allFail() async throws {
        let (handled, answer) = try await run(event(count: 2), refusing: ["order-0", "order-1"])
        #expect(handled == [])
        #expect(answer == failure(0))
    }

    @Test(
        "a record that cannot be decoded fails like one whose handler throws, and costs its neighbours nothing",
        arguments: [
            #"{"total":{"N":"1"}}"#, #"{"id":{"S":"x"},"total":{"N":"many"}}"#, #"{"id":{"S":"x"},"total":{"S":"1"}}"#,
            #"{"id":{"S":"x"},"total":{"N":"1.5"}}"#, #"{"id":{"X":"x"},"total":{"N":"1"}}"#, "null", "[]", "5", "{}",
            #"{"id":{"S":"\ud800"},"total":{"N":"1"}}"#, #"{"id":{},"total":{"N":"1"}}"#,
            #"{"id":{"S":"a","N":"1"},"total":{"N":"1"}}"#,
        ],
        [0, 1, 2]
    )
    func undecodable(image: String, position: Int) async throws {
        let records = (0..<3).map { $0 == position ? record($0, image: image) : record($0) }
        let (handled, answer) = try await run(event(records))
        #expect(handled == (0..<position).map { "order-\($0)" })
        #expect(answer == failure(position))
    }

    @Test(
        "a failing record whose sequence number cannot be read fails the invocation: no identifier is ever invented",
        arguments: [
            "", #""SequenceNumber":"","#, #""SequenceNumber":null,"#, #""SequenceNumber":"12x","#,
            #""SequenceNumber":5,"#,
        ]
    )
    func noIdentifier(sequence: String) async throws {
        let broken = record(1, image: "{}", sequence: sequence)
        let error = await #expect(throws: BatchProcessingError.self) {
            _ = try await run(event([record(0), broken, record(2)]))
        }
        guard case .noItemIdentifier(index: 1, errorType: .some) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "something else than a record fails the invocation, for it has no sequence number",
        arguments: ["5", "null", "[]", "{}"]
    )
    func notARecord(json: String) async throws {
        await #expect(throws: BatchProcessingError.self) { _ = try await run(event([record(0), json])) }
    }

    @Test(
        "a payload that is no stream event fails the invocation",
        arguments: ["", "{", "[]", "{}", #"{"Records":5}"#, "null"]
    )
    func notAnEvent(payload: String) async throws {
        await #expect(throws: StreamEventError.self) { _ = try await run(Array(payload.utf8)) }
    }

    @Test("when time runs short the first record not begun is reported, and none is begun")
    func deadline() async throws {
        let handled = Handled()
        let processor = BatchProcessor(settings: BatchSettings(deadlineMargin: .milliseconds(300))) {
            (record: StreamRecord, _: RecordContext) in
            try await Task.sleep(for: .milliseconds(100))
            await handled.append(record.sequenceNumber?.description ?? "")
        }
        let response = try await processor.process(
            StreamEvent(event(count: 50)),
            context: context(remaining: .seconds(1))
        )
        let done = await handled.ids.count
        #expect(done <= 7)
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(done)])
    }

    @Test("without time to begin the invocation fails and says which setting to change")
    func noTime() async throws {
        let processor = BatchProcessor(settings: BatchSettings(deadlineMargin: .seconds(2))) {
            (_: StreamRecord, _: RecordContext) in
        }
        let error = await #expect(throws: BatchProcessingError.self) {
            try await processor.process(StreamEvent(event(count: 1)), context: context(remaining: .seconds(1)))
        }
        #expect(error?.description.contains("deadlineMargin") == true)
        // Nothing to do is done in no time.
        #expect(
            try await processor.process(StreamEvent(event(count: 0)), context: context(remaining: .zero))
                == BatchResponse()
        )
    }

    @Test("the default margin leaves a function with a short timeout able to work")
    func shortTimeout() async throws {
        // Less than the second that would otherwise be left alone.
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in }
        for _ in 0..<20 {
            let response = try await processor.process(
                StreamEvent(event(count: 1)),
                context: context(remaining: .milliseconds(900))
            )
            #expect(response == BatchResponse())
        }
        #expect(try await run(event(count: 3), remaining: nil).answer == success)
    }

    @Test("the context names the record's place, and its logger carries the record's identity")
    func recordContext() async throws {
        actor Seen {
            var contexts: [RecordContext<StreamRecord>] = []
            func append(_ context: RecordContext<StreamRecord>) { contexts.append(context) }
        }
        let seen = Seen()
        let processor = BatchProcessor { (_: StreamRecord, context: RecordContext) in await seen.append(context) }
        _ = try await processor.process(StreamEvent(event(count: 2)), context: context())
        let second = try #require(await seen.contexts.last)
        #expect(second.index == 1)
        #expect(second.count == 2)
        #expect(second.record.keys == ["id": "order-1"])
        #expect(second.record.approximateCreationDateTime?.seconds == 1_789_651_658)
        #expect(second.itemIdentifier == sequenceNumber(1))
        #expect(second.eventID == "c4ca4238a0b923820dcc509a6f751001")
        #expect(second.remainingTime > .seconds(20))
        #expect(second.logger[metadataKey: "eventId"] == "c4ca4238a0b923820dcc509a6f751001")
        #expect(second.logger[metadataKey: "itemIdentifier"]?.description == sequenceNumber(1))
        #expect(second.logger[metadataKey: "requestId"] == "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
    }

    @Test("a line names its record, also where the handler adds to the logger or writes several")
    func recordLines() async throws {
        let log = Log()
        let logger = Logger(label: "tests") { _ in ListingLogHandler(log: log) }
        let lambda = LambdaContext(requestID: "8476a536", logger: logger)
        let processor = BatchProcessor { (_: StreamRecord, context: RecordContext) in
            var logger = context.logger
            logger.debug("below the level")
            logger.info("first")
            logger[metadataKey: "attempt"] = "1"
            logger.info("second")
            #expect(logger.handler.metadata.keys.sorted() == ["attempt", "eventId", "itemIdentifier", "requestId"])
            logger[metadataKey: "eventId"] = nil
            logger.info("third")
        }
        _ = try await processor.process(StreamEvent(event(count: 1)), context: lambda)
        let (eventID, number) = ("eventId=c4ca4238a0b923820dcc509a6f751000", "itemIdentifier=\(sequenceNumber(0))")
        #expect(
            log.lines == [
                "first \(eventID) \(number) requestId=8476a536",
                "second attempt=1 \(eventID) \(number) requestId=8476a536",
                "third attempt=1 \(number) requestId=8476a536",
            ]
        )
    }

    @Test(
        "a closure that does not wait is handled as one that does, also within stages",
        arguments: [ProcessingOrder.sequential, .perKey(maxConcurrency: 4)],
        [nil, 0, 2]
    )
    func closureThatDoesNotWait(order: ProcessingOrder, failing: Int?) async throws {
        let handled = Counter()
        let quick = BatchProcessor(order: order) { (_: StreamRecord, context: RecordContext) in
            _ = handled.next()
            if context.index == failing { throw Refused() }
        }
        let waiting = BatchProcessor(order: order) { (_: StreamRecord, context: RecordContext) in
            await Task.yield()
            if context.index == failing { throw Refused() }
        }
        let event = try StreamEvent(event(count: 3))
        let expected = BatchResponse(
            batchItemFailures: failing.map { [BatchItemFailure(itemIdentifier: sequenceNumber($0))] } ?? []
        )
        #expect(try await quick.process(event, context: context()) == expected)
        #expect(handled.count == (order == .sequential ? (failing ?? 2) + 1 : 3))
        #expect(try await quick.filtered { _ in true }.process(event, context: context()) == expected)
        #expect(try await waiting.process(event, context: context()) == expected)
    }

    @Test("a layer may hand on another record")
    func replacedRecord() async throws {
        struct Replacing: RecordLayer {
            let replacement: StreamRecord
            func handle(
                _: StreamRecord,
                context: RecordContext<StreamRecord>,
                next: any RecordHandler<StreamRecord>
            ) async throws {
                try await next.handle(replacement, context: context)
            }
        }
        let log = Log()
        let replacement = try StreamEvent(event(count: 3)).records[2]
        let processor = BatchProcessor { (record: StreamRecord, _: RecordContext) in
            log.append(record.itemIdentifier ?? "")
        }
        .layered(Replacing(replacement: replacement))
        _ = try await processor.process(StreamEvent(event(count: 1)), context: context())
        #expect(log.lines == [sequenceNumber(2)])
    }

    @Test("a canceled invocation begins no further record, and keeps the one that finished")
    func canceledInvocation() async throws {
        let (begun, started, never) = (Counter(), Gate(), Gate())
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in
            _ = begun.next()
            started.open()
            // Until the task is canceled.
            await never.passed()
        }
        let invocation = Task { try await processor.process(StreamEvent(event(count: 3)), context: context()) }
        await started.passed()
        invocation.cancel()
        #expect(try await invocation.value.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
        #expect(begun.count == 1)
    }

    @Test("a handler type does what a closure does")
    func handlerType() async throws {
        struct Handler: RecordHandler {
            let handled: Handled
            func handle(_ record: StreamRecord, context: RecordContext<StreamRecord>) async throws {
                await handled.append(record.eventID ?? "")
            }
        }
        let handled = Handled()
        let processor = BatchProcessor(handler: Handler(handled: handled))
        _ = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(await handled.ids.count == 3)
    }

    @Test("a cancelled handler is a failed record")
    func cancellation() async throws {
        let processor = BatchProcessor { (record: StreamRecord, context: RecordContext) in
            if context.index == 1 { throw CancellationError() }
        }
        let response = try await processor.process(StreamEvent(event(count: 3)), context: context())
        #expect(response.batchItemFailures.map(\.itemIdentifier) == [sequenceNumber(1)])
    }
}

/// Writes lines with their metadata into a list.
private struct ListingLogHandler: LogHandler {
    let log: Log
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        log.append(([event.message.description] + fields).joined(separator: " "))
    }
}
