// Running the built command as a user does, and what came of it.

import Foundation
import HTTPScripting
import TemporaryFiles
import Testing

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
        try await RunningCommand.lambdaStreams(arguments, input: input, environment: environment).end()
    }

    /// Runs any program.
    static func run(
        _ executable: URL,
        _ arguments: [String],
        _ input: String? = nil,
        _ environment: [String: String] = [:]
    ) async throws -> CommandRun {
        try await RunningCommand(executable, arguments, input, environment).end()
    }
}

/// A program while it runs.
final class RunningCommand: Sendable {
    private let process = Process()
    private let folder: TemporaryFolder
    private let ended = AsyncStream<Void>.makeStream()

    /// Starts `lambda-streams`.
    static func lambdaStreams(
        _ arguments: [String],
        input: String? = nil,
        environment: [String: String] = [:],
        standardInput: FileHandle? = nil,
        standardOutput: FileHandle? = nil,
        standardError: FileHandle? = nil
    ) throws -> RunningCommand {
        try RunningCommand(
            Products.folder.appendingPathComponent("lambda-streams"),
            arguments,
            input,
            environment,
            standardInput: standardInput,
            standardOutput: standardOutput,
            standardError: standardError
        )
    }

    /// - Parameters:
    ///   - standardInput: takes the place of the file or nothing that it is otherwise; so do the others.
    init(
        _ executable: URL,
        _ arguments: [String],
        _ input: String? = nil,
        _ environment: [String: String] = [:],
        standardInput: FileHandle? = nil,
        standardOutput: FileHandle? = nil,
        standardError: FileHandle? = nil
    ) throws {
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        // Files in the place of pipes: nobody has to read while the program runs.
        folder = try TemporaryFolder()
        for name in ["output", "errors"] { _ = try folder.write("", to: name) }
        let output = FileHandle(forWritingAtPath: folder.file("output"))
        let errors = FileHandle(forWritingAtPath: folder.file("errors"))
        let text = try input.map { FileHandle(forReadingAtPath: try folder.write($0, to: "input")) } ?? nil
        process.standardOutput = standardOutput ?? output
        process.standardError = standardError ?? errors
        process.standardInput = text ?? standardInput ?? FileHandle.nullDevice
        process.terminationHandler = { [ended] _ in ended.continuation.finish() }
        // The program has its own now. Foundation keeps these, and its watch over processes takes no descriptor above 1023.
        defer { for handle in [output, errors, text] { try? handle?.close() } }
        try process.start()
    }

    // One that a failed test left behind.
    deinit { if process.isRunning { signal(SIGKILL) } }

    /// What it has written so far.
    var output: String { (try? folder.read("output")) ?? "" }
    var errors: String { (try? folder.read("errors")) ?? "" }

    var hasEnded: Bool { !process.isRunning }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Whether it ignores or handles a signal by now.
    func takes(_ number: Int32) -> Bool {
        let path = "/proc/\(process.processIdentifier)/status"
        guard let status = try? String(contentsOfFile: path, encoding: .utf8) else { return false }
        return status.split(separator: "\n").contains { line in
            guard line.hasPrefix("SigIgn:") || line.hasPrefix("SigCgt:") else { return false }
            let mask = line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
            return mask >> (number - 1) & 1 == 1
        }
    }

    /// Waits until it has written a text, to either of its outputs.
    func hasWritten(_ text: String, times: Int = 1) async throws {
        try await eventually("\(text) in \(output)\(errors)") {
            (output + errors).components(separatedBy: text).count > times
        }
    }

    /// The processes that it has started: the functions.
    var children: [pid_t] {
        let number = process.processIdentifier
        // Each thread has a list of its own.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(number)/task")) ?? []
        return threads.flatMap { thread in
            let list = (try? String(contentsOfFile: "/proc/\(number)/task/\(thread)/children", encoding: .utf8)) ?? ""
            return list.split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// Waits for its end.
    func end() async throws -> CommandRun {
        for await _ in ended.stream {}
        return CommandRun(status: process.terminationStatus, output: output, errors: errors)
    }
}

/// Waits for something that takes a while, and not for ever.
func eventually(_ what: @autoclosure () -> String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<600 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("this never came: \(what())")
    throw CancellationError()
}

/// Whether there is such a process; one that has ended and was not waited for yet counts as gone.
func isRunning(_ process: pid_t) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
    return text.split(separator: ")").last?.hasPrefix(" Z") == false
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

    /// The function in Python that does what its events say.
    static let obedientFunction = package.appendingPathComponent("Tests/Functions/obedient-function.py").path

    /// The function in Python that answers by a script.
    static let scriptedFunction = package.appendingPathComponent("Tests/Functions/scripted-function.py").path
}
