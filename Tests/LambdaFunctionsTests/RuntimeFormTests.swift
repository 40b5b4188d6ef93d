// The forms in which a function can be given to its runtime, what its log says of events, and on which thread it runs.

import Foundation
import HTTPScripting
import LambdaFunctionsJSON
import LambdaFunctionsStreaming
import Logging
import RuntimeAPIServer
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("Forms of a function")
struct RuntimeFormTests {
    struct Request: Codable { let name: String }
    struct Reply: Codable { let greeting: String }

    struct Greeter: CodableLambdaHandler {
        let greeting: String
        func handle(_ event: Request, context: LambdaContext) async throws -> Reply {
            Reply(greeting: "\(greeting) \(event.name)")
        }
    }

    @Test("a Codable handler, and one without a result, receive what the init phase made")
    func codable() async throws {
        let seen = Guarded<[String]>([])
        let closure = LambdaRuntime(
            initializing: { "Hello" },
            { (event: Request, _: LambdaContext, greeting: String) in Reply(greeting: "\(greeting) \(event.name)") }
        )
        let handler = LambdaRuntime(initializing: { Greeter(greeting: "Hello") })
        let void = LambdaRuntime(
            initializing: { "Hello" },
            { (event: Request, _: LambdaContext, greeting: String) in seen.withLock { $0.append(greeting + event.name) }
            }
        )
        for (runtime, expected) in [
            (closure, #"{"greeting":"Hello Ada"}"#), (handler, #"{"greeting":"Hello Ada"}"#), (void, "null"),
        ] {
            let api = try ScriptedRuntimeAPI([.init(#"{"name":"Ada"}"#, requestID: "a")])
            _ = await run(runtime, on: api)
            #expect(api.posts.map(\.text) == [expected])
        }
        #expect(seen.withLock { $0 } == ["HelloAda"])
    }

    @Test("work after the response and streams receive it too, their parameters in the same order")
    func responding() async throws {
        let runtime = LambdaRuntime(
            initializing: { "made" },
            continuingAfterResponse: { payload, response, context, state in
                try response.send(payload + Array("\(context.requestID) \(state)".utf8))
            }
        )
        let api = try ScriptedRuntimeAPI([.init("x ", requestID: "a")])
        _ = await run(runtime, on: api)
        #expect(api.posts.map(\.text) == ["x a made"])
        let streaming = LambdaRuntime(
            initializing: { "made" },
            streaming: { payload, response, context, state in
                try response.write(payload)
                try response.write("\(context.requestID) \(state)")
            }
        )
        try await serving(streaming) { server in
            let text = try await server.invoke(Array("x ".utf8)).text
            #expect(text.hasPrefix("x ") && text.hasSuffix(" made"))
        }
    }

    @Test("a value is sent as JSON, and an error of the encoder leaves the response open")
    func encodedResponse() async throws {
        let runtime = LambdaRuntime(continuingAfterResponse: { _, response, _ in
            #expect(throws: EncodingError.self) { try response.send(Double.nan) }
            try response.send(Reply(greeting: "Hello"))
        })
        let api = try ScriptedRuntimeAPI([.init(requestID: "a")])
        _ = await run(runtime, on: api)
        #expect(api.posts.map(\.text) == [#"{"greeting":"Hello"}"#])
    }

    @Test("an init that fails is reported, whatever the form")
    func failingInit() async throws {
        struct NoDatabase: Error {}
        let runtimes = [
            LambdaRuntime(initializing: { () async throws -> Greeter in throw NoDatabase() }),
            LambdaRuntime(
                initializing: { () async throws -> Int in throw NoDatabase() },
                continuingAfterResponse: { _, _, _, _ in }
            ),
            LambdaRuntime(initializing: { () async throws -> Int in throw NoDatabase() }, streaming: { _, _, _, _ in }),
        ]
        for runtime in runtimes {
            let api = try ScriptedRuntimeAPI([.init(requestID: "a")])
            _ = await run(runtime, on: api)
            #expect(api.requests.map(\.path.lastPathComponent) == ["error"])
        }
    }

    @Test("run by hand, the message names what runs a function here")
    func byHand() {
        #expect("\(RuntimeExit.notInLambda)".contains("lambda-streams invoke -- "))
    }
}

@Suite("What the log says of an event that cannot be decoded")
struct DecodingLogTests {
    struct Request: Codable {
        enum Size: String, Codable { case small }
        let name: String
        let size: Size?
        let lines: [Line]?
        struct Line: Codable { let count: Int }
    }

    @Test(
        "what was wrong and where, and nothing of its content",
        arguments: [
            (#"{"other":"SECRET"}"#, #"at its top: "name" is missing"#),
            (#"{"name":null,"other":"SECRET"}"#, "at name: expected String, found null"),
            (#"{"name":17}"#, "at name: expected String"),
            (#"{"name":"a","size":"SECRET"}"#, "at size: not a valid value"),
            (#"{"name":"a","lines":[{"count":1},{"count":"SECRET"}]}"#, "at lines.Index 1.count: expected Int"),
            ("SECRET", "at its top: not valid"),
        ]
    )
    func decoding(event: String, expected: String) async throws {
        let pipe = LogPipe()
        let runtime = LambdaRuntime { (request: Request, _: LambdaContext) in request }
        try await serving(runtime, log: pipe) { server in
            let error = try #require(try await server.invoke(Array(event.utf8)).error)
            #expect(error.type == "Function.EventDecodingError")
        }
        let lines = pipe.finishedLines()
        #expect(lines.contains { $0.contains("the event is not a Request: \(expected)") }, "\(lines)")
        #expect(!lines.contains { $0.contains("SECRET") })
    }

    @Test("so it is for an error that the handler throws, and for a response that cannot be encoded")
    func handlersOwn() async throws {
        struct Response: Codable { let ratio: Double }
        let pipe = LogPipe()
        let raw = LambdaRuntime { (payload: [UInt8], _: LambdaContext) in
            _ = try JSONDecoder().decode(Request.self, from: Data(payload))
            return payload
        }
        try await serving(raw, log: pipe) { server in _ = try await server.invoke(Array("{}".utf8)) }
        #expect(pipe.finishedLines().contains { $0.contains(#"at its top: "name" is missing"#) })
        let second = LogPipe()
        let encoding = LambdaRuntime { (_: Response?, _: LambdaContext) in Response(ratio: .infinity) }
        try await serving(encoding, log: second) { server in _ = try await server.invoke(Array("null".utf8)) }
        let lines = second.finishedLines()
        #expect(lines.contains { $0.contains("Double cannot be encoded, at ratio") }, "\(lines)")
    }
}

@Suite("The level of a bootstrapped backend")
struct BootstrappedLevelTests {
    private struct Backend: LogHandler {
        var logLevel: Logger.Level
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {}
    }

    @Test(
        "stays unless a variable names one",
        arguments: [(nil, Logger.Level.debug), ("ERROR", .error), ("loud", .debug)] as [(String?, Logger.Level)]
    )
    func level(variable: String?, expected: Logger.Level) {
        let environment = FunctionEnvironment(publishesTraceID: false) { $0 == "LOG_LEVEL" ? variable : nil }
        let own = Logger(label: "own") { _ in Backend(logLevel: .debug) }
        #expect(environment.makeLogger(own).logLevel == expected)
        // Lambda's backend, with a level that the program gave it.
        let lambda = Logger(label: "own") { label in
            var handler = LambdaLogHandler(label: label)
            handler.logLevel = .debug
            return handler
        }
        #expect(environment.makeLogger(lambda).logLevel == expected)
    }
}

@Suite("The thread of a handler")
struct HandlerThreadTests {
    @Test("is the loop's, with the cancellation before the deadline as without it", arguments: [true, false])
    func sameThread(cancels: Bool) async throws {
        var runtime = LambdaRuntime(
            initializing: { currentThread() },
            { (_: [UInt8], _: LambdaContext, thread: UInt) in Array("\(currentThread() == thread)".utf8) }
        )
        if cancels { runtime = runtime.cancellingBeforeDeadline() }
        try await serving(runtime) { server in
            for _ in 0..<20 {
                let text = try await server.invoke([]).text
                #expect(text == "true")
            }
        }
    }
}

private func currentThread() -> UInt { UInt(pthread_self()) }

func quietLogger() -> Logger {
    var logger = Logger(label: "tests")
    logger.logLevel = .critical
    return logger
}
