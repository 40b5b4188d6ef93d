// The look ahead of what is done: a saving that must never cost a batch its time.

import HTTPScripting
import Idempotency
import IdempotencyDynamoDB
import LambdaStreamsAWS
import LambdaStreamsTesting
import Testing

@Suite("The look-up ahead")
struct LookupTests {
    @Test("a table that leaves every key unprocessed costs a share of the time, and every record is handled")
    func throttledTable() async throws {
        let server = try ScriptedServer { request in
            guard request.headers["x-amz-target"]?.hasSuffix("BatchGetItem") == true else {
                return .status(200, body: "{}")
            }
            let keys = request.text.split(separator: "\"RequestItems\":").last.map(String.init) ?? "{}}"
            return .status(200, body: "{\"Responses\":{},\"UnprocessedKeys\":\(keys.dropLast())}")
        }
        defer { server.stop() }
        let store = DynamoDBIdempotencyStore(table: "idempotency", client: server.dynamoDB())
        var builder = StreamEvent.Builder(keys: "id")
        for number in 0..<250 { builder = try builder.insert(["id": .string("o-\(number)")]) }
        let event = try builder.build()
        let runs = Counter()
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 16)) { (_: StreamRecord, _: RecordContext) in
            runs.increase()
        }
        .idempotent(using: store, lookup: .always)
        let response = try await processor.process(event, context: .testing(remaining: .seconds(60)))
        #expect(response == .success)
        #expect(runs.count == 250)
    }

    @Test("what was found before the time was out is used")
    func partialResult() async throws {
        let server = try ScriptedServer { request in
            // The first hundred keys are found, the others never.
            guard request.text.contains("k-0\"") else { return .silence() }
            let item = #"{"id":{"S":"p#k-0"},"status":{"S":"COMPLETED"},"expiration":{"N":"4000000000"}}"#
            return .status(200, body: "{\"Responses\":{\"idempotency\":[\(item)]},\"UnprocessedKeys\":{}}")
        }
        defer { server.stop() }
        let store = DynamoDBIdempotencyStore(table: "idempotency", client: server.dynamoDB())
        let once = IdempotentOperations(store: store, prefix: "p")
        let found = try await once.completed(among: (0..<150).map { "k-\($0)" }, remainingTime: .seconds(1))
        #expect(found.count == 1)
    }
}
