// An option that is given twice and takes one value: of the first value nothing would be seen.

import ArgumentParser
import Foundation

enum RepeatedOption {
    /// Throws if an option that takes one value is given more than once, which ArgumentParser accepts: it uses the last
    /// value and says nothing of the others.
    ///
    /// - Parameter arguments: those of the process, without its name.
    static func refuse(in arguments: [String]) throws {
        guard let command = arguments.first else { return }
        var seen: Set<String> = []
        // What follows a terminator belongs to the function.
        let repeated = arguments.prefix { $0 != "--" }
            .compactMap { argument in
                argument.hasPrefix("--") ? String(argument.dropFirst(2).prefix { $0 != "=" }) : nil
            }
            .first { !seen.insert($0).inserted }
        guard let repeated, try takesOneValue(repeated, of: command) else { return }
        throw ValidationError("--\(repeated) is given more than once, and takes one value: give it once.")
    }

    private static func takesOneValue(_ option: String, of name: String) throws -> Bool {
        let command = try tool.get().command.subcommands?.first { $0.commandName == name }
        return command?.arguments?.contains { argument in
            argument.kind == "option" && !argument.isRepeating && argument.names?.contains { $0.name == option } == true
        } ?? false
    }

    private static let tool = Result {
        try JSONDecoder().decode(Tool.self, from: Data(LambdaStreamsCommand._dumpHelp().utf8))
    }

    /// What is used here of the description of a command that ArgumentParser gives with `--experimental-dump-help`.
    private struct Tool: Decodable {
        let command: Command

        struct Command: Decodable {
            let commandName: String
            let subcommands: [Command]?
            let arguments: [Argument]?
        }

        struct Argument: Decodable {
            let kind: String
            let isRepeating: Bool
            let names: [Name]?
        }

        struct Name: Decodable {
            let name: String
        }
    }
}
