// Runs a program and collects what it prints.

import Foundation

struct Command {
    let words: [String]
    let environment: [String: String]

    init(_ words: [String], environment: [String: String] = [:]) {
        self.words = words
        self.environment = environment
    }

    /// The status, and everything the program printed. With `showingErrors`, its standard error is shown as it comes.
    func run(showingErrors: Bool = false, input: String? = nil) throws -> (status: Int32, output: String) {
        let output = Pipe()
        let process = configured()
        process.standardOutput = output
        if !showingErrors { process.standardError = output }
        let text = input.map { Data($0.utf8) }
        if text != nil { process.standardInput = Pipe() }
        try process.run()
        if let text, let pipe = process.standardInput as? Pipe {
            try pipe.fileHandleForWriting.write(contentsOf: text)
            try pipe.fileHandleForWriting.close()
        }
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// What a program that must succeed prints.
    func output(input: String? = nil) throws -> String {
        let result = try run(input: input)
        guard result.status == 0 else {
            throw ArchiveError("`\(words.joined(separator: " "))` failed:\n\(result.output)")
        }
        return result.output
    }

    /// Shows what the program prints as it comes.
    func show() throws -> Int32 {
        let process = configured()
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private func configured() -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        return process
    }

    /// The executable of this name along PATH.
    static func path(of name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
