// The code of the README and the articles, run. Scripts/snippets.py checks that it compiles as printed.

import LambdaStreams
import Testing

@Suite("README")
struct ReadmeTests {
    enum Status: String, Codable { case open, paid }
    struct Order: Codable { let id: String; let total: Decimal; let status: Status }

    @Test("the first example compiles with one import and handles a change")
    func firstExample() async throws {
        @Sendable func project(_ order: Order) async throws { #expect(order.total == Decimal(string: "12.50")) }
        @Sendable func retract(_ keys: Item, expired: Bool) async throws { #expect(expired && keys == ["id": "o-1"]) }

        let processor = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in
            switch change {
            case .inserted(let order): try await project(order)
            case .modified(_, let order): try await project(order)
            case .removed(_, let keys, let cause): try await retract(keys, expired: cause == .timeToLive)
            }
        }
        _ = LambdaRuntime(processor)
        let image = #"{"id":{"S":"o-1"},"total":{"N":"12.50"},"status":{"S":"open"}}"#
        let event = """
            {"Records":[
            {"eventID":"a","eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"o-1"}},"NewImage":\(image),"SequenceNumber":"100000000000000000001"}},
            {"eventID":"b","eventName":"MODIFY","dynamodb":{"Keys":{"id":{"S":"o-1"}},"NewImage":\(image),"SequenceNumber":"100000000000000000002"}},
            {"eventID":"c","eventName":"REMOVE","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},
            "dynamodb":{"Keys":{"id":{"S":"o-1"}},"OldImage":\(image),"SequenceNumber":"100000000000000000003"}}]}
            """
        let context = LambdaContext(requestID: "1", logger: Logger(label: "tests"))
        let response = try await processor.process(StreamEvent(Array(event.utf8)), context: context)
        #expect(response.batchItemFailures.isEmpty)
    }

    @Test("layers, windows and queues become functions")
    func furtherExamples() throws {
        @Sendable func project(_ change: ItemChange<Order>) async throws {}
        @Sendable func publish(_ totals: Totals, once key: String) async throws {}

        let processor = BatchProcessor(order: .perKey(maxConcurrency: 16)) {
            (change: ItemChange<Order>, context: RecordContext) in try await project(change)
        }
        .filtered { $0.eventName != .remove }
        .retried(.exponential(attempts: 3))
        .deadLettered(after: 5, to: JSONLinesDeadLetterSink(path: "/mnt/dead-letters/orders.jsonl"))
        _ = LambdaRuntime(processor)

        let windows = TumblingWindowProcessor(initial: Totals()) {
            (totals: inout Totals, change: ItemChange<Order>, _) in
            if let order = change.new { totals.add(order.total) }
        } onClose: { totals, window in
            try await publish(totals, once: window.key)
        }
        _ = LambdaRuntime(windows)

        _ = LambdaRuntime(BatchProcessor { (message: SQSMessage, context) in context.logger.debug("\(message)") })
    }

    @Test("a record's time is a date, and a date a time")
    func dates() throws {
        let time = EpochTime(seconds: 1_789_651_658, nanoseconds: 250_000_000)
        #expect(time.date == Date(timeIntervalSince1970: 1_789_651_658.25))
        #expect(EpochTime(time.date) == time)
        let before = EpochTime(seconds: -2, nanoseconds: 500_000_000)
        #expect(before.date == Date(timeIntervalSince1970: -1.5))
        #expect(EpochTime(before.date) == before)
        #expect(EpochTime(Date(timeIntervalSince1970: .infinity)) == nil)
        #expect(EpochTime(Date(timeIntervalSince1970: .nan)) == nil)
    }

    struct Totals: Codable {
        var sum: Decimal = 0
        mutating func add(_ amount: Decimal) { sum += amount }
    }
}
