// The exit codes of the commands, and errors that are printed as sentences.

import ArgumentParser

enum CommandExit: Int32, CaseIterable {
    case done = 0
    /// A negative result: an event ended in an error, a template has flaws, records were not delivered.
    case finding = 1
    /// The input is wrong: a file, a setting, the function.
    case badInput = 2
    /// Records were discarded, with a message to the on-failure destination.
    case discarded = 3
    /// Records were lost, without any message.
    case lost = 4
    /// The result is not known: a parameter has no value, or a part was not read.
    case unknown = 5
    /// ArgumentParser's code for wrong options: EX_USAGE of BSD.
    case wrongOptions = 64
    /// Ctrl-C came before everything was done. Shells use the same code.
    case interrupted = 130

    /// Runs `body`. A ``UserFacingError`` prints its sentence and ends the command with `badInput`.
    static func reporting<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw ending(error)
        }
    }

    /// Runs `body`. A ``UserFacingError`` prints its sentence and ends the command with `badInput`.
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
