// A name and a value as options have them.

import ArgumentParser

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
}
