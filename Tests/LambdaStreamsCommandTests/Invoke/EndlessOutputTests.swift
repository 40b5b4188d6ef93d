// `invoke` with a function that prints without end, and with readers that do not read.

import Foundation
import TemporaryFiles
import Testing

@Suite("A function that prints without end", .timeLimit(.minutes(2)))
struct EndlessOutputTests {
    static let floods = ["lines", "line", "errors", "escaped"]

    @Test("is ended by its timeout, and its log has a bound", arguments: floods)
    func timeout(_ flood: String) async throws {
        let arguments = ["invoke", "--event", "-", "--timeout", "2s", "--", Products.obedientFunction]
        let run = try await CommandRun.lambdaStreams(
            arguments,
            input: #"{"flood":"\#(flood)","sleep":0,"after":600,"answer":1}"#
        )
        #expect(run.errors.contains("Task timed out after 2.00 seconds"))
        #expect(run.errors.utf8.count < 32 * 1024 * 1024)
    }

    @Test("is ended by Ctrl-C and by SIGTERM", arguments: [SIGINT, SIGTERM], floods)
    func signals(_ signal: Int32, _ flood: String) async throws {
        let command = try RunningCommand.lambdaStreams(
            ["invoke", "--event", "-", "--timeout", "15min", "--", Products.obedientFunction],
            input: #"{"print":["busy"],"flood":"\#(flood)","after":600,"answer":1}"#
        )
        try await command.hasWritten("busy")
        let functions = command.children
        command.signal(signal)
        _ = try await command.end()
        try await eventually("the function's end") { functions.allSatisfy { !isRunning($0) } }
    }

    @Test("is ended by its timeout and by Ctrl-C although nobody reads its log", arguments: [true, false])
    func unread(byTimeout: Bool) async throws {
        let errors = Pipe()
        let command = try RunningCommand.lambdaStreams(
            ["invoke", "--event", "-", "--timeout", byTimeout ? "2s" : "15min", "--", Products.obedientFunction],
            input: #"{"flood":"lines"}"#,
            standardError: errors.fileHandleForWriting
        )
        if !byTimeout {
            try await eventually("the function's start") { !command.children.isEmpty }
            try await Task.sleep(for: .seconds(1))
            command.signal(SIGTERM)
        }
        #expect(try await command.end().status == (byTimeout ? 1 : 130))
        try errors.fileHandleForReading.close()
    }

    @Test("Ctrl-C ends a run whose responses nobody reads")
    func unreadResponses() async throws {
        let output = Pipe()
        let command = try RunningCommand.lambdaStreams(
            ["invoke", "--event", "-", "--repeat", "1000", "--no-log", "--", Products.obedientFunction],
            input: #""\#(String(repeating: "x", count: 10_000))""#,
            standardOutput: output.fileHandleForWriting
        )
        try await eventually("the function's start") { !command.children.isEmpty }
        try await Task.sleep(for: .seconds(1))
        command.signal(SIGINT)
        #expect(try await command.end().status == 130)
        try output.fileHandleForReading.close()
    }

    @Test("so it is with the shared case, where it is there")
    func sharedCase() async throws {
        let script = Products.package.deletingLastPathComponent()
            .appendingPathComponent("shared/cases/prints-without-end.sh").path
        guard FileManager.default.isExecutableFile(atPath: script) else { return }
        let run = try await CommandRun.lambdaStreams(["invoke", "--timeout", "2s", "--", script])
        #expect(run.status == 1 && run.errors.contains("Task timed out after 2.00 seconds"))
    }

    @Test("a command is looked up along PATH, by invoke and simulate")
    func alongPath() async throws {
        let invoke = try await CommandRun.lambdaStreams(
            ["invoke", "--event", "-", "--no-log", "--", "python3", Products.obedientFunction],
            input: #"{"answer":[1]}"#
        )
        #expect(invoke.status == 0 && invoke.output == "[1]\n", "\(invoke.errors)")
        let simulate = try await CommandRun.lambdaStreams([
            "simulate", "--generate", "1", "--", "python3", Products.obedientFunction,
        ])
        #expect(!simulate.errors.contains("there is no python3"), "\(simulate.errors)")
        for arguments in [["invoke"], ["simulate", "--generate", "1"]] {
            let missing = try await CommandRun.lambdaStreams(arguments + ["--", "no-such-command"])
            #expect(missing.status == 2 && missing.errors.contains("there is no no-such-command along PATH"))
        }
    }
}
