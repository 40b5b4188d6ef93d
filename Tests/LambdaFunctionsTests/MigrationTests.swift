// Applications written for swift-aws-lambda-runtime 2 or 3, with their import changed.

import Foundation
import LambdaFunctionsMigration
import Logging
import RuntimeAPIServer
import Testing

@Suite("Migration")
struct MigrationTests {
    @Test("its example of background work runs with the import changed, and logs what it does after its answer")
    func backgroundTasks() async throws {
        let executable = Bundle.main.bundleURL.appendingPathComponent("MigratedFunction").path
        var configuration = RuntimeAPIServer.Configuration(.process(executable: executable))
        configuration.timeout = .seconds(30)
        configuration.environment = ["LOG_LEVEL": "debug"]
        try await RuntimeAPIServer.withServer(configuration) { server in
            var request = InvocationRequest(Array(#"{"message":"hello"}"#.utf8))
            request.completion = .release
            let outcome = try await server.invoke(request)
            #expect(outcome.text == #"{"echoedMessage":"hello"}"#)
            #expect(String(decoding: outcome.logTail, as: UTF8.self).contains("Background tasks completed"))
        }
    }

    @Test("a handler type and a closure with a label, as they are written there")
    func handlers() async throws {
        struct Request: Decodable { let name: String }
        struct Reply: Encodable { let greeting: String }
        struct Greeter: LambdaFunctionsMigration.LambdaHandler {
            func handle(_ event: Request, context: LambdaContext) async throws -> Reply {
                Reply(greeting: "Hello \(event.name), \(context.getRemainingTime() > .zero)")
            }
        }
        let closure = LambdaRuntime(body: { (event: Request, _: LambdaContext) in
            Reply(greeting: "Hello \(event.name), true")
        })
        for runtime in [LambdaRuntime(lambdaHandler: Greeter()), closure] {
            try await serving(runtime) { server in
                let outcome = try await server.invoke(Array(#"{"name":"reader"}"#.utf8))
                #expect(outcome.text == #"{"greeting":"Hello reader, true"}"#)
            }
        }
    }

    @Test("as in version 3, the current logger is the invocation's, and a handler may return nothing")
    func currentLogger() async throws {
        struct Request: Decodable { let name: String }
        struct Silent: LambdaFunctionsMigration.LambdaHandler {
            func handle(_ event: Request, context: LambdaContext) async throws { logNameWithoutContext(event.name) }
        }
        let closure = LambdaRuntime(body: { (event: Request, _: LambdaContext) in logNameWithoutContext(event.name) })
        let background = LambdaRuntime(continuingAfterResponse: { payload, response, _ in
            try response.send(Array("null".utf8))
            logNameWithoutContext("reader")
        }).bindingCurrentLogger()
        for runtime in [LambdaRuntime(lambdaHandler: Silent()), closure, background] {
            let pipe = LogPipe()
            try await serving(runtime, log: pipe) { server in
                var request = InvocationRequest(Array(#"{"name":"reader"}"#.utf8))
                request.requestID = "the-id"
                let outcome = try await server.invoke(request)
                #expect(outcome.text == "null")
            }
            let lines = pipe.finishedLines()
            #expect(lines.contains { $0.contains("the-id") && $0.contains("hello reader") }, "\(lines)")
        }
    }
}

/// What logs without being handed a logger.
private func logNameWithoutContext(_ name: String) { Logger.current.info("hello \(name)") }
