// Responses that cannot be sent, are lost or are refused: the invocation is settled, and the handler runs once.

import Foundation
import HTTPScripting
import LambdaFunctionsStreaming
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("An invocation whose response does not arrive")
struct SettlingTests {
    typealias Reply = ScriptedServer.Reply

    /// Hands out one event until it is settled, as the platform does, and then ends the run.
    private final class RepeatingAPI: Sendable {
        private let api: ScriptedRuntimeAPI
        /// - Parameter reply: to a post to `/response` or `/error`; a 202 settles the event.
        init(_ reply: @escaping @Sendable (_ path: String) -> Reply) throws {
            let settled = Counter()
            api = try ScriptedRuntimeAPI([]) { request, _ in
                if request.path.hasSuffix("/next") {
                    guard settled.value == 0 else { return .status(500) }
                    return .status(200, headers: [("Lambda-Runtime-Aws-Request-Id", "id-1")], body: "{}")
                }
                let reply = reply(request.path.lastPathComponent)
                if case .status(202, _, _) = reply { settled.add() }
                return reply
            }
        }

        func run(_ runtime: LambdaRuntime) async -> String? { await LambdaFunctionsTests.run(runtime, on: api) }

        var posts: [String] { api.posts.map(\.path.lastPathComponent) }
        var errorTypes: [String?] { api.posts.map { $0.headers["lambda-runtime-function-error-type"] } }
    }

    enum Kind: CaseIterable { case returned, sent, streamed, head }

    /// A function that responds in one of the ways there are, and counts its runs.
    private static func runtime(_ kind: Kind, contentType: String, _ runs: Counter) -> LambdaRuntime {
        switch kind {
        case .returned: LambdaRuntime(Typed(contentType: contentType, runs: runs))
        case .sent:
            LambdaRuntime(continuingAfterResponse: { _, response, _ in
                runs.add()
                try response.send(LambdaResponse(body: [], contentType: contentType))
            })
        case .streamed:
            LambdaRuntime(streaming: { _, response, _ in
                runs.add()
                try response.begin(contentType: contentType)
            })
        case .head:
            LambdaRuntime(streaming: { _, response, _ in
                runs.add()
                try response.write(HTTPResponseHead(headers: ["content-type": contentType]))
            })
        }
    }

    private struct Typed: LambdaHandler {
        let contentType: String
        let runs: Counter

