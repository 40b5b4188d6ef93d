// The command `lambda-streams`: what a developer runs beside a function, never inside one.

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
