// The runtime in a service group.

#if ServiceLifecycle
import Foundation
import HTTPScripting
import Logging
import ServiceLifecycle
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("A runtime as a service")
struct ServiceTests {
    typealias Reply = ScriptedRuntimeAPI.Reply

    /// Serves one event, then none until the client goes.
    private static func api(_ events: [String]) throws -> ScriptedRuntimeAPI {
        let events = events.enumerated().map { ScriptedRuntimeAPI.Event($1, requestID: "\($0)") }
        return try ScriptedRuntimeAPI(events) { request, earlier in
            if request.path.hasSuffix("/extension/register") {
                return .status(200, headers: [("Lambda-Extension-Identifier", "the-id")], body: "{}")
            }
            if request.path.hasSuffix("/event/next") { return .silence() }
            return request.path.hasSuffix("/invocation/next") && earlier >= events.count ? .silence() : nil
        }
    }

    /// A runtime in the place where the process's environment would stand.
    private struct Served: Service {
        let runtime: LambdaRuntime
        let api: ScriptedRuntimeAPI
        var grace = ShutdownHooks.timeForResponses
        var variables: [String: String] = [:]

        func run() async throws {
            let environment = FunctionEnvironment(publishesTraceID: false) { name in
                name == "AWS_LAMBDA_RUNTIME_API" ? api.endpoint : variables[name]
            }
            var logger = Logger(label: "tests")
            logger.logLevel = .critical
            try await runtime.runAsService(in: environment, log: RuntimeLog(logger), grace: grace)
        }
    }

    private struct Beside: Service {
        let body: @Sendable () async throws -> Void
        func run() async throws { try await body() }
    }

