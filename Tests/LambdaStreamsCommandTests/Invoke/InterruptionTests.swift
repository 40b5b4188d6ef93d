// Ctrl-C, and worse: what is left of the commands and their functions, which is nothing.

import Foundation
import Testing

@Suite("Interruptions")
struct InterruptionTests {
    /// A function at work for ten minutes.
    private static func invoking(_ options: [String] = [], _ input: String = #"{"print":["busy"],"sleep":600}"#)
        async throws -> (command: RunningCommand, functions: [pid_t])
    {
        let arguments =
            ["invoke", "--event", "-", "--timeout", "15min"] + options + ["--", Products.obedientFunction]
        let command = try RunningCommand.lambdaStreams(arguments, input: input)
        try await command.hasWritten("busy")
        let functions = command.children
        #expect(!functions.isEmpty)
        return (command, functions)
    }

    @Test("end invoke with 130 and the function as Lambda ends one", arguments: [SIGINT, SIGTERM])
    func first(_ signal: Int32) async throws {
        let (command, functions) = try await Self.invoking()
        command.signal(signal)
        #expect(try await command.end().status == 130)
        #expect(functions.allSatisfy { !isRunning($0) })
    }

    @Test("give a function with an extension SIGTERM, and time")
    func termination() async throws {
        let (command, functions) = try await Self.invoking(["--env", "FUNCTION_INIT=extension"])
        command.signal(SIGINT)
        let run = try await command.end()
        #expect(run.status == 130 && run.errors.contains("terminated\n"))
        #expect(functions.allSatisfy { !isRunning($0) })
    }

    @Test("of which the second does not wait for a function that does not listen")
    func second() async throws {
        let (command, functions) = try await Self.invoking(["--env", "FUNCTION_INIT=stubborn"])
        command.signal(SIGINT)
        try await command.hasWritten("not now")
        command.signal(SIGINT)
        #expect(try await command.end().status == 130)
        // At work for ten minutes, it would not find out for as long.
        try await eventually("the function's end") { functions.allSatisfy { !isRunning($0) } }
    }

    @Test("are heard from the moment on at which they no longer end the command", arguments: 0..<20)
    func earliest(_ round: Int) async throws {
        let command = try RunningCommand.lambdaStreams(
            ["invoke", "--event", "-", "--timeout", "15min", "--", Products.obedientFunction],
            input: #"{"sleep":600}"#
        )
        while !command.takes(SIGTERM), !command.hasEnded { await Task.yield() }
        command.signal(SIGTERM)
        try await eventually("the end") { command.hasEnded }
        #expect(try await command.end().status == 130)
    }

    @Test("that come before the last event say how far it got")
    func between() async throws {
        let events = "1\n" + #"{"print":["busy"],"sleep":600}"# + "\n3\n"
        let (command, _) = try await Self.invoking([], events)
        command.signal(SIGINT)
        let run = try await command.end()
        #expect(run.status == 130 && run.output == "1\n")
        #expect(run.errors.contains("interrupted after 1 of 3 events"))
    }

    @Test("simulate ends after the invocation under way, or at once at the second")
    func simulate() async throws {
        for count in 1...2 {
            let seconds = count == 1 ? 2 : 600
            let command = try RunningCommand.lambdaStreams([
                "simulate", "--generate", "3", "--batch-size", "1", "--function-log", "-", "--function-timeout",
                "15min",
                "--env", "FUNCTION_INIT=slow \(seconds)", "--", Products.obedientFunction,
            ])
            try await eventually("the function's start") { !command.children.isEmpty }
            try await Task.sleep(for: .seconds(1))
            let functions = command.children
            command.signal(SIGINT)
            try await command.hasWritten("ending after the invocation under way; Ctrl-C again ends it at once")
            if count == 2 { command.signal(SIGINT) }
            let run = try await command.end()
            #expect(run.status == 130)
            #expect(run.output.contains(" of 3 records were handled.") == (count == 1), "\(run.output)")
            try await eventually("the function's end") { functions.allSatisfy { !isRunning($0) } }
        }
    }

    @Test(
        "end a command that still waits for its input",
        arguments: [["invoke", "--event"], ["simulate", "--records"]]
    )
    func waiting(_ arguments: [String]) async throws {
        let input = Pipe()
        let command = try RunningCommand.lambdaStreams(
            arguments + ["-", "--", Products.obedientFunction],
            standardInput: input.fileHandleForReading
        )
        try await Task.sleep(for: .seconds(1))
        command.signal(SIGINT)
        // By the signal itself, which a shell shows as 130.
        #expect(try await command.end().status == SIGINT)
        try input.fileHandleForWriting.close()
    }

    @Test("a command that is killed takes an idle function with it within seconds")
    func killed() async throws {
        let command = try RunningCommand.lambdaStreams([
            "invoke", "--watch", "--", Products.executable("OrderProjector"),
        ])
        try await command.hasWritten("watching ")
        let functions = command.children
        #expect(!functions.isEmpty)
        command.signal(SIGKILL)
        _ = try await command.end()
        try await eventually("the function's end") { functions.allSatisfy { !isRunning($0) } }
    }
}
