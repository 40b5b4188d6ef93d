// The command `lambda-streams`, a tool for developers that is never deployed.

import ArgumentParser

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
}
