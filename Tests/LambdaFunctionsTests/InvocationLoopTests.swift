// The buffered contract of the Runtime API, request by request, over real sockets.

import Foundation
import HTTPScripting
import LambdaFunctionsJSON
import Logging
import Testing

@testable import LambdaFunctions

@Suite("The invocation loop")
struct InvocationLoopTests {
    typealias Event = ScriptedRuntimeAPI.Event

    @Test("hands the event to the handler and posts its answer, over one connection")
    func answers() async throws {
        let api = try ScriptedRuntimeAPI([Event("one", requestID: "id-1"), Event("", requestID: "id-2")])
        let exit = await run(echo, on: api)
        #expect(exit == "the Runtime API replied to /next with 500, which it calls not recoverable; exiting as it asks")
        #expect(
            api.requests.map { "\($0.method) \($0.path)" } == [
                "GET /2018-06-01/runtime/invocation/next",
                "POST /2018-06-01/runtime/invocation/id-1/response",
                "GET /2018-06-01/runtime/invocation/next",
                "POST /2018-06-01/runtime/invocation/id-2/response",
                "GET /2018-06-01/runtime/invocation/next",
            ]
        )
        #expect(api.posts.map(\.text) == ["one", ""])
        #expect(api.posts.allSatisfy { $0.headers["content-type"] == "application/json" })
        #expect(api.requests.allSatisfy { $0.headers["user-agent"]?.hasPrefix("swift-lambda-streams/") == true })
        #expect(api.requests.allSatisfy { $0.headers["expect"] == nil })
        #expect(Set(api.requests.map(\.connection)) == [0])
    }

    @Test("a handler's error becomes an /error with a type that the platform keeps, and the loop goes on")
    func handlerError() async throws {
        struct OrderRejected: Error, CustomStringConvertible {
            let description = "quote \" backslash \\ control \u{1} newline \n é 😀"
        }
        let api = try ScriptedRuntimeAPI([Event(requestID: "a"), Event("second", requestID: "b")])
        _ = await run(
            LambdaRuntime { payload, _ in
                guard payload == Array("second".utf8) else { throw OrderRejected() }
                return payload
            },
            on: api
        )
        #expect(api.posts.map(\.path.lastPathComponent) == ["error", "response"])
        #expect(api.posts[0].headers["lambda-runtime-function-error-type"] == "Function.OrderRejected")
        let body = try JSONDecoder().decode(ReportedError.self, from: Data(api.posts[0].body))
        #expect(body.errorType == "Function.OrderRejected")
        #expect(body.errorMessage == OrderRejected().description)
        #expect(body.stackTrace == [])
    }

    @Test("an error says itself how it is reported")
    func convertibleError() async throws {
        struct Mine: LambdaErrorConvertible {
            var lambdaErrorType: String { "Function.OutOfStock" }
            var lambdaErrorMessage: String { "no more" }
            var lambdaStackTrace: [String] { ["inner", "outer"] }
        }
        let api = try ScriptedRuntimeAPI([Event(requestID: "a")])
        _ = await run(LambdaRuntime { _, _ in throw Mine() }, on: api)
        let body = try JSONDecoder().decode(ReportedError.self, from: Data(api.posts[0].body))
        #expect(
            body
                == ReportedError(
                    errorMessage: "no more",
                    errorType: "Function.OutOfStock",
                    stackTrace: ["inner", "outer"]
                )
        )
    }

    @Test(
        "each status of an answer has its consequence, and no answer is posted twice",
        arguments: [
            (202, true), (400, true), (403, true), (404, true), (410, true), (413, true), (429, true), (500, false),
            (503, true),
        ]
    )
    func statuses(status: Int, goesOn: Bool) async throws {
        for (handler, path) in [(echo, "response"), (LambdaRuntime { _, _ in throw CancellationError() }, "error")] {
            let api = try ScriptedRuntimeAPI([Event(requestID: "a"), Event(requestID: "b")]) { request, earlier in
                request.path.contains("/a/") ? .status(status, body: #"{"errorMessage":"m","errorType":"t"}"#) : nil
            }
            _ = await run(handler, on: api)
            let expected = goesOn ? ["a/\(path)", "b/\(path)"] : ["a/\(path)"]
            #expect(api.posts.map { $0.path.replacing("/2018-06-01/runtime/invocation/", with: "") } == expected)
        }
    }

    @Test("an answer that cannot be delivered is given up, and the next invocation served")
    func undelivered() async throws {
        let api = try ScriptedRuntimeAPI([Event(requestID: "a"), Event(requestID: "b")]) { request, _ in
            request.path.contains("/a/") ? .reset : nil
        }
        _ = await run(echo, on: api)
        #expect(api.posts.last?.path.contains("/b/response") == true)
    }

    @Test("the invocation id is echoed on answers and errors when it came, and only then", arguments: [true, false])
    func invocationID(fails: Bool) async throws {
        let api = try ScriptedRuntimeAPI([
            Event(requestID: "a", headers: [("Lambda-Runtime-Invocation-Id", "attempt-7")]),
            Event(requestID: "b", headers: [("Lambda-Runtime-Invocation-Id", "")]),
            Event(requestID: "c"),
        ])
        _ = await run(LambdaRuntime { payload, _ in if fails { throw CancellationError() } else { payload } }, on: api)
        #expect(api.posts.map { $0.headers["lambda-runtime-invocation-id"] } == ["attempt-7", nil, nil])
    }

    @Test("a request id with characters that mean something in a URL is encoded")
    func requestIDEncoding() async throws {
        let api = try ScriptedRuntimeAPI([Event(requestID: "a/b?c d%é")])
        _ = await run(echo, on: api)
        #expect(api.posts[0].path == "/2018-06-01/runtime/invocation/a%2Fb%3Fc%20d%25%C3%A9/response")
    }

    @Test("204 is asked again, and does not count as a failure")
    func noContent() async throws {
        let api = try ScriptedRuntimeAPI([Event("x", requestID: "a")]) { request, earlier in
            request.path.hasSuffix("/next") && earlier < 20 ? .status(204) : nil
        }
        _ = await run(echo, on: api)
        #expect(api.posts.map(\.text) == ["x"])
    }

    @Test("a broken connection while waiting is tried again, a bounded number of times")
    func nextRetry() async throws {
        let recovers = try ScriptedRuntimeAPI([Event("x", requestID: "a")]) { request, earlier in
            request.path.hasSuffix("/next") && earlier < 5
                ? [.reset, .close, .status(502), .raw([]), .reset][earlier] : nil
        }
        let end = await run(echo, on: recovers)
        #expect(recovers.posts.map(\.text) == ["x"], "\(end ?? "")")

        let dead = try ScriptedRuntimeAPI([]) { _, _ in .status(502) }
        let exit = await run(echo, on: dead)
        #expect(exit == "the Runtime API could not be used in 6 attempts, giving up: status 502")
        #expect(dead.requests.count == 6)
    }

    @Test("an event without a request id is a failed attempt, not a crash")
    func noRequestID() async throws {
        let api = try ScriptedRuntimeAPI([Event("x", requestID: "a")]) { request, earlier in
            request.path.hasSuffix("/next") && earlier == 0 ? .status(200, body: "lost") : nil
        }
        _ = await run(echo, on: api)
        #expect(api.posts.map(\.text) == ["x"])
    }

    @Test("a base path and trailing slashes in the endpoint are kept and cut")
    func basePath() async throws {
        let api = try ScriptedRuntimeAPI([Event(requestID: "a")])
        _ = await run(echo, on: api, endpoint: "localhost:\(api.endpoint.split(separator: ":")[1])/base//")
        #expect(api.requests[0].path == "/base/2018-06-01/runtime/invocation/next")
        #expect(api.requests[1].path == "/base/2018-06-01/runtime/invocation/a/response")
    }

    @Test(
        "an endpoint that is none ends the run with its name in the message",
        arguments: ["🚨", "host with spaces:1", "[::1"]
    )
    func unusableEndpoint(endpoint: String) async throws {
        let api = try ScriptedRuntimeAPI([])
        let exit = await run(echo, on: api, endpoint: endpoint)
        #expect(exit?.contains("giving up") == true)
    }

    @Test("without an endpoint the message says what to do")
    func noEndpoint() async throws {
        let api = try ScriptedRuntimeAPI([])
        #expect(await run(echo, on: api, endpoint: "")?.hasPrefix("AWS_LAMBDA_RUNTIME_API is not set") == true)
    }

    @Test("a payload of the platform's largest size goes both ways")
    func largestPayload() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: LambdaLimits.maximumPayloadSize)
        let api = try ScriptedRuntimeAPI([Event(body, requestID: "a"), Event(body, requestID: "b")])
        _ = await run(echo, on: api)
        #expect(api.posts.map(\.body) == [body, body])
    }

    @Test("an answer one byte too large is refused here, with the limit in the message")
    func tooLarge() async throws {
        let api = try ScriptedRuntimeAPI([Event(requestID: "a"), Event(requestID: "b")])
        _ = await run(
            LambdaRuntime { _, _ in [UInt8](repeating: 0x20, count: LambdaLimits.maximumPayloadSize + 1) },
            on: api
        )
        #expect(api.posts.map(\.path.lastPathComponent) == ["error", "error"])
        #expect(api.posts[0].headers["lambda-runtime-function-error-type"] == "Function.ResponseSizeTooLarge")
        #expect(api.posts[0].text.contains("6291557 bytes") && api.posts[0].text.contains("6291556"))
    }

    @Test("a payload that the handler keeps is not overwritten by the next event")
    func keptPayload() async throws {
        actor Kept {
            var payloads: [[UInt8]] = []
            func keep(_ payload: [UInt8]) { payloads.append(payload) }
        }
        let kept = Kept()
        let events = (0..<20).map { Event("event \($0)", requestID: "\($0)") }
        let api = try ScriptedRuntimeAPI(events)
        _ = await run(
            LambdaRuntime { payload, _ in
                await kept.keep(payload)
                return []
            },
            on: api
        )
        #expect(await kept.payloads == events.map(\.body))
    }

    @Test("a thousand invocations use one connection and every answer goes to its own request")
    func thousand() async throws {
        let api = try ScriptedRuntimeAPI((0..<1000).map { Event("\($0)", requestID: "id-\($0)") })
        _ = await run(echo, on: api)
        #expect(api.posts.map(\.text) == (0..<1000).map(String.init))
        #expect(api.posts.enumerated().allSatisfy { $1.path.contains("/id-\($0)/") })
        #expect(Set(api.requests.map(\.connection)) == [0])
    }
}

