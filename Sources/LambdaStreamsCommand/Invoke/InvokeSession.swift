// One run of `invoke`: the server, the events and the output.

import Foundation
import RuntimeAPIServer

struct InvokeSession {
    private let command: InvokeCommand
    private let executable: String
    private let server: RuntimeAPIServer
    private let printer: InvocationPrinter
    private let interruption: Interruption
    private let executableWatch: ExecutableWatch

    /// Starts the function.
    init(_ command: InvokeCommand) async throws(FunctionStartError) {
        // The function must not outlive this command if a reader of its output closes the pipe.
        signal(SIGPIPE, SIG_IGN)
        // Before the function starts, so that this process does not end without ending the function.
        let interruption = Interruption()
        self.interruption = interruption
        self.command = command
        executable = command.command[0]
        printer = InvocationPrinter(format: command.output, showsLog: !command.noLog, interruption)
        // Before the function starts, so that no change is missed.
        executableWatch = ExecutableWatch(command.command)
        var configuration = RuntimeAPIServer.Configuration(
            .process(executable: executable, arguments: Array(command.command.dropFirst()))
        )
        configuration.functionName = command.name
        configuration.memorySize = command.memorySize
        configuration.timeout = command.timeout.duration
        configuration.inheritsEnvironment = command.inheritEnvironment
        configuration.environment = VariableText.dictionary(command.env)
        configuration.log = printer.log
        do {
            server = try await RuntimeAPIServer.start(configuration)
        } catch {
            throw FunctionStartError(error, executable: executable)
        }
        interruption.onRequest { [server] in Task { await server.stop() } }
        interruption.onAbandonment { [server] in server.killProcess() }
    }

    func run(_ events: [[UInt8]]) async throws(FunctionStartError) -> CommandExit {
        var exit = CommandExit.done
        if let port = command.serve {
            do {
                try await serve(at: port)
            } catch {
                await server.stop()
                throw FunctionStartError(error, executable: executable)
            }
        } else if command.watch {
            await watch(events)
        } else {
            exit = await send(events)
        }
        await server.stop()
        return exit
    }

    /// Sends every event `--repeat` times.
    private func send(_ events: [[UInt8]]) async -> CommandExit {
        await server.runBesideConnections { await sendInTurn(events) }
    }

    private func sendInTurn(_ events: [[UInt8]]) async -> CommandExit {
        var summary = InvocationSummary()
        var progress = ProgressLine(.standardError, isOn: printer.showsProgress)
        let count = events.count * command.repeat
        for round in 0..<command.repeat {
            for (index, event) in events.enumerated() {
                var request = InvocationRequest(event)
                request.clientContext = command.clientContext
                request.tenantID = command.tenantID
                request.completion = .release
                do {
                    let outcome = try await server.invoke(request)
                    let startError = startError(outcome)
                    if outcome.error != nil { progress.clear() }
                    printer.print(outcome)
                    summary.add(outcome, hasStarted: startError == nil)
                    if let startError { printer.say("\(startError)") }
                } catch InvocationFailure.serverStopped {
                    progress.clear()
                    let done = round * events.count + index
                    if count > 1 { printer.say("interrupted after \(done) of \(count) events") }
                    return .interrupted
                } catch {
                    progress.clear()
                    printer.print(error)
                    summary.addRefused()
                }
                progress.show("\(round * events.count + index + 1) of \(count)")
            }
        }
        progress.clear()
        if count > 1 { printer.say(summary.text) }
        return summary.exit
    }

    /// Why the event did not reach the function.
    private func startError(_ outcome: InvocationOutcome) -> FunctionStartError? {
        switch outcome.error?.cause {
        case .notStarted?: .notStarted(executable: executable)
        case .timedOut? where outcome.neverAskedForEvent:
            .neverAsked(executable: executable, timeout: command.timeout.duration)
        case .exited? where outcome.report.duration == .zero:
            server.exits.last.map { .ended(executable: executable, $0, isLogShown: printer.showsLog) }
        case .initialization?:
            .failedInit(
                executable: executable,
                reason: ErrorText(outcome.error?.type ?? "", document: outcome.payload).text
            )
        default: nil
        }
    }

    private func serve(at port: Int) async throws(RuntimeAPIServer.StartError) {
        let port = try await server.serveInvocations(port: port)
        let address = "http://127.0.0.1:\(port)"
        printer.say("Invoke is at \(address)/2015-03-31/functions/\(command.name)/invocations; end with Ctrl-C")
        printer.say("aws lambda invoke --endpoint-url \(address) --function-name \(command.name) out.json")
        while await executableWatch.change(until: interruption) {
            if command.watch { restart() }
        }
    }

    private func watch(_ events: [[UInt8]]) async {
        repeat {
            guard await send(events) != .interrupted else { return }
            printer.say("watching \(executable); end with Ctrl-C")
            guard await executableWatch.change(until: interruption) else { return }
            restart()
        } while true
    }

    private func restart() {
        printer.say("\(executable) has changed: starting it again")
        server.restart()
    }
}
