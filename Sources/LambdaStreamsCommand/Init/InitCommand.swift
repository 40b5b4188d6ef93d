// `lambda-streams init`: writes a package with a function, to begin with.

import ArgumentParser
import Foundation

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a package with a function, its tests, a template and a workflow.",
        discussion: """
            The function handles each change of an order. Its package builds, passes its tests and runs under simulate as \
            it is written, and check has no advice for its template. Replace the order with the item of your table.

            The package depends on --url, on --local, or on the clone that this command was built in.

            EXAMPLES
              lambda-streams init Orders
              lambda-streams init functions/Orders --url https://example.com/streams.git
              lambda-streams init Orders --local ../swift-lambda-streams

            \(CommandExit.help(of: .initialize))
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The folder to write, which must be empty or not exist. Its name is the name of the package.",
            valueName: "name"
        )
    )
    var path: String

    @Option(help: ArgumentHelp("The URL of swift-lambda-streams, for the dependency.", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("A branch of --url instead of a version.", valueName: "name"))
    var branch: String?

    @Option(help: ArgumentHelp("A folder with swift-lambda-streams, for the dependency.", valueName: "folder"))
    var local: String?

    func validate() throws {
        if url != nil, local != nil { throw ValidationError("Give either --url or --local.") }
        if branch != nil, url == nil { throw ValidationError("--branch needs --url.") }
        for (option, value) in [("--url", url), ("--branch", branch), ("--local", local)] {
            if value?.isEmpty == true { throw ValidationError("\(option) must not be empty.") }
        }
        if let problem = ProjectName.problem(with: name) { throw ValidationError(problem) }
    }

    private var folder: URL { URL(fileURLWithPath: path) }
    private var name: String { folder.lastPathComponent }

    func run() throws {
        try CommandExit.reporting {
            let dependency = try dependency()
            try ProjectFolder(folder, named: path).write(ProjectFiles(name: name, dependency: dependency))
            Terminal.standardOutput.write(
                """
                \(path) has a function, its tests and a template. Next:

                  cd \(path.contains(" ") ? "'\(path)'" : path)
                  make test
                  make simulate

                make lists the other commands. README.md describes the files.

                """
            )
            if case .folder(let path) = dependency {
                Terminal.standardError.say(
                    """
                    Package.swift depends on the folder \(path), which other machines do not have. Before you share the \
                    package, replace that dependency with the URL of swift-lambda-streams.
                    """
                )
            }
        }
    }

    private func dependency() throws -> ProjectDependency {
        if let url { return .repository(url: url, branch: branch) }
        if let local {
            guard ProjectDependency.isPackage(URL(fileURLWithPath: local)) else {
                throw ProjectError(
                    "\(local) does not contain swift-lambda-streams. Give the folder that has its Package.swift."
                )
            }
            return .folder(path: URL(fileURLWithPath: local).standardizedFileURL.path)
        }
        guard let clone = ProjectDependency.cloneOfThisCommand() else {
            throw ProjectError(
                """
                This command was not built in a clone of swift-lambda-streams, so the dependency is not known. Give --url, \
                the URL of its repository, or --local, a folder that contains it.
                """
            )
        }
        return .folder(path: clone.path)
    }
}

/// A package that cannot be written.
struct ProjectError: UserFacingError {
    let description: String

    init(_ description: String) { self.description = description }
}