@Suite("Initialization")
struct InitializationTests {
    typealias Event = ScriptedRuntimeAPI.Event

    @Test("what the init phase made is given to every invocation, and it runs once")
    func state() async throws {
        actor Counter {
            var count = 0
            func next() -> Int {
                count += 1
                return count
            }
        }
        let made = Counter()
        let api = try ScriptedRuntimeAPI([Event(requestID: "a"), Event(requestID: "b")])
        let runtime = LambdaRuntime(
            initializing: {
                _ = await made.next()
                return Counter()
            },
            { _, _, counter in Array("\(await counter.next())".utf8) }
        )
        _ = await run(runtime, on: api)
        #expect(api.posts.map(\.text) == ["1", "2"])
        #expect(await made.count == 1)
    }

    @Test("an error of the init phase is posted to /init/error, nothing is polled, and the process is to end")
    func failure() async throws {
        struct NoDatabase: Error {}
        let api = try ScriptedRuntimeAPI([Event(requestID: "a")])
        let runtime = LambdaRuntime(initializing: { () async throws -> ClosureHandler in throw NoDatabase() })
        let exit = await run(runtime, on: api)
        #expect(exit == "initialization failed and was reported to Lambda: Function.NoDatabase: NoDatabase()")
        #expect(api.requests.map(\.path) == ["/2018-06-01/runtime/init/error"])
        #expect(api.posts[0].headers["lambda-runtime-function-error-type"] == "Function.NoDatabase")
    }
}

