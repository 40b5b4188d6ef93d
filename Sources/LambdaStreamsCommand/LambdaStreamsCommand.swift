// The command `lambda-streams`, a tool for developers that is never deployed.

import ArgumentParser
import EventSourceMapping
import Foundation

@main
struct LambdaStreamsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lambda-streams",
        abstract: "Run functions of DynamoDB Streams on your own machine.",
        discussion: CommandExit.help,
        version: CommandVersion.text,
        subcommands: [
            InitCommand.self, InvokeCommand.self, GenerateEventCommand.self, CheckCommand.self, SimulateCommand.self,
            RedriveCommand.self, BackfillCommand.self,
        ]
    )

    /// Runs the command, and ends the process without the handlers of `exit`: they free what the threads of libcurl,
    /// SwiftNIO and Dispatch still use, and such a thread has crashed a command that was done.
    static func main() async {
        do {
            try refuseMistakes(in: Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            end(CommandExit.done.rawValue)
        } catch let code as ExitCode {
            end(code.rawValue)
        } catch {
            exit(withError: error)
        }
    }

    /// What ArgumentParser accepts, or refuses without a hint.
    private static func refuseMistakes(in arguments: [String]) throws {
        guard let name = arguments.first, !name.hasPrefix("-") else { return }
        let known = configuration.subcommands
        guard let command = known.first(where: { $0._commandName == name }) else {
            guard name != "help", let meant = NearestName.of(name, among: known.map { $0._commandName }) else { return }
            throw ValidationError("There is no command \(name). Did you mean \(meant)?")
        }
        do {
            try RepeatedOption.refuse(in: arguments)
        } catch {
            command.exit(withError: error)
        }
    }

    private static func end(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}