    private func group(_ services: [any Service]) -> ServiceGroup {
        ServiceGroup(services: services, logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs `services` in a group that is shut down once `condition` holds.
    private func run(_ services: [any Service], until condition: () -> Bool) async throws {
        let group = group(services)
        async let end: Void = group.run()
        try await until(condition)
        await group.triggerGracefulShutdown()
        try await end
    }

    /// An echo that goes on until the group shuts down, and says when it is called.
    private func echo(onCall: @escaping @Sendable () -> Void) -> LambdaRuntime {
        LambdaRuntime { payload, _ in
            onCall()
            while !Task.isShuttingDownGracefully { try await Task.sleep(for: .milliseconds(1)) }
            try await Task.sleep(for: .milliseconds(20))
            return payload
        }
    }

    @Test("it is a service, and a group that ends lets it end before what is named before it")
    func order() async throws {
        let _: any Service = LambdaRuntime { payload, _ in payload }
        let api = try Self.api(["first"])
        defer { api.stop() }
        let order = Guarded<[String]>([])
        let runtime = LambdaRuntime { payload, _ in payload }
            .onShutdown { order.withLock { $0.append("first hook") } }
            .onShutdown { order.withLock { $0.append("last hook") } }
        let database = Beside {
            try await gracefulShutdown()
            order.withLock { $0.append("database") }
        }
        try await run([database, Served(runtime: runtime, api: api)]) { hasAnswered(api) }
        #expect(order.withLock { $0 } == ["last hook", "first hook", "database"])
    }

    @Test("an invocation that is under way is finished and answered, and no other is asked for")
    func finished() async throws {
        let api = try Self.api(["first"])
        defer { api.stop() }
        let isCalled = Guarded(false)
        let runtime = echo { isCalled.withLock { $0 = true } }
        let service = Served(runtime: runtime, api: api, grace: .seconds(60))
        try await run([service]) { isCalled.withLock { $0 } }
        #expect(api.posts.last?.path.hasSuffix("/invocation/0/response") == true)
        #expect(api.posts.last?.text == "first")
        #expect(askings(api) == 1)
    }

    @Test("one that goes on is cancelled after its time, and its error is reported")
    func cancelled() async throws {
        let api = try Self.api(["first"])
        defer { api.stop() }
        let isCalled = Guarded(false)
        let runtime = LambdaRuntime { payload, _ in
            isCalled.withLock { $0 = true }
            try await Task.sleep(for: .seconds(600))
            return payload
        }
        let service = Served(runtime: runtime, api: api, grace: .milliseconds(20))
        try await run([service]) { isCalled.withLock { $0 } }
        #expect(api.posts.last?.path.hasSuffix("/invocation/0/error") == true)
        #expect(api.posts.last?.headers["lambda-runtime-function-error-type"] == "Function.CancellationError")
    }

    @Test("several loops at once all end, whether they wait or handle")
    func concurrent() async throws {
        let api = try Self.api(["first"])
        defer { api.stop() }
        let isCalled = Guarded(false)
        let service = Served(
            runtime: echo { isCalled.withLock { $0 = true } },
            api: api,
            grace: .seconds(60),
            variables: ["AWS_LAMBDA_MAX_CONCURRENCY": "4"]
        )
        try await run([service]) { isCalled.withLock { $0 } && askings(api) == 4 }
        #expect(api.posts.last?.text == "first")
    }

    @Test("a group that fails cancels it, and no hook runs")
    func groupFails() async throws {
        struct Failure: Error {}
        let api = try Self.api(["first"])
        defer { api.stop() }
        let hookRan = Guarded(false)
        let runtime = LambdaRuntime { payload, _ in payload }.onShutdown { hookRan.withLock { $0 = true } }
        let failing = Beside {
            try await until { hasAnswered(api) }
            throw Failure()
        }
        await #expect(throws: Failure.self) {
            try await group([failing, Served(runtime: runtime, api: api)]).run()
        }
        #expect(!hookRan.withLock { $0 })
    }

    @Test("the extension that brings the notice is registered without hooks too, before the first event")
    func registered() async throws {
        let api = try Self.api(["first"])
        defer { api.stop() }
        try await run([Served(runtime: LambdaRuntime { payload, _ in payload }, api: api)]) { hasAnswered(api) }
        #expect(api.requests.first?.path == "/2020-01-01/extension/register")
    }

    @Test("waiting for an event blocks none of the threads that the group's services share")
    func ownThread() async throws {
        // As many groups as there could be threads: their services get on while every runtime waits.
        let apis = try (0..<ProcessInfo.processInfo.activeProcessorCount + 2).map { _ in try Self.api([]) }
        defer { for api in apis { api.stop() } }
        let runtime = LambdaRuntime { payload, _ in payload }
        try await run(apis.map { Served(runtime: runtime, api: $0) }) { apis.allSatisfy { askings($0) == 1 } }
    }

    @Test("SIGTERM: a real function ends its handler, runs its hooks, closes what is beside it and ends with 0")
    func process() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("service-\(UUID()).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        for (event, handled) in [("echo", []), ("wait", ["handling", "cancelled by the shutdown"])] {
            let api = try Self.api([event])
            defer { api.stop() }
            try? FileManager.default.removeItem(at: file)
            let function = Process()
            function.executableURL = Bundle.main.bundleURL.appendingPathComponent("ServiceFunction")
            function.environment = ["AWS_LAMBDA_RUNTIME_API": api.endpoint, "SERVICE_FILE": file.path]
            try function.start()
            defer { if function.isRunning { function.terminate() } }
            let notes = {
                (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n").map(String.init) ?? []
            }
            try await until {
                event == "wait"
                    ? notes() == ["handling"]
                    : askings(api) == 2
            }
            let began = ContinuousClock.now
            kill(function.processIdentifier, SIGTERM)
            try await until { !function.isRunning }
            #expect(function.terminationReason == .exit && function.terminationStatus == 0)
            #expect(notes() == handled + ["hook", "database closed", "group ended"])
            print("a function that was to \(event) ended \(ContinuousClock.now - began) after SIGTERM")
        }
    }
}

private func hasAnswered(_ api: ScriptedRuntimeAPI) -> Bool {
    api.posts.contains { $0.path.hasSuffix("/response") }
}

/// How often the next event was asked for.
private func askings(_ api: ScriptedRuntimeAPI) -> Int {
    api.requests.filter { $0.path.hasSuffix("/invocation/next") }.count
}

/// Waits until `condition` holds; fails after half a minute.
private func until(_ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while !condition() {
        try #require(ContinuousClock.now < deadline)
        try await Task.sleep(for: .milliseconds(2))
    }
}
#endif
