// Letters that come at the same time: few requests, and each record hears of its own letter.

import Foundation
import HTTPScripting
import LambdaStreamsAWS
import SharedState
import Testing

@Suite("Dead letters sent together")
struct DeadLetterBatchTests {
    /// An SQS that takes every message for which `takes` says so.
    private func sqs(_ takes: @escaping @Sendable (_ entry: [String: Any], _ requests: Int) -> Verdict) throws
        -> ScriptedServer
    {
        let count = Counter()
        return try ScriptedServer { request in
            let number = count.next()
            let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
            let entries = body?["Entries"] as? [[String: Any]] ?? []
            var successful: [String] = []
            var failed: [String] = []
            for entry in entries {
                let id = entry["Id"] as? String ?? ""
                switch takes(entry, number) {
                case .takes: successful.append(#"{"Id":"\#(id)","MessageId":"m-\#(number)-\#(id)"}"#)
                case .fails(let isSenders):
                    failed.append(#"{"Id":"\#(id)","Code":"InternalError","SenderFault":\#(isSenders)}"#)
                case .saysNothing: break
                }
            }
            return .status(
                200,
                body: """
                    {"Successful":[\(successful.joined(separator: ","))],"Failed":[\(failed.joined(separator: ","))]}
                    """
            )
        }
    }

    private enum Verdict { case takes, fails(isSenders: Bool), saysNothing }

    private func client(_ server: ScriptedServer) -> AWSClient {
        AWSClient(
            region: "eu-central-1",
            endpoint: "http://\(server.endpoint)",
            credentials: AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "SECRET"),
            retryPolicy: AWSRetryPolicy(baseDelay: .zero, throttledDelay: .zero),
            timeout: .seconds(60),
            environment: AWSEnvironment([:])
        )
    }

    private func entries(_ request: ScriptedServer.Request) throws -> [[String: Any]] {
        let body = try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
        return body?["Entries"] as? [[String: Any]] ?? []
    }

    @Test("a hundred records that fail together take a few requests, and every letter is sent once")
    func together() async throws {
        let server = try sqs { _, _ in .takes }
        defer { server.stop() }
        let sink = SQSDeadLetterQueue(url: "http://\(server.endpoint)/1/q", sqs: SQSClient(client(server)))
        let records = try await deadLetter((0..<100).map { orderRecord("x", number: $0) }, to: sink)
        let sent = try server.requests.flatMap(entries)
        #expect(sent.count == 100)
        #expect(Set(try sent.map { try StoredLetter($0["MessageBody"] as? String ?? "").record }) == Set(records))
        // What comes while a request is under way goes together.
        #expect(server.requests.count <= 30)
    }

    @Test("a request has no more than the limit's bytes")
    func sizes() async throws {
        let server = try sqs { _, _ in .takes }
        defer { server.stop() }
        let sink = SQSDeadLetterQueue(url: "http://\(server.endpoint)/1/q", sqs: SQSClient(client(server)))
        let text = String(repeating: "x", count: 300_000)
        try await deadLetter((0..<8).map { orderRecord(text, number: $0) }, to: sink)
        #expect(try server.requests.flatMap(entries).count == 8)
        for request in server.requests {
            let bodies = try entries(request).map { ($0["MessageBody"] as? String ?? "").utf8.count }
            #expect(bodies.reduce(0, +) <= SQSClient.maximumMessageSize)
        }
    }

    @Test("a letter that the service failed to take is sent again, and the others are not")
    func again() async throws {
        let server = try sqs { entry, request in
            request == 1 && entry["Id"] as? String == "0" ? .fails(isSenders: false) : .takes
        }
        defer { server.stop() }
        let sink = SQSDeadLetterQueue(url: "http://\(server.endpoint)/1/q", sqs: SQSClient(client(server)))
        try await deadLetter((0..<20).map { orderRecord("x", number: $0) }, to: sink)
        #expect(try server.requests.flatMap(entries).count == 21)
    }

    @Test(
        "a letter that is refused, or of which the reply says nothing, is not stored: its record alone fails",
        arguments: [true, false]
    )
    func notStored(isRefused: Bool) async throws {
        let server = try sqs { entry, _ in
            guard (entry["MessageBody"] as? String)?.contains("o-7") == true else { return .takes }
            return isRefused ? .fails(isSenders: true) : .saysNothing
        }
        defer { server.stop() }
        let keeper = KeepingErrors(
            SQSDeadLetterQueue(url: "http://\(server.endpoint)/1/q", sqs: SQSClient(client(server)))
        )
        await #expect(throws: NotDeadLettered.self) {
            try await deadLetter((0..<20).map { orderRecord("x", number: $0) }, to: keeper)
        }
        let errors = await keeper.errors
        #expect(errors.count == 1)
        // Sent again only where another try can help.
        let sent = try server.requests.flatMap(entries).filter {
            ($0["MessageBody"] as? String)?.contains("o-7") == true
        }
        #expect(sent.count == (isRefused ? 1 : 3))
    }

    @Test("a service that hangs costs no more than the invocation's time, and the letters do not count as stored")
    func deadline() async throws {
        let server = try ScriptedServer { _ in .silence(after: []) }
        defer { server.stop() }
        let sink = SQSDeadLetterQueue(url: "http://\(server.endpoint)/1/q", sqs: SQSClient(client(server)))
        let began = ContinuousClock.now
        await #expect(throws: NotDeadLettered.self) {
            try await deadLetter([orderRecord("x")], to: sink, remaining: .seconds(2))
        }
        // The client alone would wait for a minute.
        #expect(ContinuousClock.now - began < .seconds(50))
    }

    @Test("a topic's letters go together too, and each hears of its own")
    func topic() async throws {
        let server = try ScriptedServer { request in
            let ids = request.text.split(separator: "&").filter { $0.contains(".Id=") }.compactMap {
                $0.split(separator: "=").last
            }
            let members = ids.map { id in
                id == "1"
                    ? "<member><Id>1</Id><Code>InvalidParameter</Code><Message>no</Message><SenderFault>true</SenderFault></member>"
                    : "<member><Id>\(id)</Id><MessageId>m</MessageId></member>"
            }
            return .status(
                200,
                body: """
                    <PublishBatchResponse><PublishBatchResult><Successful>\(members.joined())</Successful>\
                    </PublishBatchResult></PublishBatchResponse>
                    """
            )
        }
        defer { server.stop() }
        let results = await SNSClient(client(server)).publish(
            (0..<12).map { OutgoingMessage("message \($0)", attributes: ["reason": "Permanent"]) },
            to: "arn:aws:sns:eu-central-1:1:t"
        )
        #expect(results.count == 12)
        let refused = results.indices.filter { if case .failure = results[$0] { true } else { false } }
        #expect(refused == [1, 11])
        #expect(server.requests.count == 2)
        #expect(
            server.requests.contains {
                $0.text.contains("member.1.MessageAttributes.entry.1.Value.StringValue=Permanent")
            }
        )
    }
}

/// Counts from 1.
private final class Counter: Sendable {
    private let count = Guarded(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
