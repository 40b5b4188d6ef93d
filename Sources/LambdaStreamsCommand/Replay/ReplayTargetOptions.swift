// Where replayed records go: a deployed function, a process on this machine, a file.

import AWSServices
import ArgumentParser
import RecordReplay

struct ReplayTargetOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "A deployed function, by name or ARN, or a file that each record is appended to as a line.",
            valueName: "function NAME | file PATH"
        )
    )
    var to: [String] = []

    @Option(help: ArgumentHelp("A version or an alias of --to function.", valueName: "name"))
    var qualifier: String?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("A variable of the local function; may be repeated.", valueName: "NAME=value")
    )
    var environment: [VariableText] = []

    @Flag(help: "Let the local function see this process's environment, AWS credentials included.")
    var inheritEnvironment = false

    @Option(help: ArgumentHelp("How long an invocation of the local function may take.", valueName: "30s"))
    var functionTimeout: DurationText?

    @Option(help: ArgumentHelp("The local function's own log; - for standard output.", valueName: "file"))
    var functionLog: String?

    @Argument(parsing: .postTerminator, help: ArgumentHelp(FunctionCommand.help, valueName: "function"))
    var executable: [String] = []

    enum Target: Equatable {
        case function(String)
        case file(String)
        case process([String])
    }

    /// nil where no target is named.
    var target: Target? {
        if !executable.isEmpty { return .process(executable) }
        guard to.count == 2 else { return nil }
        return to[0] == "function" ? .function(to[1]) : .file(to[1])
    }

    func validate() throws {
        if !to.isEmpty {
            guard executable.isEmpty else {
                throw ValidationError("Give either --to or a function behind --: the records go to one place.")
            }
            guard to.count == 2, ["function", "file"].contains(to[0]), !to[1].isEmpty else {
                throw ValidationError("--to takes \"function NAME\" or \"file PATH\".")
            }
        }
        if qualifier != nil, to.first != "function" {
            throw ValidationError("--qualifier needs --to function: it is a version or an alias of that.")
        }
        let ofProcess =
            environment.first.map { _ in "--env" } ?? (inheritEnvironment ? "--inherit-environment" : nil)
            ?? functionTimeout.map { _ in "--function-timeout" } ?? functionLog.map { _ in "--function-log" }
        if let ofProcess, executable.isEmpty {
            throw ValidationError("\(ofProcess) needs a local function behind --.")
        }
        try VariableText.validateEnvironment(environment)
    }
}
