// The commands of a page of the documentation, as a person copies them.

import Foundation

struct DocumentedCommands {
    /// Each on one line, in the order of the page.
    let commands: [String]
    /// The names of options that the page's text mentions: `--save`.
    let options: Set<String>

    /// - Parameter page: `Redrive`
    init(ofPage page: String) throws {
        let file = Products.package.appendingPathComponent("Documentation/LambdaStreams.docc/\(page).md")
        var commands: [String] = []
        var text = ""
        var isFenced = false
        var unfinished = ""
        for line in try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n",
            omittingEmptySubsequences: false
        ) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("```") {
                isFenced.toggle()
                continue
            }
            guard isFenced else {
                text += line + "\n"
                continue
            }
            if line.hasSuffix("\\") {
                unfinished += line.dropLast()
                continue
            }
            let command = unfinished + line
            unfinished = ""
            if command.hasPrefix("lambda-streams ") { commands.append(command) }
        }
        self.commands = commands
        options = Set(text.matches(of: /`[^`]*?(--[a-z][a-z-]*)[^`]*`/).map { String($0.1) })
    }

    /// Runs a command in a folder, as a shell does.
    static func run(_ command: String, in folder: String, environment: [String: String]) async throws -> CommandRun {
        let path = Products.folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
        return try await CommandRun.run(
            URL(fileURLWithPath: "/bin/sh"),
            ["-c", #"cd "$1" && eval "$2""#, "sh", folder, command],
            nil,
            environment.merging(["PATH": path]) { $1 }
        )
    }
}