        func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
            runs.add()
            return LambdaResponse(body: payload, contentType: contentType)
        }
    }

    final class Counter: Sendable {
        private let count = Guarded(0)
        func add() { count.withLock { $0 += 1 } }
        var value: Int { count.withLock { $0 } }
    }

    @Test(
        "one that cannot be sent fails its invocation by /error, whatever way it was to be sent",
        arguments: ["text/plain\n", "text/plain\r\nX-Evil: 1", "a\0b", "\u{7F}", "\u{1B}[2J"],
        Kind.allCases
    )
    func malformed(contentType: String, kind: Kind) async throws {
        let runs = Counter()
        let api = try RepeatingAPI { _ in .status(202) }
        _ = await api.run(Self.runtime(kind, contentType: contentType, runs))
        #expect(runs.value == 1)
        #expect(api.posts == ["error"])
        #expect(api.errorTypes == ["Function.MalformedResponse"])
    }

    @Test("a content type above the bound is refused before it is sent", arguments: [Kind.returned, .sent, .streamed])
    func longContentType(kind: Kind) async throws {
        let api = try RepeatingAPI { _ in .status(202) }
        _ = await api.run(Self.runtime(kind, contentType: String(repeating: "x", count: 1 << 20), Counter()))
        #expect(api.posts == ["error"])
    }

    @Test("a head with what cannot be one is refused, and another may follow")
    func heads() async throws {
        for head in [
            HTTPResponseHead(statusCode: 99), HTTPResponseHead(statusCode: 600), HTTPResponseHead(headers: ["": "x"]),
            HTTPResponseHead(headers: ["a b": "x"]), HTTPResponseHead(headers: ["a\n": "x"]),
            HTTPResponseHead(cookies: ["a=1\r\nSet-Cookie: b=2"]),
        ] {
            let api = try RepeatingAPI { _ in .status(202) }
            let refusals = Counter()
            _ = await api.run(
                LambdaRuntime(streaming: { _, response, _ in
                    do throws(LambdaResponseError) {
                        try response.write(head)
                    } catch {
                        guard case .malformedHead = error else { return }
                        refusals.add()
                        throw error
                    }
                })
            )
            #expect(refusals.value == 1)
            #expect(api.posts == ["error"])
        }
    }

    @Test("a handler that catches a refusal can still send another response")
    func secondTry() async throws {
        let api = try RepeatingAPI { _ in .status(202) }
        _ = await api.run(
            LambdaRuntime(continuingAfterResponse: { payload, response, _ in
                #expect(throws: LambdaResponseError.malformedContentType) {
                    try response.send(LambdaResponse(body: payload, contentType: "\n"))
                }
                try response.send(payload)
            })
        )
        #expect(api.posts == ["response"])
    }

    @Test(
        "one that is lost on its way is posted again only when the platform shows that it does not have it",
        arguments: [Reply.reset, .close],
        [Kind.returned, .sent]
    )
    func lost(reply: Reply, kind: Kind) async throws {
        let runs = Counter()
        let posts = Counter()
        let api = try RepeatingAPI { _ in
            posts.add()
            return posts.value == 1 ? reply : .status(202)
        }
        _ = await api.run(Self.runtime(kind, contentType: "text/plain", runs))
        #expect(runs.value == 1)
        #expect(api.posts == ["response", "response"])
        // Lost each time, it ends the run, and the handler has run once.
        let never = try RepeatingAPI { $0 == "response" ? reply : .status(202) }
        let end = await never.run(Self.runtime(kind, contentType: "text/plain", runs))
        #expect(runs.value == 2)
        #expect(Set(never.posts) == ["response"])
        #expect(end?.contains("takes no outcome of the invocation id-1") == true, "\(end ?? "")")
    }

    @Test("an error that is lost on its way is posted again as it was", arguments: [Reply.reset, .close])
    func lostError(reply: Reply) async throws {
        struct Mine: Error {}
        let posts = Counter()
        let api = try RepeatingAPI { _ in
            posts.add()
            return posts.value == 1 ? reply : .status(202)
        }
        let runs = Counter()
        _ = await api.run(
            LambdaRuntime { (_: [UInt8], _: LambdaContext) -> [UInt8] in
                runs.add()
                throw Mine()
            }
        )
        #expect(runs.value == 1)
        #expect(api.posts == ["error", "error"])
        #expect(api.errorTypes == ["Function.Mine", "Function.Mine"])
    }

    @Test(
        "an event that is handed out again because nothing was taken does not run the handler again, and ends the run",
        arguments: [Reply.reset, .close, .status(400), .status(403), .status(404), .status(429), .status(503)]
    )
    func nothingTaken(reply: Reply) async throws {
        let runs = Counter()
        let api = try RepeatingAPI { _ in reply }
        let end = await api.run(Self.runtime(.returned, contentType: "text/plain", runs))
        #expect(runs.value == 1)
        #expect(end?.contains("takes no outcome of the invocation id-1") == true, "\(end ?? "")")
    }

    @Test(
        "a further attempt at the event runs the handler: its deadline or its invocation id tells",
        arguments: [true, false]
    )
    func furtherAttempt(hasInvocationID: Bool) async throws {
        let events = (1...3).map { attempt in
            ScriptedRuntimeAPI.Event(
                requestID: "same",
                headers: hasInvocationID
                    ? [("Lambda-Runtime-Invocation-Id", "attempt-\(attempt)")]
                    : [("Lambda-Runtime-Deadline-Ms", "\(4_000_000_000_000 + attempt)")]
            )
        }
        let api = try ScriptedRuntimeAPI(events) { request, _ in request.method == "POST" ? .status(400) : nil }
        let runs = Counter()
        _ = await run(Self.runtime(.returned, contentType: "text/plain", runs), on: api)
        #expect(runs.value == 3)
    }

    @Test(
        "send says that the platform did not take the response",
        arguments: [(400, 400), (403, 403), (410, 410), (413, 413), (503, 503), (0, nil)] as [(Int, Int?)]
    )
    func refusedSend(status: Int, expected: Int?) async throws {
        let seen = Guarded<[LambdaResponseError]>([])
        let api = try ScriptedRuntimeAPI([.init(requestID: "a")]) { request, _ in
            guard request.path.hasSuffix("response") else { return nil }
            return status == 0 ? .reset : .status(status, body: "{}")
        }
        let runtime = LambdaRuntime(continuingAfterResponse: { payload, response, _ in
            do throws(LambdaResponseError) {
                try response.send(payload)
            } catch {
                seen.withLock { $0.append(error) }
            }
        })
        _ = await run(runtime, on: api)
        #expect(seen.withLock { $0.count } == 1)
        switch (seen.withLock { $0.first }, expected) {
        case (.refused(let status, _)?, let expected?): #expect(status == expected)
        case (.undelivered?, nil): break
        case (let other, _): Issue.record("\(String(describing: other))")
        }
    }

    static let earlyReplies: [(String, Int)] = [
        ("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}", 413),
        ("HTTP/1.1 413 Too Large\r\nContent-Length: 100\r\n\r\n{}", 413),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 403),
        ("HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n", 410),
        ("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", 202),
    ]

    @Test("a stream that is replied to before its end takes no further write", arguments: earlyReplies)
    func refusedStream(reply: String, status: Int) async throws {
        let errors = Guarded<[LambdaResponseError]>([])
        let written = Counter()
        let api = try ScriptedRuntimeAPI([.init(requestID: "a")]) { request, _ in
            request.path.hasSuffix("response") ? .silence(after: Array(reply.utf8)) : nil
        }
        let runtime = LambdaRuntime(streaming: { _, response, _ in
            for _ in 0..<4 {
                do throws(LambdaResponseError) {
                    for _ in 0..<3200 {
                        try response.write([UInt8](repeating: 0x61, count: 64 * 1024))
                        written.add()
                    }
                } catch {
                    errors.withLock { $0.append(error) }
                }
            }
            #expect(throws: LambdaResponseError.self) { try response.finish() }
        })
        _ = await run(runtime, on: api)
        // The kernel's buffers take some; the platform took none of it.
        #expect(written.value < 1000)
        let seen = errors.withLock { $0 }
        #expect(seen.count == 4)
        for error in seen {
            guard case .refused(let seenStatus, _) = error else {
                Issue.record("\(error)")
                continue
            }
            #expect(seenStatus == status)
        }
    }

    @Test("204 on /next is asked again after a pause that grows")
    func noHotLoop() async throws {
        let api = try ScriptedRuntimeAPI([.init("x", requestID: "a")]) { request, earlier in
            request.path.hasSuffix("/next") && earlier < 6 ? .status(204) : nil
        }
        let environment = FunctionEnvironment(publishesTraceID: false) {
            $0 == "AWS_LAMBDA_RUNTIME_API" ? api.endpoint : nil
        }
        defer { api.stop() }
        let retry = RetrySchedule(attempts: 2, firstPause: .milliseconds(10), longestPause: .milliseconds(80))
        let start = ContinuousClock.now
        await #expect(throws: RuntimeExit.self) {
            try await echo.run(in: environment, log: RuntimeLog(quietLogger()), retry: retry)
        }
        #expect(ContinuousClock.now - start >= .milliseconds(10 + 20 + 40 + 80 + 80 + 80))
        #expect(api.posts.map(\.text) == ["x"])
        #expect(RetrySchedule.standard.idlePause(after: 1) >= .milliseconds(100))
        #expect(RetrySchedule.standard.idlePause(after: .max) == .seconds(2))
    }
}
