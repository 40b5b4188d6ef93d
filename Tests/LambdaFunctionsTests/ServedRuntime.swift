// A runtime of this process, served by the strict local Runtime API, for as long as a test needs it.

import Logging
import RuntimeAPIServer

@testable import LambdaFunctions

/// Runs `runtime` against a server while `body` invokes it.
///
/// - Returns: what `body` made, and with which words the run ended; nil when it was only cancelled.
@discardableResult
func serving<Result: Sendable>(
    _ runtime: LambdaRuntime,
    mode: RuntimeAPIServer.Mode = .onDemand,
    variables: [String: String] = [:],
    log: LogPipe? = nil,
    configure: (inout RuntimeAPIServer.Configuration) -> Void = { _ in },
    _ body: @Sendable (RuntimeAPIServer) async throws -> Result
) async throws -> (result: Result, end: String?) {
    var configuration = RuntimeAPIServer.Configuration(.external)
    configuration.mode = mode
    configuration.timeout = .seconds(60)
    configure(&configuration)
    return try await RuntimeAPIServer.withServer(configuration) { server in
        let endpoint = server.endpoint
        let environment = FunctionEnvironment(publishesTraceID: false) { name in
            switch name {
            case "AWS_LAMBDA_RUNTIME_API": endpoint
            case "AWS_LAMBDA_LOG_LEVEL": variables[name] ?? (log == nil ? "FATAL" : "INFO")
            default: variables[name]
            }
        }
        let runtimeLog = RuntimeLog {
            guard let log else { return environment.makeLogger() }
            return Logger(label: "tests") { _ in
                LambdaLogHandler(
                    label: nil,
                    settings: environment.logSettings,
                    destination: LogDestination(descriptor: log.writing, framing: .lines)
                )
            }
        }
        // In a task of its own executor's: a loop blocks its thread, which the tests' tasks share.
        let thread = WorkerThread()
        precondition(thread.start())
        let run = Task(executorPreference: thread) {
            defer { thread.stop() }
            do {
                let retry = RetrySchedule(attempts: 40, firstPause: .milliseconds(1), longestPause: .milliseconds(50))
                try await runtime.run(in: environment, log: runtimeLog, retry: retry, on: thread)
                return String?.none
            } catch {
                return "\(error)"
            }
        }
        do {
            let result = try await body(server)
            run.cancel()
            return (result, await run.value)
        } catch {
            run.cancel()
            _ = await run.value
            throw error
        }
    }
}

extension InvocationOutcome {
    var text: String { String(decoding: payload, as: UTF8.self) }
}
