// The function's real process, or as many of them as invocations run at once.

import EventSourceMapping
import RuntimeAPIServer
import SharedState

/// Execution environments of one function: each is a process behind a Runtime API of its own.
actor FunctionPool: FunctionUnderTest {
    struct Command: Sendable {
        let executable: String
        let arguments: [String]
        let environment: [String: String]
        let name: String
        let memorySize: Int
        let timeout: Duration
    }

    private let command: Command
    private let log: FunctionLogFile?
    private var idle: [Environment] = []
    private var all: [Environment] = []

    /// Starts the first environment and waits until the function asks for an event.
    static func start(_ command: Command, log: FunctionLogFile?) async throws -> FunctionPool {
        let pool = FunctionPool(command, log)
        let first = try await pool.makeEnvironment()
        guard await first.isReady() else {
            let lines = first.lastLines
            await pool.stop()
            throw FunctionError.endedAtStart(executable: command.executable, lines: lines)
        }
        await pool.release(first)
        return pool
    }

    private init(_ command: Command, _ log: FunctionLogFile?) {
        self.command = command
        self.log = log
    }

    func outcome(
        of invocation: MappingInvocation,
        event: [UInt8],
        fault: FaultPlan.Fault?
    ) async -> EventSourceMapping.InvocationOutcome {
        if fault == .throttle { return .throttled }
        let environment: Environment
        do {
            environment = try await take()
        } catch {
            return .unavailable(reason: "\(error)")
        }
        let outcome = await environment.outcome(event, requestID: invocation.requestID, fault: fault)
        release(environment)
        return outcome
    }

    func restart() async {
        for environment in all { environment.restart() }
    }

    func stop() async {
        for environment in all { await environment.stop() }
        all = []
        idle = []
    }

    private func take() async throws -> Environment {
        if let environment = idle.popLast() { return environment }
        return try await makeEnvironment()
    }

    private func makeEnvironment() async throws -> Environment {
        let environment = try await Environment(command, log)
        all.append(environment)
        return environment
    }

    private func release(_ environment: Environment) { idle.append(environment) }
}

enum FunctionError: UserFacingError {
    case notStarted(executable: String, reason: String)
    case endedAtStart(executable: String, lines: [String])

    var description: String {
        switch self {
        case .notStarted(let executable, let reason):
            "\(executable) cannot be started: \(reason). Is it built? swift build --product <your function> puts it into "
                + ".build/debug."
        case .endedAtStart(let executable, let lines):
            "\(executable) ended before it asked for an event."
                + (lines.isEmpty ? " It logged nothing." : " Its last lines:\n  " + lines.joined(separator: "\n  "))
        }
    }
}
