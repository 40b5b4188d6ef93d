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

    /// The variables by name, of which none is given twice.
    static func dictionary(_ variables: [VariableText]) -> [String: String] {
        Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// - Throws: for a name that is given more than once, of which only one value could be used.
    static func refuseRepeated(_ variables: [VariableText], of option: String) throws {
        var seen: Set<String> = []
        guard let name = variables.map(\.name).first(where: { !seen.insert($0).inserted }) else { return }
        throw ValidationError("\(option) \(name) is given more than once, and has one value: give it once.")
    }

    /// - Throws: for a variable that is given more than once, or that the function would not get, because the platform
    ///   sets it.
    static func validateEnvironment(_ variables: [VariableText]) throws {
        try refuseRepeated(variables, of: "--env")
        guard let name = variables.map(\.name).first(where: RuntimeAPIServer.Configuration.reserved.contains) else {
            return
        }
        throw ValidationError("--env cannot set \(name): Lambda reserves that variable and sets it itself.")
    }
}
