// One execution environment: the function's process behind a Runtime API.

import EventSourceMapping
import RuntimeAPIServer
import SharedState

/// Whether somebody waits for the end of a function's init phase.
private final class StartFlag: Sendable {
    let isUnderWay = Guarded(false)
    let isOutOfTime = Guarded(false)
}

struct Environment: Sendable {
    private let server: RuntimeAPIServer
    private let timeout: Duration
    private let start = StartFlag()

    init(_ command: FunctionPool.Command, _ log: FunctionLogFile?, _ errors: RecentErrors, _ interruption: Interruption)
        async throws
    {
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
        timeout = command.timeout
        do {
            server = try await RuntimeAPIServer.start(configuration)
        } catch {
            throw FunctionStartError(error, executable: command.executable)
        }
        interruption.onAbandonment { [server] in server.killProcess() }
        // Until it asks for its first event, there is no invocation that could come to its end.
        interruption.onRequest { [server, start] in
            if start.isUnderWay.withLock({ $0 }) { Task { await server.stop() } }
        }
    }

    /// Lambda's limit for the init phase.
    static let initializationLimit = Duration.seconds(10)

    enum Readiness {
        case ready, ended, outOfTime
    }

    /// Waits until the function asks for its first event, ends, or is out of time. An interruption ends it at once.
    func readiness(_ interruption: Interruption) async -> Readiness {
        start.isUnderWay.withLock { $0 = true }
        if interruption.isRequested { await server.stop() }
        let limit = Task { [server, start] in
            guard (try? await Task.sleep(for: Self.initializationLimit)) != nil else { return }
            start.isOutOfTime.withLock { $0 = true }
            await server.stop()
        }
        let isReady = await server.waitUntilInitialized()
        limit.cancel()
        start.isUnderWay.withLock { $0 = false }
        return isReady ? .ready : start.isOutOfTime.withLock { $0 } ? .outOfTime : .ended
    }

    var lastExit: FunctionExit? { server.exits.last }

    func outcome(_ event: [UInt8], requestID: String, fault: FaultPlan.Fault?) async
        -> EventSourceMapping.InvocationOutcome
    {
        switch fault {
        case nil, .throttle: return await deliver(event, requestID)
        case .duplicate:
            _ = await deliver(event, requestID)
            return await deliver(event, requestID)
        case .timeout:
            // Its work is done, and its response is lost; then the platform ends the process.
            _ = await deliver(event, requestID)
            server.restart()
            return .functionError(message: "a rehearsed timeout: the work was done, the response came too late")
        case .kill:
            async let response = deliver(event, requestID)
            try? await Task.sleep(for: .milliseconds(1))
            server.killProcess()
            _ = await response
            // It may have responded just before, and would die at the next event.
            server.restart()
            return .functionError(message: "a rehearsed crash: the process was killed")
        }
    }

    func restart() { server.restart() }

    func stop() async { await server.stop() }

    private func deliver(_ event: [UInt8], _ requestID: String) async -> EventSourceMapping.InvocationOutcome {
        var request = InvocationRequest(event)
        request.requestID = requestID
        do {
            let outcome = try await server.invoke(request)
            switch outcome.result {
            case .response(let response): return .response(response.payload)
            case .error(let error): return .functionError(message: ErrorText(error.type, document: error.payload).text)
            }
        } catch {
            switch error {
            case .payloadTooLarge: return .requestTooLarge
            case .throttled: return .throttled
            case .duplicateRequestID: return .unavailable(reason: "the batch is with the function already")
            case .cancelled, .serverStopped: return .unavailable(reason: "the simulation is ending")
            }
        }
    }
}
