// `lambda-streams invoke`, run as a user runs it.

import Foundation
import Testing

@Suite("lambda-streams invoke")
struct InvokeTests {
    @Test("prints the answer, and beside it the log with durations and memory")
    func answer() async throws {
        let run = try await CommandRun.lambdaStreams(["invoke", "--", Products.executable("OrderProjector")])
        #expect(run.status == 0 && run.output == #"{"batchItemFailures":[]}"# + "\n")
        #expect(run.errors.contains("START RequestId: ") && run.errors.contains("\tMax Memory Used: "))
    }

    @Test("takes several events, from files and on the lines of standard input, in order")
    func events() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).json")
        try Data("{\n  \"answer\": 1\n}\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let arguments = ["invoke", "--event", file.path, "--event", "-", "--no-log", "--", obedientFunction]
        let run = try await CommandRun.lambdaStreams(arguments, input: "{\"answer\":2}\n\n{\"answer\":3}\n")
        #expect(run.status == 0 && run.output == "1\n2\n3\n")
        #expect(run.errors.contains("3 invocations in "))
    }

    @Test("hands variables on, and says of an event that failed how it did, with exit code 1")
    func errors() async throws {
        let events = #"{"environment":"GREETING"}"# + "\n" + #"{"exit":3}"# + "\n" + #"{"answer":"still here"}"#
        let arguments = ["invoke", "--event", "-", "--env", "GREETING=a=b", "--", obedientFunction]
        let run = try await CommandRun.lambdaStreams(arguments, input: events)
        let lines = run.output.split(separator: "\n")
        #expect(run.status == 1 && lines.count == 3)
        #expect(lines.first == #""a=b""# && lines.last == #""still here""#)
        #expect(lines[1].contains(#""errorType":"Runtime.ExitError""#))
    }

    @Test("ends an event that is out of time")
    func timeout() async throws {
        let arguments = [
            "invoke", "--event", "-", "--timeout", "1s", "--output", "json", "--", obedientFunction,
        ]
        let run = try await CommandRun.lambdaStreams(arguments, input: #"{"sleep":60}"#)
        #expect(run.status == 1)
        #expect(run.output.contains(#""status":"timeout","errorType":"Sandbox.Timedout""#))
        #expect(run.errors.contains("Task timed out after 1.00 seconds"))
    }

    @Test("says what is wrong with a function that cannot be run")
    func notRunnable() async throws {
        let missing = try await CommandRun.lambdaStreams(["invoke", "--", ".build/debug/Missing"])
        #expect(missing.status == 2)
        #expect(missing.errors.contains("is it built? swift build --product Missing"))
        let other = try await CommandRun.lambdaStreams(["invoke", "--", "/bin/true"])
        #expect(other.status == 1)
        #expect(other.errors.contains("/bin/true ended before it asked for an event: exit status 0."))
        let nothing = try await CommandRun.lambdaStreams(["invoke"])
        #expect(nothing.status == 64)
    }

    @Test("shows the last lines of a function that ended in its init")
    func endedInInit() async throws {
        let arguments = ["invoke", "--no-log", "--env", "FUNCTION_INIT=exit 3", "--", obedientFunction]
        let run = try await CommandRun.lambdaStreams(arguments)
        #expect(run.status == 1)
        #expect(run.errors.contains("exit status 3. Its last lines:\n  the init ends here"))
    }

    @Test("says which file is missing or empty")
    func files() async throws {
        for (event, words) in [("/nonexistent/event.json", "there is no such file"), ("-", "generate-event makes")] {
            let run = try await CommandRun.lambdaStreams(["invoke", "--event", event, "--", obedientFunction])
            #expect(run.status == 2 && run.errors.contains(words))
        }
    }
}

/// The function that does what its events say.
private let obedientFunction = Products.package.appendingPathComponent("Tests/Functions/obedient-function.py").path
