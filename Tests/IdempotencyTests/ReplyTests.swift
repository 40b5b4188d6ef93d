// What the store makes of DynamoDB's replies, and of none.

import AWSServices
import HTTPScripting
import Idempotency
import IdempotencyDynamoDB
import LambdaFunctions
import LambdaStreamsAWS
import Testing

@Suite("Replies of DynamoDB")
struct ReplyTests {
    private func operations(
        _ answer: @escaping @Sendable (_ operation: String) -> ScriptedServer.Reply
    ) throws -> (IdempotentOperations<DynamoDBIdempotencyStore>, ScriptedServer) {
        let server = try ScriptedServer { request in
            answer(request.headers["x-amz-target"]?.split(separator: ".").last.map { String($0) } ?? "")
        }
        let store = DynamoDBIdempotencyStore(table: "idempotency", client: server.dynamoDB(["AWS_MAX_ATTEMPTS": "1"]))
        return (IdempotentOperations(store: store, prefix: "orders"), server)
    }

    private static func refusal(item: String?) -> ScriptedServer.Reply {
        .status(
            400,
            body: """
                {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",\
                "message":"The conditional request failed"\(item.map { ",\"Item\":\($0)" } ?? "")}
                """
        )
    }

    private static let done = """
        {"id":{"S":"orders#o-1"},"status":{"S":"COMPLETED"},"expiration":{"N":"4000000000.834"},"data":{"S":"7"}}
        """

    private func operationNames(_ server: ScriptedServer) -> [String] {
        server.requests.compactMap { $0.headers["x-amz-target"]?.split(separator: ".").last.map { String($0) } }
    }

    @Test("the item that comes with a refusal is the record, for one request; an expiry may have a fraction")
    func itemWithRefusal() async throws {
        let (once, server) = try operations { _ in Self.refusal(item: Self.done) }
        defer { server.stop() }
        #expect(try await once.perform(key: "o-1") { 1 } == 7)
        #expect(operationNames(server) == ["UpdateItem"])
    }

    @Test("an endpoint that refuses without the item is asked for it")
    func refusalWithoutItem() async throws {
        let (once, server) = try operations { operation in
            operation == "UpdateItem" ? Self.refusal(item: nil) : .status(200, body: "{\"Item\":\(Self.done)}")
        }
        defer { server.stop() }
        #expect(try await once.perform(key: "o-1") { 1 } == 7)
        #expect(operationNames(server) == ["UpdateItem", "GetItem"])
    }

    @Test("a record without an expiry and without a lease holds its key")
    func bareRecord() async throws {
        let bare = #"{"id":{"S":"orders#o-1"},"status":{"S":"INPROGRESS"}}"#
        let (once, server) = try operations { _ in Self.refusal(item: bare) }
        defer { server.stop() }
        let error = await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { 1 } }
        guard case .alreadyInProgress("orders#o-1", nil) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a request that was refused changed nothing, and nothing is undone")
    func accessDenied() async throws {
        let (once, server) = try operations { _ in
            .status(400, body: #"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}"#)
        }
        defer { server.stop() }
        let error = await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { 1 } }
        guard case .store(.begin, "orders#o-1", let underlying) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect((underlying as? AWSError)?.code == .accessDenied)
        #expect(operationNames(server) == ["UpdateItem"])
    }

    @Test("a lease whose request got no reply is released, for it may have been taken")
    func noReply() async throws {
        let isFirst = Counter()
        let (once, server) = try operations { _ in isFirst.increase() == 1 ? .close : .status(200, body: "{}") }
        defer { server.stop() }
        let error = await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { 1 } }
        guard case .store(.begin, "orders#o-1", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(server.requests.last?.text.contains("REMOVE #owner") == true)
    }

    @Test("an error above debug level names neither the key nor what AWS quotes")
    func contentFree() async throws {
        let (once, server) = try operations { _ in
            .status(400, body: #"{"__type":"a#ValidationException","message":"customer 4711 is wrong"}"#)
        }
        defer { server.stop() }
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "customer-4711") { 1 }
        }
        #expect(error?.description.contains("orders#customer-4711") == true)
        let quiet = error?.contentFreeDescription
        #expect(quiet?.contains("4711") == false)
        #expect(quiet?.contains("ValidationException") == true)
    }
}
