// Deadlines, snapshots, shutdown, cancellation: what happens round an invocation.

import Foundation
import HTTPScripting
import RuntimeAPIServer
import SharedState
import TemporaryFiles
import Testing

@testable import LambdaFunctions

@Suite("Deadline cancellation")
struct DeadlineCancellationTests {
    @Test("a handler is cancelled before its deadline, and the error says so and what the handler threw")
    func cancelled() async throws {
        let runtime = LambdaRuntime { payload, _ in
            if payload == [1] { try await Task.sleep(for: .seconds(600)) }
            return payload
        }.cancellingBeforeDeadline(by: .seconds(29))
        try await serving(runtime, configure: { $0.timeout = .seconds(30) }) { server in
            let error = try #require(try await server.invoke([1]).error)
            #expect(error.cause == .reported && error.type == "Function.DeadlineCancellation")
            let document = try JSONDecoder().decode(ReportedError.self, from: Data(error.payload))
            #expect(document.errorMessage.contains("29.0 seconds before its deadline"), "\(document.errorMessage)")
            #expect(document.errorMessage.contains("CancellationError()"))
            let outcome = try await server.invoke([2])
            #expect(outcome.payload == [2])
        }
    }

    @Test("one that returns nevertheless has its answer sent, and one that throws in time its own error")
    func notCancelled() async throws {
        struct Own: Error {}
        let runtime = LambdaRuntime { payload, _ in
            if payload == [1] { throw Own() }
            while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
            return payload
        }.cancellingBeforeDeadline(by: .seconds(29))
        try await serving(runtime, configure: { $0.timeout = .seconds(30) }) { server in
            let failed = try await server.invoke([1])
            #expect(failed.error?.type == "Function.Own")
            let outcome = try await server.invoke([2])
            #expect(outcome.payload == [2])
        }
    }

    @Test("without it a handler is not cancelled")
    func off() async throws {
        // Whether the answer comes in time is not the question, nor is it certain on a busy machine.
        let wasCancelled = Guarded<Bool?>(nil)
        let runtime = LambdaRuntime { payload, context in
            try? await Task.sleep(for: context.remainingTime - .milliseconds(100))
            wasCancelled.withLock { $0 = Task.isCancelled }
            return payload
        }
        try await serving(runtime, configure: { $0.timeout = .seconds(2) }) { server in
            _ = try await server.invoke([])
            while wasCancelled.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(wasCancelled.withLock { $0 } == false)
    }
}

@Suite("Snapshots")
struct SnapshotTests {
    struct Unready: Error {}
    let snapStart = ["AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"]

    @Test("snapstart: hooks run last first before the snapshot and first first after it, each once")
    func order() async throws {
        let calls = Guarded<[String]>([])
        let note = { @Sendable (name: String) in calls.withLock { $0.append(name) } }
        let runtime = LambdaRuntime { payload, _ in payload }
            .beforeSnapshot { note("close 1") }.beforeSnapshot { note("close 2") }
            .afterRestore { note("open 1") }.afterRestore { note("open 2") }
        try await serving(runtime, mode: .snapStart, variables: snapStart) { server in
            for byte in UInt8(1)...3 {
                let outcome = try await server.invoke([byte])
                #expect(outcome.payload == [byte])
            }
        }
        #expect(calls.withLock { $0 } == ["close 2", "close 1", "open 1", "open 2"])
    }

    @Test("snapstart: a failure before goes to init/error with status 64, one after to restore/error with 65")
    func failures() async throws {
        let base = "/2018-06-01/runtime/"
        for (before, path, status) in [(true, "init/error", Int32(64)), (false, "restore/error", 65)] {
            var runtime = LambdaRuntime { payload, _ in payload }
            runtime = before ? runtime.beforeSnapshot { throw Unready() } : runtime.afterRestore { throw Unready() }
            let api = try ScriptedRuntimeAPI([]) { request, _ in
                request.path.hasSuffix("restore/next") ? .status(200) : nil
            }
            defer { api.stop() }
            let exit = await exit(of: runtime, api.endpoint)
            #expect(exit?.status == status)
            #expect(api.requests.map(\.path) == (before ? [] : [base + "restore/next"]) + [base + path])
            #expect(api.posts.last?.headers["lambda-runtime-function-error-type"] == "Function.Unready")
        }
    }

    @Test("snapstart: a platform that refuses the restore ends the process")
    func refused() async throws {
        let api = try ScriptedRuntimeAPI([]) { request, _ in
            request.path.hasSuffix("restore/next") ? .status(403, body: "not now") : nil
        }
        defer { api.stop() }
        let exit = await exit(of: LambdaRuntime { payload, _ in payload }, api.endpoint)
        #expect(exit?.status == 65 && "\(exit!)".contains("403: not now"))
    }

    @Test("snapstart: without it nothing asks for a restore and no hook runs")
    func notSnapStart() async throws {
        let api = try ScriptedRuntimeAPI([.init(requestID: "a")])
        _ = await run(LambdaRuntime { payload, _ in payload }.beforeSnapshot { throw Unready() }, on: api)
        #expect(!api.requests.contains { $0.path.contains("restore") })
        #expect(api.posts.count == 1)
    }

