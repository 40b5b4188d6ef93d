// Runs the built command, as a user does.

import Foundation

struct CommandRun: Sendable {
    let code: Int32
    let output: String
    let errorOutput: String

    static let executable = Bundle.main.bundleURL.appendingPathComponent("lambda-streams")

    static func built(_ name: String) -> String { Bundle.main.bundleURL.appendingPathComponent(name).path }

    /// The function under `Tests/Functions` that does what its events say.
    static var obedientFunction: String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.appendingPathComponent("Functions/obedient-function.py").path
    }

    /// Runs to the end.
    static func of(_ arguments: [String], input: String = "") async throws -> CommandRun {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        let files = try (0..<3).map { _ in try temporaryFile() }
        defer { for file in files { try? FileManager.default.removeItem(at: file) } }
        try Data(input.utf8).write(to: files[0])
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return CommandRun(
            code: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self),
            errorOutput: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
        )
    }

    private static func temporaryFile() throws -> URL {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data().write(to: file)
        return file
    }
}
