// The end of a run: cancellation, the extension for the hooks, SIGTERM under way of invocations.

import Foundation
import HTTPScripting
import RuntimeAPIServer
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("Shutdown")
struct ShutdownTests {
    @Test("a run ends when its task is cancelled while it waits, and finishes the invocation that is under way")
    func cancellation() async throws {
        let started = AsyncStream<Void>.makeStream()
        let runtime = LambdaRuntime { payload, _ in
            started.continuation.yield()
            try? await Task.sleep(for: .milliseconds(200))
            return payload
        }
        let served = try await serving(runtime) { server in
            let outcome = try await server.invoke([1])
            #expect(outcome.payload == [1])
        }
        #expect(served.end == nil)
    }

    @Test("SIGTERM baseline: without hooks no extension is registered")
    func noExtension() async throws {
        try await serving(LambdaRuntime { payload, _ in payload }) { server in
            _ = try await server.invoke([])
            #expect(server.extensionNames == [])
        }
    }

    @Test(
        "with hooks one extension without events is there before the first event, and the function is served",
        arguments: ["", "/", "///"]
    )
    func registered(slashes: String) async throws {
        let api = try ScriptedRuntimeAPI([.init("x", requestID: "a")]) { request, _ in
            request.path.hasSuffix("/extension/register")
                ? .status(200, headers: [("Lambda-Extension-Identifier", "the-id")], body: "{}") : nil
        }
        var runtime = LambdaRuntime { payload, _ in payload }
        let registered = Guarded(false)
        // Without the watch over this process's own SIGTERM.
        runtime.options.prepareShutdown = { environment, log, _ in
            registered.withLock { $0 = NoEventExtension.register(environment, log: log) != nil }
            return nil
        }
        _ = await run(runtime, on: api, endpoint: api.endpoint + slashes)
        #expect(registered.withLock { $0 })
        let register = try #require(api.requests.first)
        #expect(register.path == "/2020-01-01/extension/register" && register.text == #"{"events":[]}"#)
        #expect(register.headers["lambda-extension-name"] == "swift-lambda-streams-shutdown")
        #expect(api.posts.last?.text == "x")
    }

    @Test("a platform that refuses the extension costs the hooks, not the function")
    func refused() async throws {
        let api = try ScriptedRuntimeAPI([.init("x", requestID: "a")]) { request, _ in
            request.path.contains("/extension/") ? .status(403, body: "no") : nil
        }
        _ = await run(LambdaRuntime { payload, _ in payload }.onShutdown {}, on: api)
        #expect(api.posts.last?.text == "x")
    }

    @Test("SIGTERM: the hooks of a real function run last first before its process ends with 0")
    func hooks() async throws {
        try await withLifecycleFunction(.onDemand) { server, notes in
            try await server.expectEcho(of: "hello")
            #expect(server.extensionNames == ["swift-lambda-streams-shutdown"])
            server.restart()
            try await server.expectEcho(of: "again")
            #expect(server.exits.map(\.status) == [.exited(code: 0)])
            #expect(notes() == ["second", "first"])
        }
    }

    @Test("SIGTERM under way of several invocations: all are answered, no further one is taken, then the hooks run")
    func hooksAfterAnswers() async throws {
        try await withLifecycleFunction(.managedInstances(concurrency: 4)) { server, notes in
            #expect(await server.waitUntilInitialized())
            let process = try #require(server.processIdentifier)
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<3 { group.addTask { try await server.answer(to: "sleep 150") } }
                while notes().count < 3 { try await Task.sleep(for: .milliseconds(2)) }
                kill(process, SIGTERM)
                for try await answer in group { #expect(answer == "sleep 150") }
            }
            try await server.expectEcho(of: "next")
            #expect(server.processIdentifier != process)
            #expect(server.exits.map(\.status) == [.exited(code: 0)])
            #expect(notes().sorted() == ["begun", "begun", "begun", "ended", "ended", "ended", "first", "second"])
            #expect(notes().suffix(2) == ["second", "first"])
        }
    }

    @Test("SIGTERM under way of an invocation that takes too long: the hooks run without its end")
    func hooksBeforeSlowAnswer() async throws {
        try await withLifecycleFunction(.managedInstances(concurrency: 2)) { server, notes in
            #expect(await server.waitUntilInitialized())
            let process = try #require(server.processIdentifier)
            async let outcome = server.invoke(Array("sleep 600000".utf8))
            while notes().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
            kill(process, SIGTERM)
            #expect(try await outcome.error?.cause == .exited(.exited(code: 0)))
            #expect(notes() == ["begun", "second", "first"])
        }
    }
}