    private func exit(of runtime: LambdaRuntime, _ endpoint: String) async -> RuntimeExit? {
        let environment = FunctionEnvironment(publishesTraceID: false) { name in
            ["AWS_LAMBDA_RUNTIME_API": endpoint, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"][name]
        }
        do {
            try await runtime.run(in: environment, log: RuntimeLog { environment.makeLogger() })
            return nil
        } catch {
            return error as? RuntimeExit
        }
    }
}

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

@Suite("SIGTERM while a function waits")
struct TerminationTests {
    @Test(
        "runs the hooks that need the main actor, whose thread was the one that waits",
        arguments: [RuntimeAPIServer.Mode.onDemand, .managedInstances(concurrency: 2), .snapStart]
    )
    func mainActor(mode: RuntimeAPIServer.Mode) async throws {
        try await withLifecycleFunction(mode, ["NOTES_OF_MAIN": "1"]) { server, notes in
            if mode == .snapStart {
                // Between the snapshot and the restore.
                await server.waitUntilInitialized()
            } else {
                try await server.expectEcho(of: "ready")
            }
            let process = try #require(server.processIdentifier)
            kill(process, SIGTERM)
            while server.exits.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            #expect(server.exits.map(\.status) == [.exited(code: 0)])
            #expect(notes().suffix(3) == ["second", "first", "main"])
        }
    }

    @Test("a function's descriptors are not inherited by the programs that it starts")
    func descriptors() async throws {
        try await withLifecycleFunction(.onDemand) { server, _ in
            try await server.expectEcho(of: "ready")
            let process = try #require(server.processIdentifier)
            let folder = "/proc/\(process)/fdinfo"
            let connections = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n")
                .compactMap { row in row.split(separator: " ").dropFirst(9).first.map(String.init) }
            var checked = 0
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                guard let number = Int(name), number > 2,
                    let target = try? FileManager.default.destinationOfSymbolicLink(
                        atPath: "/proc/\(process)/fd/\(name)"
                    ),
                    let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                else { continue }
                // libcurl's own pairs of sockets are nobody's business.
                guard target.hasPrefix("pipe:") || connections.contains(where: { target == "socket:[\($0)]" }) else {
                    continue
                }
                let flags = text.split(separator: "\n").first { $0.hasPrefix("flags:") }
                let octal = flags?.split(separator: "\t").last.flatMap { Int($0, radix: 8) } ?? 0
                #expect(octal & 0o2_000_000 != 0, "descriptor \(number): \(text)")
                checked += 1
            }
            // Both ends of the signal's pipe at least; connections have a test of their own.
            #expect(checked >= 2)
        }
    }

    @Test("after a restore the extension waits over a new connection, as the runtime does")
    func renewedExtension() async throws {
        let api = try ScriptedRuntimeAPI([.init("x", requestID: "a")]) { request, _ in
            switch request.path.lastPathComponent {
            case "register": .status(200, headers: [("Lambda-Extension-Identifier", "the-id")], body: "{}")
            case "next" where request.path.contains("extension"): .silence()
            case "next" where request.path.contains("restore"): .status(200)
            default: nil
            }
        }
        var runtime = LambdaRuntime { payload, _ in payload }
        // Without the watch over this process's own SIGTERM.
        runtime.options.prepareShutdown = { environment, log, _ in
            NoEventExtension.register(environment, log: log)?.renew
        }
        let ended = await run(runtime, on: api, ["AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"])
        #expect(ended != nil && api.posts.last?.text == "x")
        func waits() -> [ScriptedRuntimeAPI.Request] {
            api.requests.filter { $0.path == "/2020-01-01/extension/event/next" }
        }
        while waits().count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(Set(waits().map(\.connection)).count == 2)
        #expect(waits().allSatisfy { $0.headers["lambda-extension-identifier"] == "the-id" })
    }
}

@Suite("A function's own process on each kind of platform")
struct PlatformTests {
    @Test("snapstart: a real process runs its hooks round the restore, and each new one again")
    func snapStart() async throws {
        try await withLifecycleFunction(.snapStart) { server, notes in
            await server.waitUntilInitialized()
            #expect(notes() == ["snapshot"])
            for text in ["one", "two"] { try await server.expectEcho(of: text) }
            #expect(notes() == ["snapshot", "restored"])
            server.restart()
            try await server.expectEcho(of: "three")
            #expect(notes() == ["snapshot", "restored", "second", "first", "snapshot", "restored"])
        }
    }

    @Test("Managed Instances: a real process serves as many invocations at once as it is told to")
    func managedInstances() async throws {
        try await withLifecycleFunction(.managedInstances(concurrency: 5)) { server, notes in
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<5 { group.addTask { try await server.answer(to: "sleep 1000") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == [String](repeating: "sleep 1000", count: 5))
            #expect(notes().prefix(5) == ["begun", "begun", "begun", "begun", "begun"])
            #expect(server.exits.isEmpty)
        }
    }
}

extension RuntimeAPIServer {
    fileprivate func answer(to text: String) async throws -> String {
        try await invoke(Array(text.utf8)).text
    }

