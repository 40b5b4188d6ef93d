// How the commands end: their exit codes, and errors that are printed as sentences.

import ArgumentParser

enum CommandExit: Int32 {
    /// `check` has something to say.
    case advice = 1
    /// The settings, the template or the records are wrong.
    case badConfiguration = 2
    /// Records were discarded, and the destination was told.
    case discarded = 3
    /// Records were lost, and nobody was told.
    case lost = 4
    /// Ctrl-C came before every record was delivered: what shells make of an interruption.
    case interrupted = 130

    /// Runs `body`; what is wrong with the user's files ends the command with `badConfiguration` and its sentence.
    static func reporting<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as any UserFacingError {
            throw ending(error)
        }
    }

    /// Runs `body`; what is wrong with the user's files ends the command with `badConfiguration` and its sentence.
    static func reporting<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as any UserFacingError {
            throw ending(error)
        }
    }

    private static func ending(_ error: any UserFacingError) -> ExitCode {
        Terminal.standardError.write("lambda-streams: \(error)\n")
        return ExitCode(CommandExit.badConfiguration.rawValue)
    }
}

/// An error whose description is a sentence for the user, with what to do next.
protocol UserFacingError: Error, CustomStringConvertible {}

extension TemplateError: UserFacingError {}
extension InputFileError: UserFacingError {}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
