// A server written in Python, for tests: started by the test, and ended with it.

public import Foundation

/// A Python program that prints the port on which it listens, and serves until its standard input ends.
public final class PythonServer: Sendable {
    public let port: Int
    // Held open for as long as the server is to live: it ends when its standard input does, so also when the tests crash.
    private let leash = Pipe()
    private let process = Process()

    public struct StartError: Error, CustomStringConvertible {
        public let description: String
    }

    /// Starts the program and waits until it listens.
    ///
    /// - Parameters:
    ///   - python: the interpreter; nil for the first along PATH.
    ///   - missing: what is missing on this machine when the program ends instead of listening.
    public init(
        _ script: String,
        _ arguments: [String] = [],
        python: URL? = nil,
        missing: String
    ) throws {
        let output = Pipe()
        process.executableURL = python ?? URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = (python == nil ? ["python3"] : []) + ["-c", script] + arguments
        process.standardInput = leash
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.start()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            if byte.isEmpty { throw StartError(description: "\(missing): run `make setup`") }
            line.append(byte)
        }
        let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let port = Int(text) else {
            throw StartError(description: "the server printed '\(text)' instead of its port")
        }
        self.port = port
    }

    deinit {
        try? leash.fileHandleForWriting.close()
    }
}
