// Running the built command as a user does, and what came of it.

import Foundation
import Synchronization

struct CommandRun: Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// Runs `lambda-streams` with these arguments, and waits for its end.
    static func lambdaStreams(
        _ arguments: [String],
        input: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> CommandRun {
        try await run(Products.folder.appendingPathComponent("lambda-streams"), arguments, input, environment)
    }

    /// Runs any program.
    static func run(
        _ executable: URL,
        _ arguments: [String],
        _ input: String? = nil,
        _ environment: [String: String] = [:]
    ) async throws -> CommandRun {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        // Files in the place of pipes: nobody has to read while the program runs.
        let folder = try TemporaryFolder()
        let (output, errors) = (folder.file("output"), folder.file("errors"))
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        if let input {
            try Data(input.utf8).write(to: URL(fileURLWithPath: folder.file("input")))
            process.standardInput = FileHandle(forReadingAtPath: folder.file("input"))
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return CommandRun(
            status: process.terminationStatus,
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8)
        )
    }
}

/// Where things are: the package, and what was built of it.
enum Products {
    /// The folder with Package.swift.
    static let package: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        while !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// The folder of the built executables: that of the test bundle.
    static let folder: URL = {
        let bundle = ProcessInfo.processInfo.arguments.lazy
            .map { URL(fileURLWithPath: $0) }
            .first { $0.path.contains(".xctest") }
        var folder = bundle ?? Bundle.main.bundleURL
        while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
        let isThere = FileManager.default.fileExists(atPath: folder.appendingPathComponent("lambda-streams").path)
        return isThere ? folder : package.appendingPathComponent(".build/debug")
    }()

    static func executable(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// The function in Python that answers by a script.
    static let scriptedFunction = package.appendingPathComponent("Tests/Functions/scripted-function.py").path
}

/// A folder of one test's own, removed with it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("lambda-streams-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Writes a file, and gives its path.
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }
}
