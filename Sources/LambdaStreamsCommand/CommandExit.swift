// The exit codes of the commands, and errors that are printed as sentences.

import ArgumentParser

enum CommandExit: Int32, CaseIterable {
    case done = 0
    /// A result that is not good: an event ended in an error, a template has flaws, records were not delivered.
    case finding = 1
    /// What the command was given is wrong: a file, a setting, the function.
    case badInput = 2
    /// Records were discarded, with a message to the on-failure destination.
    case discarded = 3
    /// Records were lost, without any message.
    case lost = 4
    /// What decides it cannot be known here: a parameter without a value, a part that was not read.
    case unknown = 5
    /// ArgumentParser's, BSD's EX_USAGE.
    case wrongOptions = 64
    /// Ctrl-C came before everything was done: what shells make of an interruption.
    case interrupted = 130

    /// Runs `body`; what is wrong with what the user gave ends the command with `badInput` and its sentence.
    static func reporting<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw ending(error)
        }
    }

    /// Runs `body`; what is wrong with what the user gave ends the command with `badInput` and its sentence.
    static func reporting<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            throw ending(error)
        }
    }

    private static func ending(_ error: any Error) -> any Error {
        guard let error = error as? any UserFacingError else { return error }
        Terminal.standardError.say("\(error)")
        return ExitCode(CommandExit.badInput.rawValue)
    }

    /// Ends the command.
    func exit() throws {
        if self != .done { throw ExitCode(rawValue) }
    }
}

/// An error whose description is a sentence for the user, with what to do next.
protocol UserFacingError: Error, CustomStringConvertible {}

extension TemplateError: UserFacingError {}
extension InputFileError: UserFacingError {}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
