// The function's processes, one for each concurrent invocation.

import EventSourceMapping
import RuntimeAPIServer
import SharedState

/// Ctrl-C came before the function asked for its first event.
struct InterruptedStart: Error {}

/// Execution environments of one function: each is a process behind its own Runtime API.
actor FunctionPool: FunctionUnderTest {
    struct Command: Sendable {
        let executable: String
        let arguments: [String]
        let environment: [String: String]
        /// Whether the function inherits this process's environment, credentials included.
        let inheritsEnvironment: Bool
        let name: String
        let memorySize: Int
        let timeout: Duration
    }

    private let command: Command
    private let log: FunctionLogFile?
    private let errors = RecentErrors()
    private let start = FunctionStart()
    private let interruption: Interruption
    private var idle: [Environment] = []
    private var all: [Environment] = []

    /// Starts the first environment and waits until the function asks for an event, or exceeds the init limit.
    static func start(
        _ command: Command,
        log: FunctionLogFile?,
        _ interruption: Interruption
    ) async throws -> FunctionPool {
        let pool = FunctionPool(command, log, interruption)
        let first = try await pool.makeEnvironment()
        do throws(FunctionStartError) {
            try await first.waitUntilReady()
        } catch {
            await pool.stop()
            if interruption.isRequested { throw InterruptedStart() }
            throw error
        }
        await pool.release(first)
        return pool
    }

    private init(_ command: Command, _ log: FunctionLogFile?, _ interruption: Interruption) {
        self.command = command
        self.log = log
        self.interruption = interruption
    }

    func outcome(
        of invocation: MappingInvocation,
        event: [UInt8],
        fault: FaultPlan.Fault?
    ) async throws(FunctionStartError) -> EventSourceMapping.InvocationOutcome {
        if fault == .throttle { return .throttled }
        return try await outcome(of: event, requestID: invocation.requestID, fault: fault)
    }

    /// Runs one invocation in an idle environment, or in a new one.
    func outcome(
        of event: [UInt8],
        requestID: String,
        fault: FaultPlan.Fault? = nil
    ) async throws(FunctionStartError) -> EventSourceMapping.InvocationOutcome {
        let environment: Environment
        do {
            environment = try await take()
        } catch {
            return .unavailable(reason: "\(error)")
        }
        defer { release(environment) }
        return try await environment.outcome(event, requestID: requestID, fault: fault)
    }

    /// The last errors that the function has logged.
    var loggedErrors: [String] { errors.lines }

    func restart() async {
        for environment in all { environment.restart() }
    }

    /// Ends the processes, and then the log, whose last lines come with their end.
    ///
    /// - Returns: why the log is incomplete.
    @discardableResult
    func stop() async -> OutputError? {
        for environment in all { await environment.stop() }
        all = []
        idle = []
        return log?.close()
    }

    private func take() async throws -> Environment {
        if let environment = idle.popLast() { return environment }
        return try await makeEnvironment()
    }

    private func makeEnvironment() async throws -> Environment {
        let environment = try await Environment(command, log, errors, start, interruption)
        all.append(environment)
        return environment
    }

    private func release(_ environment: Environment) { idle.append(environment) }
}