@Suite("Codable handlers")
struct CodableHandlerTests {
    typealias Event = ScriptedRuntimeAPI.Event
    struct Request: Codable { let name: String }
    struct Reply: Codable, Equatable { let greeting: String }

    @Test("a closure of a decoded event answers with an encoded value")
    func closure() async throws {
        let api = try ScriptedRuntimeAPI([Event(#"{"name":"Ada"}"#, requestID: "a")])
        _ = await run(
            LambdaRuntime { (request: Request, _: LambdaContext) in Reply(greeting: "Hello \(request.name)") },
            on: api
        )
        #expect(api.posts.map(\.text) == [#"{"greeting":"Hello Ada"}"#])
    }

    @Test("a handler type answers too, and one that returns nothing answers null")
    func typeAndVoid() async throws {
        struct Greeter: CodableLambdaHandler {
            func handle(_ event: Request, context: LambdaContext) async throws -> Reply { Reply(greeting: event.name) }
        }
        let api = try ScriptedRuntimeAPI([Event(#"{"name":"Ada"}"#, requestID: "a")])
        _ = await run(LambdaRuntime(Greeter()), on: api)
        #expect(api.posts.map(\.text) == [#"{"greeting":"Ada"}"#])

        let silent = try ScriptedRuntimeAPI([Event(#"{"name":"Ada"}"#, requestID: "a")])
        _ = await run(LambdaRuntime { (_: Request, _: LambdaContext) in }, on: silent)
        #expect(silent.posts.map(\.text) == ["null"])
    }

    @Test(
        "an event that does not decode costs its invocation, and the message says what and where",
        arguments: [
            ("{}", #"at its top: "name" is missing"#), (#"{"name":5}"#, "at name: expected String"),
            ("nonsense", "at its top"),
            ("", "at its top"),
        ]
    )
    func undecodable(event: String, message: String) async throws {
        let api = try ScriptedRuntimeAPI([Event(event, requestID: "a"), Event(#"{"name":"Ada"}"#, requestID: "b")])
        _ = await run(LambdaRuntime { (request: Request, _: LambdaContext) in Reply(greeting: request.name) }, on: api)
        #expect(api.posts.map(\.path.lastPathComponent) == ["error", "response"])
        let body = try JSONDecoder().decode(ReportedError.self, from: Data(api.posts[0].body))
        #expect(body.errorType == "Function.EventDecodingError")
        #expect(body.errorMessage.contains(message), "\(body.errorMessage)")
    }
}

struct ReportedError: Codable, Equatable {
    let errorMessage: String
    let errorType: String
    let stackTrace: [String]
}

let echo = LambdaRuntime { (payload: [UInt8], _: LambdaContext) in payload }

/// Runs until the scripted API ends the run, and says with which words.
func run(
    _ runtime: LambdaRuntime,
    on api: ScriptedRuntimeAPI,
    endpoint: String? = nil,
    _ variables: [String: String] = [:]
) async -> String? {
    defer { api.stop() }
    let environment = FunctionEnvironment(publishesTraceID: false) { name in
        name == "AWS_LAMBDA_RUNTIME_API" ? endpoint ?? api.endpoint : variables[name]
    }
    var logger = Logger(label: "tests")
    logger.logLevel = .critical
    let retry = RetrySchedule(attempts: 6, firstPause: .milliseconds(1), longestPause: .milliseconds(4))
    do {
        try await runtime.run(in: environment, log: RuntimeLog(logger), retry: retry)
        return nil
    } catch {
        return "\(error)"
    }
}

extension String {
    var lastPathComponent: String { split(separator: "/").last.map(String.init) ?? "" }
}
