// A name and a value as options have them.

import ArgumentParser
import RuntimeAPIServer

/// `NAME=value`; the value may have further equals signs.
struct VariableText: ExpressibleByArgument, Sendable {
    let name: String
    let value: String

    init?(argument: String) {
        guard let end = argument.firstIndex(of: "="), end > argument.startIndex else { return nil }
        name = String(argument[..<end])
        value = String(argument[argument.index(after: end)...])
    }

    /// The last one of a name counts.
    static func dictionary(_ variables: [VariableText]) -> [String: String] {
        Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// - Throws: for a variable that the function would not get, because the platform sets it.
    static func validateEnvironment(_ variables: [VariableText]) throws {
        guard let name = variables.map(\.name).first(where: RuntimeAPIServer.Configuration.reserved.contains) else {
            return
        }
        throw ValidationError("--env cannot set \(name): Lambda reserves that variable and sets it itself.")
    }
}
