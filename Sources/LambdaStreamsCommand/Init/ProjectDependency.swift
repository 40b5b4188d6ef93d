// How a new package depends on this one: by a repository's URL, or by a folder on this machine.

import Foundation

enum ProjectDependency: Equatable {
    /// Without a branch, the version of this command and those compatible with it.
    case repository(url: String, branch: String?)
    case folder(path: String)

    /// The dependency as a manifest writes it.
    var declaration: String {
        switch self {
        case .repository(let url, let branch?): ".package(url: \(Self.literal(url)), branch: \(Self.literal(branch)))"
        case .repository(let url, nil): ".package(url: \(Self.literal(url)), from: \"\(CommandVersion.text)\")"
        case .folder(let path): ".package(name: \"swift-lambda-streams\", path: \(Self.literal(path)))"
        }
    }

    /// What `.product(name:package:)` calls this package: the last part of a URL, or the name of a local dependency.
    var identity: String {
        guard case .repository(let url, _) = self else { return "swift-lambda-streams" }
        let last = url.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init) ?? url
        return (last.hasSuffix(".git") ? String(last.dropLast(4)) : last).lowercased()
    }

    /// Where a reader of the package finds this one.
    var link: String {
        switch self {
        case .repository(let url, _): url
        case .folder(let path): path
        }
    }

    /// A string literal of Swift.
    private static func literal(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: "\\u{\(String(scalar.value, radix: 16))}"
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }

    /// Whether a folder contains this package.
    static func isPackage(_ folder: URL) -> Bool {
        ["Package.swift", "Sources/LambdaStreamsCommand"].allSatisfy { name in
            FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
        }
    }

    /// The clone that contains this executable in its build folder; nil for an executable from elsewhere.
    static func cloneOfThisCommand() -> URL? {
        guard var folder = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if isPackage(folder) { return folder }
        }
        return nil
    }
}
