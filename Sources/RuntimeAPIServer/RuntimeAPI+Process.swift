// Starting the function's process, and reporting its end to the environment.

internal import SharedState

extension RuntimeAPI {
    func spawn(_ generation: Int) {
        guard case .process(_, let arguments, let workingDirectory) = configuration.function else {
            return
        }
        do {
            let process = try FunctionProcess(
                path: executablePath,
                arguments: arguments,
                workingDirectory: workingDirectory,
                environment: processVariables,
                lines: { [log] in log.function($0, $1) }
            )
            state.withLock { $0.process = process }
            process.wait { [self] status, processorTime in
                let exit = FunctionExit(
                    status: status,
                    processorTime: processorTime,
                    maximumMemoryUsed: process.peakResidentMemory,
                    lastLogLines: log.lastFunctionLines
                )
                state.withLock { state in
                    state.process = nil
                    state.exits.append(exit)
                    if state.exits.count > Self.maximumExitCount { state.exits.removeFirst() }
                }
                update { $0.processExited(generation: generation, status, $1) }
            }
        } catch {
            update { $0.processFailed(generation: generation, reason: error.reason, $1) }
        }
    }

    /// After a snapshot, credentials are available from their endpoint only.
    private var processVariables: [String: String] {
        var variables = functionVariables
        if configuration.mode == .snapStart {
            for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] { variables[name] = nil }
        }
        return variables
    }

    private static let maximumExitCount = 100

    func killProcess() { state.withLock { $0.process }?.signal(.kill) }
}
