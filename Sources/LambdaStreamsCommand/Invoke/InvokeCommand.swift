// `lambda-streams invoke`: runs a function against events, or serves it to AWS's SDKs.

import ArgumentParser
import Foundation
import RuntimeAPIServer

struct InvokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoke",
        abstract: "Run a function against events, as Lambda would.",
        discussion: """
            The response goes to standard output, the function's log to standard error. Of the log of one invocation, the
            first 8 MiB are shown.

            EXAMPLES
              lambda-streams invoke -- .build/debug/OrderProjector
              lambda-streams invoke -- python3 function.py
              lambda-streams invoke --event bad.json --timeout 3s -- ./bootstrap
              lambda-streams generate-event --count 10 \\
                | lambda-streams invoke --event - --env TABLE=orders -- ./bootstrap
              lambda-streams invoke --serve 9000 --watch -- ./bootstrap
              curl -d '{"Records":[]}' \\
                http://127.0.0.1:9000/2015-03-31/functions/function/invocations

            \(CommandExit.help(of: .invoke))
            """
    )

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A file with an event, or - for standard input; may be repeated. Each of several JSON lines is an event. "
                + "Records alone, in an array or on lines, are one event. Without a file: an event without records.",
            valueName: "file"
        )
    )
    var event: [String] = []

    @Option(help: ArgumentHelp("How long an invocation may take.", valueName: "3s"))
    var timeout = DurationText(.seconds(30))
    @Option(help: ArgumentHelp("Send the events this many times.", valueName: "n")) var `repeat` = 1
    @Option(help: ArgumentHelp("An environment variable of the function; may be repeated.", valueName: "name=value"))
    var env: [VariableText] = []
    @Flag(help: "Let the function see this process's environment, AWS credentials included.")
    var inheritEnvironment = false
    @Option(help: "The function's name.") var name = "function"
    @Option(help: ArgumentHelp("What the function has, in MB; reported, not enforced.", valueName: "MB"))
    var memorySize = 128
    @Option(help: ArgumentHelp("A client context, as the function sees it.", valueName: "json"))
    var clientContext: String?
    @Option(help: ArgumentHelp("A tenant.", valueName: "id")) var tenantID: String?
    @Option(help: ArgumentHelp("Offer AWS's Invoke at that port of loopback, until interrupted.", valueName: "port"))
    var serve: Int?
    @Flag(help: "Start the function again, and send the events again, when its executable or its script changes.")
    var watch = false
    @Flag(name: .long, help: "Do not show the function's log.") var noLog = false
    @Option(help: "How responses are printed: text, or json with one line for each invocation.")
    var output = OutputFormat.text

    @Argument(parsing: .postTerminator, help: ArgumentHelp(FunctionCommand.help, valueName: "function"))
    var command: [String]

    func validate() throws {
        try VariableText.validateEnvironment(env)
        guard (1...10_000_000).contains(`repeat`) else { throw ValidationError("--repeat takes 1 to 10000000.") }
        guard (1...10240).contains(memorySize) else { throw ValidationError("--memory-size takes 1 to 10240.") }
        if let serve {
            guard (0...65535).contains(serve) else { throw ValidationError("--serve takes a port, 0 for a free one.") }
            guard event.isEmpty, `repeat` == 1 else {
                throw ValidationError("--serve takes its events over HTTP: leave --event and --repeat out.")
            }
        }
    }

    func run() async throws {
        try await CommandExit.reporting {
            let events = serve == nil ? try EventFile.events(of: event) : []
            try await InvokeSession(self).run(events).exit()
        }
    }
}
