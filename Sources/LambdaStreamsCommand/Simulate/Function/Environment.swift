// One execution environment: the function's process behind a Runtime API.

import EventSourceMapping
import RuntimeAPIServer
import SharedState

struct Environment: Sendable {
    private let server: RuntimeAPIServer
    private let timeout: Duration

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
    }

    func isReady() async -> Bool { await server.waitUntilInitialized() }

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
            // Its work is done, and nobody hears of it; then the platform ends the process.
            _ = await deliver(event, requestID)
            server.restart()
            return .functionError(message: "a rehearsed timeout: the work was done, the answer came too late")
        case .kill:
            async let answer = deliver(event, requestID)
            try? await Task.sleep(for: .milliseconds(1))
            server.killProcess()
            _ = await answer
            // It may have answered just before, and would die at the next event.
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
