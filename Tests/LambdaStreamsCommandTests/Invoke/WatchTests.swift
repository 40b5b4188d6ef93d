// `lambda-streams invoke --watch`: a function that is built anew is started anew, however it was written.

import Foundation
import TemporaryFiles
import Testing

@Suite("lambda-streams invoke --watch")
struct WatchTests {
    /// A function that says in its init which version it is.
    private static func source(_ version: Int) -> String {
        """
        #!/bin/sh
        export FUNCTION_INIT='print this is version \(version)'
        exec python3 '\(Products.obedientFunction)'

        """
    }

    private static func write(_ text: String, to path: String, mode: Int = 0o755) throws {
        // In place where there is one, as some linkers do.
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: [])
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private let folder: TemporaryFolder
    private let function: String

    init() throws {
        folder = try TemporaryFolder()
        function = folder.file("function")
        try Self.write(Self.source(1), to: function)
    }

    private func watching(_ event: String, _ options: [String] = []) async throws -> RunningCommand {
        let arguments = ["invoke", "--event", "-", "--watch"] + options + ["--", function]
        return try .lambdaStreams(arguments, input: event)
    }

    private func end(_ command: RunningCommand) async throws -> CommandRun {
        command.signal(SIGINT)
        let run = try await command.end()
        #expect(run.status == 0, "\(run.errors)")
        return run
    }

    @Test("sends the events again to what replaced the executable, by its name or in its place")
    func replaced() async throws {
        let command = try await watching("1\n2\n")
        try await command.hasWritten("watching ")
        let old = command.children
        try Self.write(Self.source(2), to: folder.file("new"))
        #expect(rename(folder.file("new"), function) == 0)
        try await command.hasWritten("watching ", times: 2)
        #expect(!old.isEmpty && old.allSatisfy { !isRunning($0) })
        // As SwiftPM does: the old one is removed first.
        try FileManager.default.removeItem(atPath: function)
        try await Task.sleep(for: .milliseconds(1200))
        try Self.write(Self.source(3), to: function)
        try await command.hasWritten("watching ", times: 3)
        let run = try await end(command)
        #expect(run.output == "1\n2\n1\n2\n1\n2\n")
        for version in 1...3 { #expect(run.errors.contains("this is version \(version)\n")) }
        #expect(run.errors.components(separatedBy: "has changed").count == 3)
    }

    @Test("waits until the file is whole and may be run")
    func halfWritten() async throws {
        let command = try await watching("1")
        try await command.hasWritten("watching ")
        let text = Self.source(2)
        // Written in pieces, for longer than the file is looked at; then it becomes executable, and changes no more.
        try Self.write("", to: function, mode: 0o644)
        for end in stride(from: 20, through: 60, by: 10) {
            try Self.write(String(text.prefix(end)), to: function, mode: 0o644)
            try await Task.sleep(for: .milliseconds(300))
        }
        try Self.write(text, to: function, mode: 0o644)
        try await Task.sleep(for: .milliseconds(1500))
        #expect(!command.errors.contains("has changed"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: function)
        try await command.hasWritten("watching ", times: 2)
        let run = try await end(command)
        #expect(run.output == "1\n1\n" && run.errors.contains("this is version 2\n"))
        #expect(run.errors.components(separatedBy: "has changed").count == 2)
    }

    @Test("a broken build is told of, and the next one runs")
    func broken() async throws {
        let command = try await watching("1")
        try await command.hasWritten("watching ")
        try Self.write("\u{1}\u{2}", to: function)
        try await command.hasWritten("a function is a program built for this machine")
        try Self.write(Self.source(3), to: function)
        try await command.hasWritten("this is version 3\n")
        try await command.hasWritten("watching ", times: 3)
        #expect(try await end(command).output.hasSuffix("\n1\n"))
    }

    @Test("sees a change that comes while events are sent")
    func busy() async throws {
        let command = try await watching(#"{"print":["busy"],"sleep":1,"answer":1}"#)
        try await command.hasWritten("busy")
        try Self.write(Self.source(2), to: function)
        try await command.hasWritten("this is version 2\n")
        try await command.hasWritten("watching ", times: 2)
        #expect(try await end(command).output == "1\n1\n")
    }

    @Test("restarts what it serves")
    func served() async throws {
        try await withServed(["--watch"], function) { served in
            #expect(try await served.invoke("1").body == "1")
            #expect(served.command.errors.contains("this is version 1\n"))
            try Self.write(Self.source(2), to: function)
            try await served.command.hasWritten("has changed")
            #expect(try await served.invoke("2").body == "2")
            #expect(served.command.errors.contains("this is version 2\n"))
        }
    }
}
