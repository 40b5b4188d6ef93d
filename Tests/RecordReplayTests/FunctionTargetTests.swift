// A deployed function as the target of a replay: what may pass is waited for, and what does not ends the replay at once.

import AWSServices
import EventSourceMapping
import HTTPScripting
import Testing

@testable import RecordReplay

@Suite("A deployed function as a target")
struct FunctionTargetTests {
    private static func client(_ server: ScriptedServer) -> AWSClient {
        AWSClient(
            region: "eu-central-1",
            endpoint: "http://\(server.endpoint)",
            credentials: AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "SECRET"),
            retryPolicy: AWSRetryPolicy(maximumAttempts: 1),
            environment: AWSEnvironment([:])
        )
    }

    private static func target(_ server: ScriptedServer) -> FunctionTarget {
        FunctionTarget("projector", lambda: LambdaClient(client(server)))
    }

    private static func refusal(_ status: Int, _ code: String) -> ScriptedServer.Reply {
        .status(status, headers: [("X-Amzn-ErrorType", code)], body: #"{"message":"no"}"#)
    }

    @Test(
        "a missing permission, wrong credentials and a missing function end the replay without another try",
        .timeLimit(.minutes(1)),
        arguments: [
            (403, "AccessDeniedException"), (403, "UnrecognizedClientException"), (403, "ExpiredTokenException"),
            (403, "InvalidSignatureException"), (404, "ResourceNotFoundException"),
        ]
    )
    func hopeless(status: Int, code: String) async throws {
        let server = try ScriptedServer { _ in Self.refusal(status, code) }
        // With a patience of five minutes.
        let source = ListedSource([ReplayParcel(0, (1...3).map { SeenRecord(item: "a", number: $0) })])
        let summary = await Replay(from: source, to: Self.target(server)).run()
        guard case .unavailable(let reason) = summary.ending else {
            Issue.record("it ended by \(String(describing: summary.ending))")
            return
        }
        #expect(reason.contains(code))
        #expect(server.requests.count == 1)
        // Nothing failed: the records are as they were.
        #expect(summary.untried == 3 && summary.failed == 0)
        #expect(await source.outcomes[0]?.remaining == [0, 1, 2])
    }

    @Test(
        "throttling, a failure of the service and a function that is updated are waited for",
        arguments: [
            (429, "TooManyRequestsException"), (500, "ServiceException"), (409, "ResourceConflictException"),
        ]
    )
    func passing(status: Int, code: String) async throws {
        let server = try ScriptedServer { request in
            request.connectionIsNew ? Self.refusal(status, code) : .status(200, body: #"{"batchItemFailures":[]}"#)
        }
        var options = ReplayOptions()
        options.backoff = .milliseconds(1)
        let source = ListedSource([ReplayParcel(0, [SeenRecord(item: "a", number: 1)])])
        let summary = await Replay(from: source, to: Self.target(server), options: options).run()
        #expect(summary.handled == 1 && summary.ending == nil)
        #expect(server.requests.count == 2)
    }

    @Test("a guard that may not read the table ends the replay without another try", .timeLimit(.minutes(1)))
    func hopelessGuard() async throws {
        let server = try ScriptedServer { _ in
            .status(400, body: #"{"__type":"x#AccessDeniedException","message":"no"}"#)
        }
        let source = ListedSource([ReplayParcel(0, [SeenRecord(item: "a", number: 1)])])
        let summary = await Replay(
            from: source,
            to: ScriptedTarget { _, _ in .success },
            guardedBy: CurrentItemGuard(.image, dynamoDB: DynamoDBClient(Self.client(server)))
        ).run()
        #expect(summary.untried == 1 && summary.handled == 0)
        #expect(server.requests.count == 1)
    }
}
