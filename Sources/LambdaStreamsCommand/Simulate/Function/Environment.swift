// One execution environment: the function's process behind a Runtime API.

import EventSourceMapping
import RuntimeAPIServer
import SharedState

/// Whether the function has asked for an event in this run, in any environment.
final class FunctionStart: Sendable {
    private let asked = Guarded(false)

    var hasAskedForEvent: Bool { asked.withLock { $0 } }

    func noteAsking() { asked.withLock { $0 = true } }
}

struct Environment: Sendable {
    private let server: RuntimeAPIServer
    private let executable: String
    private let timeout: Duration
    private let start: FunctionStart

    init(
        _ command: FunctionPool.Command,
        _ log: FunctionLogFile?,
        _ errors: RecentErrors,
        _ start: FunctionStart,
        _ interruption: Interruption
    ) async throws {
        var configuration = RuntimeAPIServer.Configuration(
            .process(executable: command.executable, arguments: command.arguments)
        )
        configuration.functionName = command.name
        configuration.memorySize = command.memorySize
        configuration.timeout = command.timeout
        configuration.environment = command.environment
        configuration.inheritsEnvironment = command.inheritsEnvironment
        configuration.log = { line in
            log?.append(line.text)
            errors.note(line)
        }
        executable = command.executable
        timeout = command.timeout
        self.start = start
        do {
            server = try await RuntimeAPIServer.start(configuration)
        } catch {
            throw FunctionStartError(error, executable: command.executable)
        }
        interruption.onAbandonment { [server] in server.killProcess() }
        // Before it asks for its first event, there is no invocation to wait for.
        interruption.onRequest { [server, start] in
            if !start.hasAskedForEvent { Task { await server.stop() } }
        }
    }

    /// Waits until the function asks for its first event. An interruption ends it at once.
    ///
    /// - Throws: why it ended before it asked. A function whose init exceeded its limit is not a failure: like Lambda,
    ///   the server repeats the init within the first invocation.
    func waitUntilReady() async throws(FunctionStartError) {
        if await server.waitUntilInitialized() { return start.noteAsking() }
        if server.initializationError?.isInitializationTimeout == true { return }
        guard let exit = server.exits.last else { throw .notStarted(executable: executable) }
        throw .ended(executable: executable, exit, isLogShown: false)
    }

    /// Runs one invocation, with its fault if it has one.
    ///
    /// - Throws: if the function has not asked for an event within its time.
    func outcome(
        _ event: [UInt8],
        requestID: String,
        fault: FaultPlan.Fault?
    ) async throws(FunctionStartError) -> EventSourceMapping.InvocationOutcome {
        switch fault {
        case nil, .throttle: return try await deliver(event, requestID)
        case .duplicate:
            _ = try await deliver(event, requestID)
            return try await deliver(event, requestID)
        case .timeout:
            // The work is done and the response is lost. Then the platform ends the process.
            _ = try await deliver(event, requestID)
            server.restart()
            return .functionError(message: "a rehearsed timeout: the work was done, the response came too late")
        case .kill:
            async let killing: Void = kill()
            _ = try await deliver(event, requestID)
            await killing
            // It may have responded just before, and would otherwise end at the next event.
            server.restart()
            return .functionError(message: "a rehearsed crash: the process was killed")
        }
    }

    private func kill() async {
        try? await Task.sleep(for: .milliseconds(1))
        server.killProcess()
    }

    func restart() { server.restart() }

    func stop() async { await server.stop() }

    private func deliver(
        _ event: [UInt8],
        _ requestID: String
    ) async throws(FunctionStartError) -> EventSourceMapping.InvocationOutcome {
        var request = InvocationRequest(event)
        request.requestID = requestID
        let (result, neverAsked): (InvocationResult, Bool)
        do {
            let outcome = try await server.invoke(request)
            (result, neverAsked) = (outcome.result, outcome.neverAskedForEvent)
        } catch {
            switch error {
            case .payloadTooLarge: return .requestTooLarge
            case .throttled: return .throttled
            case .duplicateRequestID: return .unavailable(reason: "the batch is with the function already")
            case .cancelled, .serverStopped: return .unavailable(reason: "the simulation is ending")
            }
        }
        switch result {
        case .response(let response):
            start.noteAsking()
            return .response(response.payload)
        case .error(let error):
            if neverAsked, !start.hasAskedForEvent {
                throw .neverAsked(executable: executable, timeout: timeout)
            }
            return .functionError(message: ErrorText(error.type, document: error.payload).text)
        }
    }
}
