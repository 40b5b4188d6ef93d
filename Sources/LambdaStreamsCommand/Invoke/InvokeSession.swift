// One run of `invoke`: the server, the events, and what is printed of both.

import Foundation
import RuntimeAPIServer
import SharedState

struct InvokeSession {
    private let command: InvokeCommand
    private let executable: String
    private let server: RuntimeAPIServer
    private let printer: InvocationPrinter

    /// Starts the function.
    init(_ command: InvokeCommand) async throws(InvokeError) {
        // A reader of ours that goes away must not leave the function behind.
        signal(SIGPIPE, SIG_IGN)
        self.command = command
        executable = command.command[0]
        printer = InvocationPrinter(format: command.output, showsLog: !command.noLog)
        var configuration = RuntimeAPIServer.Configuration(
            .process(executable: executable, arguments: Array(command.command.dropFirst()))
        )
        configuration.functionName = command.name
        configuration.memorySize = command.memorySize
        configuration.timeout = command.timeout.duration
        configuration.inheritsEnvironment = !command.cleanEnvironment
        configuration.environment = Dictionary(command.env.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        configuration.log = printer.log
        do {
            server = try await RuntimeAPIServer.start(configuration)
        } catch {
            throw InvokeError(error, executable: executable)
        }
    }

    /// - Returns: the exit code.
    func run(_ events: [[UInt8]]) async -> Int32 {
        let interruption = Interruption()
        let server = server
        interruption.onRequest { Task { await server.stop() } }
        let code: Int32
        do {
            if let port = command.serve {
                try await serve(at: port, until: interruption)
                code = 0
            } else {
                code = await send(events)
                if command.watch { await watch(events, until: interruption) }
            }
        } catch {
            printer.say("\(error)")
            code = CommandExit.badConfiguration.rawValue
        }
        await server.stop()
        return interruption.isRequested && !command.watch && command.serve == nil ? 130 : code
    }

    /// Sends every event as often as asked for.
    ///
    /// - Returns: 1 if one ended in an error.
    private func send(_ events: [[UInt8]]) async -> Int32 {
        var summary = InvocationSummary()
        let count = events.count * command.repeat
        for round in 0..<command.repeat {
            for (index, event) in events.enumerated() {
                var request = InvocationRequest(event)
                request.clientContext = command.clientContext
                request.tenantID = command.tenantID
                request.completion = .release
                do {
                    let outcome = try await server.invoke(request)
                    printer.print(outcome)
                    summary.add(outcome)
                    explain(outcome)
                } catch InvocationFailure.serverStopped {
                    return 130
                } catch {
                    printer.say(error.sentence)
                    summary.failureCount += 1
                }
                printer.progress(round * events.count + index + 1, of: count)
            }
        }
        if count > 1 { printer.say(summary.text) }
        return summary.errorCount + summary.failureCount > 0 ? 1 : 0
    }

    /// Says more about an end that its error leaves puzzling.
    private func explain(_ outcome: InvocationOutcome) {
        guard case .exited(let status)? = outcome.error?.cause, outcome.report.duration == .zero else { return }
        let lines = command.noLog ? server.exits.last?.lastLogLines ?? [] : []
        printer.say("\(executable) ended before it asked for an event: \(status)." + lines.quoted)
        if lines.isEmpty, status == .exited(code: 0) {
            printer.say("A function asks for events in LambdaRuntime(…).run(); is this one?")
        }
    }

    private func serve(at port: Int, until interruption: Interruption) async throws {
        let port = try await server.serveInvocations(port: port)
        let address = "http://127.0.0.1:\(port)"
        printer.say("Invoke is at \(address)/2015-03-31/functions/\(command.name)/invocations")
        printer.say("aws lambda invoke --endpoint-url \(address) --function-name \(command.name) out.json")
        let watch = ExecutableWatch(executable)
        while !interruption.isRequested {
            if await watch.change(until: interruption), command.watch { restart() }
        }
    }

    private func watch(_ events: [[UInt8]], until interruption: Interruption) async {
        let watch = ExecutableWatch(executable)
        printer.say("watching \(executable); end with Ctrl-C")
        while !interruption.isRequested {
            guard await watch.change(until: interruption) else { continue }
            restart()
            _ = await send(events)
        }
    }

    private func restart() {
        printer.say("\(executable) has changed: starting it anew")
        server.restart()
    }
}

extension [String] {
    fileprivate var quoted: String { isEmpty ? "" : " Its last lines:\n  " + joined(separator: "\n  ") }
}

extension InvocationFailure {
    fileprivate var sentence: String {
        switch self {
        case .payloadTooLarge(let count, let limit): "the event has \(count) bytes; Lambda takes at most \(limit)"
        case .throttled(let length): "\(length) invocations wait already"
        case .duplicateRequestID: "an invocation of this id runs already"
        case .cancelled, .serverStopped: "the invocation was given up"
        }
    }
}

/// Why the function is not running.
struct InvokeError: UserFacingError {
    let description: String

    init(_ error: RuntimeAPIServer.StartError, executable: String) {
        guard case .notExecutable(let path, let reason) = error else {
            description = "\(error)."
            return
        }
        let isBuilt = FileManager.default.fileExists(atPath: path)
        let isProduct = path.contains(".build/")
        let product = path.split(separator: "/").last.map(String.init) ?? path
        description =
            switch (isBuilt, isProduct) {
            case (false, true): "there is no \(executable): is it built? swift build --product \(product)"
            case (false, false): "there is no \(executable): give the path of the function's executable."
            case (true, _): "\(executable) cannot be run: \(reason)."
            }
    }
}
