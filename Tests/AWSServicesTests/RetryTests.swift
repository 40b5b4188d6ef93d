// What becomes of a call when the way to AWS, or AWS itself, fails: an error that says so, or a repetition in time.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import HTTPScripting
import HTTPTransfers
import SharedState
import Testing

@Suite("A call that meets a fault")
struct RetryTests {
    typealias Reply = ScriptedServer.Reply

    static let success = Reply.status(200, body: #"{"Item":{"id":{"S":"a"}}}"#)
    static func failure(_ status: Int, _ code: String, headers: [(String, String)] = []) -> Reply {
        .status(
            status,
            headers: headers,
            body: #"{"__type":"com.amazonaws.dynamodb.v20120810#\#(code)","message":"m"}"#
        )
    }

    private func get(_ server: ScriptedServer, timeout: Duration = .seconds(60)) async throws -> Item? {
        try await DynamoDBClient(server.client()).getItem(["id": "a"], from: "t", timeout: timeout)
    }

    /// Answers with these, then with success.
    private func server(_ replies: [Reply]) throws -> ScriptedServer {
        let count = Guarded(0)
        return try ScriptedServer { _ in
            let index = count.withLock { count in
                defer { count += 1 }
                return count
            }
            return index < replies.count ? replies[index] : Self.success
        }
    }

    @Test(
        "that may pass is repeated and then succeeds",
        arguments: [
            failure(500, "InternalServerError"), .status(503), .status(502, body: "<html>Bad Gateway</html>"),
            failure(400, "ProvisionedThroughputExceededException"), failure(400, "ThrottlingException"), .status(429),
            .close, .reset, .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"It".utf8)),
            .status(200, body: "{\"Item\":"), .status(200, body: "[]"), .raw(Array("nonsense\r\n\r\n".utf8)),
        ] as [Reply]
    )
    func passing(fault: Reply) async throws {
        let server = try server([fault, fault])
        defer { server.stop() }
        #expect(try await get(server) == ["id": "a"])
        #expect(server.requests.count == 3)
    }

    @Test(
        "that lasts ends as the error it is after three attempts",
        arguments: [
            (failure(500, "InternalServerError"), "InternalServerError"), (.status(503), "HTTP 503"),
            (failure(400, "ThrottlingException"), "ThrottlingException"), (.close, nil), (.reset, nil),
            (.status(200, body: "{"), nil),
        ] as [(Reply, String?)]
    )
    func lasting(fault: Reply, code: String?) async throws {
        let server = try server(Array(repeating: fault, count: 9))
        defer { server.stop() }
        let error = await #expect(throws: AWSError.self) { try await get(server) }
        #expect(error?.code?.rawValue == code)
        #expect(error?.attempts == 3)
        #expect(error?.isThrottling == (code == "ThrottlingException"))
        #expect(error?.mayHaveTakenEffect == (code != "ThrottlingException"))
        #expect(server.requests.count == 3)
    }

    @Test(
        "that another attempt would not mend is not repeated",
        arguments: [
            "ValidationException", "ResourceNotFoundException", "AccessDeniedException", "UnrecognizedClientException",
        ]
    )
    func final(code: String) async throws {
        let server = try server([Self.failure(400, code, headers: [("x-amzn-RequestId", "r-9")])])
        defer { server.stop() }
        let error = await #expect(throws: AWSError.self) { try await get(server) }
        #expect(error?.code?.rawValue == code)
        #expect(error?.requestID == "r-9")
        #expect(error?.message == "m")
        #expect(error?.description == "DynamoDB.GetItem failed: \(code): m (HTTP 400, request r-9)")
        #expect(error?.descriptionWithoutMessage.contains(": m") == false)
        #expect(server.requests.count == 1)
    }

    @Test("nobody there: the connection is tried three times")
    func refused() async throws {
        let server = try server([])
        server.stop()
        // Until the listener is gone, a connection may still be accepted.
        var error: AWSError?
        for _ in 0..<200 where error == nil {
            do throws(AWSError) {
                _ = try await DynamoDBClient(server.client()).getItem(["id": "a"], from: "t", timeout: .seconds(60))
            } catch let failure {
                if case .transport(let cause) = failure.kind, cause.kind == .couldNotConnect { error = failure }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(error?.attempts == 3)
        #expect(error?.mayHaveTakenEffect == false)
    }

    @Test("silence ends with the call's time, not later, and leaves no connection")
    func silence() async throws {
        let server = try ScriptedServer { _ in .silence() }
        defer { server.stop() }
        let client = server.client()
        let started = ContinuousClock.now
        let error = await #expect(throws: AWSError.self) {
            try await DynamoDBClient(client).getItem(["id": "a"], from: "t", timeout: .seconds(1))
        }
        #expect(ContinuousClock.now - started < .seconds(20))
        guard case .transport(let cause)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.kind == .timedOut)
        #expect(error?.mayHaveTakenEffect == true)
        for _ in 0..<500 where server.openConnections > 0 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(server.openConnections == 0)
    }

    @Test("the wait that AWS asks for is kept", arguments: [("x-amz-retry-after", "700"), ("Retry-After", "1")])
    func retryAfter(header: String, value: String) async throws {
        let server = try server([Self.failure(503, "SlowDown", headers: [(header, value)])])
        defer { server.stop() }
        let started = ContinuousClock.now
        #expect(try await get(server) != nil)
        #expect(ContinuousClock.now - started >= .milliseconds(700))
    }

    @Test("a wait beyond the call's time is not begun: the error comes at once")
    func noTimeToWait() async throws {
        let server = try server([Self.failure(503, "SlowDown", headers: [("Retry-After", "600")])])
        defer { server.stop() }
        let started = ContinuousClock.now
        let error = await #expect(throws: AWSError.self) { try await get(server, timeout: .seconds(60)) }
        #expect(ContinuousClock.now - started < .seconds(30))
        #expect(error?.code == "SlowDown")
        #expect(error?.attempts == 1)
    }

    @Test("cancelling the task ends the call, while it sends and while it waits", arguments: [true, false])
    func cancellation(isSending: Bool) async throws {
        let server = try ScriptedServer { _ in
            isSending ? .silence() : Self.failure(503, "SlowDown", headers: [("Retry-After", "40")])
        }
        defer { server.stop() }
        let client = DynamoDBClient(server.client())
        let task = Task { try await client.getItem(["id": "a"], from: "t", timeout: .seconds(120)) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let error = await #expect(throws: AWSError.self) { _ = try await task.value }
        guard case .cancelled? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// Carries out `call` against a server that loses the first reply, and returns what was sent.
    private func requests(
        losing reply: Reply,
        _ call: (AWSClient) async throws -> Void
    ) async throws -> [ScriptedServer.Request] {
        let count = Guarded(0)
        let server = try ScriptedServer { request in
            let isFirst = count.withLock { count in
                defer { count += 1 }
                return count == 0
            }
            if isFirst { return reply }
            let isSNS = request.text.hasPrefix("Action=")
            return .status(200, body: isSNS ? "<MessageId>1</MessageId>" : #"{"MessageId":"1"}"#)
        }
        defer { server.stop() }
        try await call(server.client())
        return server.requests
    }

    static let losses: [Reply] = [.close, .reset, failure(500, "InternalServerError"), .status(502)]

    @Test("a transaction carries a token, the same on each attempt and another on each call", arguments: losses)
    func transactionTokens(reply: Reply) async throws {
        let write = TransactWrite.update(
            UpdateItem(["id": "a"], in: "t", update: "ADD #n :one", names: ["#n": "n"], values: [":one": 1])
        )
        var tokens: [[String?]] = []
        for _ in 0..<2 {
            let sent = try await requests(losing: reply) { try await DynamoDBClient($0).transactWriteItems([write]) }
            tokens.append(
                try sent.map { request in
                    let object = try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
                    return object?["ClientRequestToken"] as? String
                }
            )
        }
        #expect(tokens.map(\.count) == [2, 2])
        for sent in tokens { #expect(sent[0] != nil && sent[0]?.count == 36 && Set(sent).count == 1) }
        #expect(tokens[0][0] != tokens[1][0])
        let own = try await requests(losing: reply) {
            try await DynamoDBClient($0).transactWriteItems([write], requestToken: "mine")
        }
        #expect(own.allSatisfy { $0.text.contains(#""ClientRequestToken":"mine""#) })
    }

    @Test(
        "an update is sent again after a lost reply only if a repetition is harmless",
        arguments: [
            ("SET #a = :a, b = if_not_exists(b, :b) REMOVE c DELETE #tags :tags", true), ("REMOVE address", true),
            ("SET added = :a", true), ("SET #add = :add", true), ("", true),
            ("ADD #n :one", false), ("add n :one", false), ("SET a = :a ADD #n :one", false),
            ("SET n = n + :one", false), ("SET n = n-:one", false), ("SET l = list_append(l, :x)", false),
            ("SET l = LIST_APPEND (l, :x)", false), ("REMOVE l[0]", false), ("SET #l[9] = :x", false),
            // What is copied may have been replaced by the same update.
            ("SET previous = latest, latest = :new", false), ("SET #p=#l,#l=:new", false), ("set a.b = c.d", false),
            ("SET a = if_not_exists(b, :b), b = :c", false), ("SET a = if_not_exists(a, b)", false),
            ("REMOVE old SET #new = #old", false), ("SET a = if_not_exists(a, :a), b = if_not_exists( b , :b )", true),
            ("SET a.b = if_not_exists(a.b, :a), #c = :c REMOVE d, e", true), ("SET a = a", true),
        ]
    )
    func updates(expression: String, isRepeated: Bool) async throws {
        for reply in Self.losses {
            let update = UpdateItem(["id": "a"], in: "t", update: expression)
            let sent = try await requests(losing: reply) { client in
                do throws(AWSError) {
                    try await DynamoDBClient(client).updateItem(update)
                    #expect(isRepeated)
                } catch {
                    #expect(!isRepeated && error.mayHaveTakenEffect, "\(error)")
                }
            }
            #expect(sent.count == (isRepeated ? 2 : 1))
        }
    }

    @Test("an update whose condition makes it harmless can say so, and one that is throttled is repeated anyway")
    func updatesOtherwise() async throws {
        var update = UpdateItem(["id": "a"], in: "t", update: "ADD n :one", condition: WriteCondition("v = :v"))
        let throttled = try await requests(losing: Self.failure(400, "ThrottlingException")) {
            try await DynamoDBClient($0).updateItem(update)
        }
        #expect(throttled.count == 2)
        update.mayBeRepeated = true
        let lost = try await requests(losing: .close) { try await DynamoDBClient($0).updateItem(update) }
        #expect(lost.count == 2)
    }

    @Test("a message is sent again after a lost reply only if it cannot be there twice, or may be")
    func messages() async throws {
        for reply in Self.losses {
            for (deduplicationID, allowsDuplicates, count) in [(nil, false, 1), ("d", false, 2), (nil, true, 2)]
                as [(String?, Bool, Int)]
            {
                let sqs = try await requests(losing: reply) {
                    _ = try? await SQSClient($0).sendMessage(
                        "m",
                        to: "http://q/1/q",
                        deduplicationID: deduplicationID,
                        allowsDuplicates: allowsDuplicates
                    )
                }
                let sns = try await requests(losing: reply) {
                    _ = try? await SNSClient($0).publish(
                        "m",
                        to: "arn:aws:sns:eu-central-1:123456789012:t",
                        deduplicationID: deduplicationID,
                        allowsDuplicates: allowsDuplicates
                    )
                }
                #expect(sqs.count == count)
                #expect(sns.count == count)
            }
        }
    }

    @Test("puts, deletions and objects are harmless to repeat")
    func harmless() async throws {
        let calls: [@Sendable (AWSClient) async throws -> Void] = [
            { try await DynamoDBClient($0).putItem(PutItem(["id": "a"], into: "t")) },
            { try await DynamoDBClient($0).deleteItem(DeleteItem(["id": "a"], from: "t")) },
            { try await S3Client($0).putObject([1], key: "k", in: "bucket") },
            { try await SQSClient($0).deleteMessage("r", from: "http://q/1/q") },
        ]
        for call in calls { #expect(try await requests(losing: .close, call).count == 2) }
    }

    @Test("a write whose reply has trailers is not repeated")
    func trailers() async throws {
        let reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Late: 1\r\n\r\n"
        let sent = try await requests(losing: .raw(Array(reply.utf8))) {
            try await DynamoDBClient($0).putItem(PutItem(["id": "a"], into: "t"))
        }
        #expect(sent.count == 1)
    }

    @Test("a header that cannot be sent is no call that may have taken effect")
    func malformedHeader() async throws {
        let server = try server([])
        defer { server.stop() }
        let error = await #expect(throws: AWSError.self) {
            try await S3Client(server.client()).putObject([1], key: "k", in: "bucket", contentType: "text/plain\n")
        }
        #expect(error?.mayHaveTakenEffect == false && error?.attempts == 1)
        #expect(server.requests.isEmpty)
    }

    @Test("an invocation whose reply was lost is not made a second time; a throttled one is")
    func invocations() async throws {
        let lost = try server([.close])
        defer { lost.stop() }
        let error = await #expect(throws: AWSError.self) {
            try await LambdaClient(lost.client()).invoke([], function: "f", timeout: .seconds(60))
        }
        #expect(error?.mayHaveTakenEffect == true)
        #expect(lost.requests.count == 1)
        let throttled = try server([Self.failure(429, "TooManyRequestsException")])
        defer { throttled.stop() }
        _ = try await LambdaClient(throttled.client()).invoke([], function: "f", timeout: .seconds(60))
        #expect(throttled.requests.count == 2)
    }

    @Test("errors of S3 and SNS, which are XML, have their codes too")
    func xml() async throws {
        let server = try ScriptedServer { _ in
            .status(
                404,
                body: "<?xml?><Error><Code>NoSuchKey</Code><Message>a &amp; &#x62; &lt;c&gt;</Message></Error>"
            )
        }
        defer { server.stop() }
        let error = await #expect(throws: AWSError.self) {
            try await S3Client(server.client()).getObject(key: "k", from: "bucket")
        }
        #expect(error?.code == "NoSuchKey")
        #expect(error?.message == "a & b <c>")
    }
}