    fileprivate func expectEcho(of text: String) async throws {
        #expect(try await answer(to: text) == text)
    }
}

/// Serves the function that makes notes of what is done with it.
private func withLifecycleFunction(
    _ mode: RuntimeAPIServer.Mode,
    _ variables: [String: String] = [:],
    _ body: (RuntimeAPIServer, _ notes: () -> [String]) async throws -> Void
) async throws {
    let folder = try TemporaryFolder()
    let executable = Bundle.main.bundleURL.appendingPathComponent("LifecycleFunction").path
    var configuration = RuntimeAPIServer.Configuration(.process(executable: executable))
    configuration.mode = mode
    configuration.environment = variables.merging(["NOTES_FILE": folder.file("notes")]) { $1 }
    configuration.shutdownTimeLimit = .seconds(20)
    configuration.timeout = .seconds(30)
    try await RuntimeAPIServer.withServer(configuration) { server in
        try await body(server) {
            ((try? folder.read("notes")) ?? "").split(separator: "\n").map(String.init)
        }
    }
}

@Suite("What a function prints")
struct PrintedLinesTests {
    @Test("is in the log between START and END, though the process is killed in the end")
    func lines() async throws {
        let lines = Guarded<[String]>([])
        let executable = Bundle.main.bundleURL.appendingPathComponent("LifecycleFunction").path
        var configuration = RuntimeAPIServer.Configuration(.process(executable: executable))
        configuration.log = { line in lines.withLock { $0.append(line.text) } }
        try await RuntimeAPIServer.withServer(configuration) { server in
            var request = InvocationRequest(Array("print".utf8))
            request.completion = .release
            _ = try await server.invoke(request)
        }
        let log = lines.withLock { $0.map { $0.prefix { $0 != " " } } }
        #expect(log.prefix(3) == ["START", "printed", "END"])
    }
}

@Suite("The cause of an error for X-Ray")
struct ErrorCauseTests {
    struct Traced: LambdaErrorConvertible {
        var message = "m"
        var lambdaStackTrace: [String] = []
        var lambdaErrorMessage: String { message }
    }

    @Test("XRayCausePlumbing: type, message, frames, and each path once in the order in which they come")
    func frames() throws {
        let trace = ["inner() at /src/a.swift:12", "outer() at /src/b.swift:7", "main at /src/a.swift:1", "no place"]
        let cause = try #require(ErrorReport(Traced(lambdaStackTrace: trace)).xrayCause)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(cause.utf8)) as? [String: Any])
        #expect((document["working_directory"] as? String)?.hasPrefix("/") == true)
        #expect(document["paths"] as? [String] == ["/src/a.swift", "/src/b.swift"])
        let exceptions = try #require(document["exceptions"] as? [[String: Any]])
        #expect(exceptions.count == 1 && exceptions[0]["type"] as? String == "Function.Traced")
        let stack = try #require(exceptions[0]["stack"] as? [[String: Any]])
        #expect(stack.map { $0["label"] as? String } == ["inner()", "outer()", "main", "no place"])
        #expect(stack.map { $0["line"] as? Int } == [12, 7, 1, 0])
    }

    @Test("Node: a message with 0x7F, line breaks and NUL stays one header line, and valid JSON")
    func controlCharacters() async throws {
        let message = "a\u{7F}b\nc\r\nd\0e é"
        let api = try ScriptedRuntimeAPI([.init(requestID: "a")])
        _ = await run(LambdaRuntime { _, _ in throw Traced(message: message) }, on: api)
        let header = try #require(api.posts[0].headers["lambda-runtime-function-xray-error-cause"])
        #expect(!header.utf8.contains { $0 < 0x20 || $0 == 0x7F })
        let document = try #require(try JSONSerialization.jsonObject(with: Data(header.utf8)) as? [String: Any])
        let exceptions = try #require(document["exceptions"] as? [[String: Any]])
        #expect(exceptions[0]["message"] as? String == message)
    }

    @Test(
        "X-Ray header too long: it is dropped, and the error still posted",
        arguments: [(18_000, true), (21_845, false)]
    )
    func tooLong(frames: Int, isSent: Bool) async throws {
        // Cut to 64 KiB, this is 384 KiB in JSON, and each frame is 32 bytes more; a header may have 1008 KiB.
        let message = String(repeating: "\u{1}", count: 100_000)
        let trace = [String](repeating: "", count: frames)
        let api = try ScriptedRuntimeAPI([.init(requestID: "a"), .init("fine", requestID: "b")])
        let runtime = LambdaRuntime { payload, _ in
            guard payload == Array("fine".utf8) else { throw Traced(message: message, lambdaStackTrace: trace) }
            return payload
        }
        _ = await run(runtime, on: api)
        #expect(api.posts.map(\.path.lastPathComponent) == ["error", "response"])
        #expect(api.posts[0].body.count > 400_000)
        let cause = api.posts[0].headers["lambda-runtime-function-xray-error-cause"]
        #expect((cause != nil) == isSent)
        #expect(cause.map(\.utf8.count) ?? 1_000_000 > 900_000)
    }
}
