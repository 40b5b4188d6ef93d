// Several invocations at once, as Lambda Managed Instances send them.

import Foundation
import HTTPScripting
import Logging
import RuntimeAPIServer
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("Managed Instances")
struct ManagedInstancesTests {
    @Test("Concurrency: each of many invocations has its own answer, and as many run at once as there are loops")
    func concurrency() async throws {
        let running = Guarded<(now: Int, most: Int)>((0, 0))
        let runtime = LambdaRuntime { payload, _ in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            try await Task.sleep(for: .milliseconds(5))
            running.withLock { $0.now -= 1 }
            return payload
        }
        try await managed(runtime, concurrency: 5) { server in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask { try await server.invoke(Array("\(number)".utf8)).text == "\(number)" }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
        #expect(running.withLock { $0.most } == 5)
    }

    @Test("structured_logging_isolation: the lines of invocations that run at once each carry their own request id")
    func logIsolation() async throws {
        let pipe = LogPipe()
        let runtime = LambdaRuntime { payload, context in
            let name = String(decoding: payload, as: UTF8.self)
            context.logger.info("\(name)")
            await Task.yield()
            try await Task.sleep(for: .milliseconds(1))
            #expect(LambdaContext.current?.requestID == context.requestID)
            async let child = LambdaContext.current?.requestID
            #expect(await child == context.requestID)
            context.logger.info("\(name)")
            return Array(context.requestID.utf8)
        }
        let byName = try await managed(runtime, concurrency: 8, log: pipe) { server in
            try await withThrowingTaskGroup(of: (String, String).self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let outcome = try await server.invoke(Array("event-\(number)".utf8))
                        return ("event-\(number)", outcome.text)
                    }
                }
                return try await group.reduce(into: [String: String]()) { $0[$1.0] = $1.1 }
            }
        }
        let lines = pipe.finishedLines()
        #expect(lines.count == 600)
        for line in lines {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let message = try #require(object["message"] as? String)
            #expect(object["requestId"] as? String == byName[message])
        }
    }

    @Test("MI rie_test: a late answer gets 410, costs nothing, and the handler that was late is not ended")
    func lateAnswer() async throws {
        let finished = Guarded(0)
        let pipe = LogPipe()
        let runtime = LambdaRuntime { payload, _ in
            if payload == [1] { try await Task.sleep(for: .seconds(2)) }
            finished.withLock { $0 += 1 }
            return payload
        }
        try await managed(runtime, concurrency: 2, log: pipe) { server in
            var request = InvocationRequest([1])
            request.timeout = .seconds(1)
            let late = try await server.invoke(request)
            #expect(late.error?.cause == .timedOut)
            for byte in UInt8(2)...9 {
                let outcome = try await server.invoke([byte])
                #expect(outcome.payload == [byte])
            }
            while finished.withLock({ $0 }) < 9 { try await Task.sleep(for: .milliseconds(20)) }
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(pipe.finishedLines().contains { $0.contains("came after the invocation had timed out") })
    }

    @Test(
        "what ends one loop ends the run, after the invocations under way: the process must not serve with fewer",
        arguments: [500, 403]
    )
    func oneLoopEnds(status: Int) async throws {
        // One loop has an event, one receives a status that ends the run, and the others wait without a response.
        let began = Guarded(false)
        let server = try ScriptedServer { request in
            guard request.path.hasSuffix("/next") else { return .status(202) }
            switch request.connection {
            case 0:
                return request.connectionIsNew
                    ? .status(200, headers: [("Lambda-Runtime-Aws-Request-Id", "a")], body: "{}") : .silence()
            case 1:
                while !began.withLock({ $0 }) { usleep(1000) }
                return .status(status)
            default: return .silence()
            }
        }
        defer { server.stop() }
        let pipe = LogPipe()
        let runtime = LambdaRuntime { payload, _ in
            began.withLock { $0 = true }
            try await Task.sleep(for: .milliseconds(20))
            return payload
        }
        let end = await runManaged(runtime, endpoint: server.endpoint, "4", log: pipe)
        #expect(end?.contains("with \(status), which it calls not recoverable") == true, "\(end ?? "")")
        #expect(server.requests.filter { $0.method == "POST" }.map(\.path.lastPathComponent) == ["response"])
        #expect(pipe.finishedLines().filter { $0.contains("has failed, so the process ends") }.count == 1)
    }

    @Test(
        "a value that is no number of invocations is said so, and one at a time are served",
        arguments: ["many", "0", "-3", "99999999999999999999", "1.5"]
    )
    func unparsable(value: String) async throws {
        let pipe = LogPipe()
        let api = try ScriptedRuntimeAPI((0..<3).map { .init("\($0)", requestID: "\($0)") })
        defer { api.stop() }
        _ = await runManaged(LambdaRuntime { payload, _ in payload }, endpoint: api.endpoint, value, log: pipe)
        #expect(api.posts.map(\.text) == ["0", "1", "2"])
        #expect(Set(api.requests.map(\.connection)) == [0])
        #expect(pipe.finishedLines().contains { $0.contains("AWS_LAMBDA_MAX_CONCURRENCY is") })
    }

    @Test("trace id: under concurrency the process-wide variable is left alone")
    func traceVariable() {
        let names = ["AWS_LAMBDA_MAX_CONCURRENCY": "2"]
        #expect(!FunctionEnvironment(publishesTraceID: true) { names[$0] }.publishesTraceID)
        #expect(FunctionEnvironment(publishesTraceID: true) { _ in nil }.publishesTraceID)
    }

    @discardableResult
    private func managed<Result: Sendable>(
        _ runtime: LambdaRuntime,
        concurrency: Int,
        log: LogPipe? = nil,
        configure: (inout RuntimeAPIServer.Configuration) -> Void = { _ in },
        _ body: @Sendable (RuntimeAPIServer) async throws -> Result
    ) async throws -> Result {
        try await serving(
            runtime,
            mode: .managedInstances(concurrency: concurrency),
            variables: ["AWS_LAMBDA_MAX_CONCURRENCY": "\(concurrency)"],
            log: log,
            configure: configure,
            body
        ).result
    }

    private func runManaged(_ runtime: LambdaRuntime, endpoint: String, _ concurrency: String, log: LogPipe) async
        -> String?
    {
        let environment = FunctionEnvironment(publishesTraceID: false) { name in
            ["AWS_LAMBDA_RUNTIME_API": endpoint, "AWS_LAMBDA_MAX_CONCURRENCY": concurrency][name]
        }
        let handler = LambdaLogHandler(
            label: nil,
            settings: environment.logSettings,
            destination: LogDestination(descriptor: log.writing, framing: .lines)
        )
        do {
            try await runtime.run(in: environment, log: RuntimeLog(Logger(label: "tests") { _ in handler }))
            return nil
        } catch {
            return "\(error)"
        }
    }
}
