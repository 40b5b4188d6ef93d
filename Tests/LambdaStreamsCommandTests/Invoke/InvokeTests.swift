// `lambda-streams invoke`, run as a user runs it.

import Foundation
import TemporaryFiles
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
        let folder = try TemporaryFolder()
        let file = try folder.write("{\n  \"answer\": 1\n}\n", to: "event.json")
        let arguments = ["invoke", "--event", file, "--event", "-", "--no-log", "--", Products.obedientFunction]
        let run = try await CommandRun.lambdaStreams(arguments, input: "{\"answer\":2}\n\n{\"answer\":3}\n")
        #expect(run.status == 0 && run.output == "1\n2\n3\n")
        #expect(run.errors.contains("3 invocations in "))
    }

    @Test("hands variables on, and says of an event that failed how it did, with exit code 1")
    func errors() async throws {
        let events = #"{"environment":"GREETING"}"# + "\n" + #"{"exit":3}"# + "\n" + #"{"answer":"still here"}"#
        let arguments = ["invoke", "--event", "-", "--env", "GREETING=a=b", "--", Products.obedientFunction]
        let run = try await CommandRun.lambdaStreams(arguments, input: events)
        let lines = run.output.split(separator: "\n")
        #expect(run.status == 1 && lines.count == 3)
        #expect(lines.first == #""a=b""# && lines.last == #""still here""#)
        #expect(lines[1].contains(#""errorType":"Runtime.ExitError""#))
    }

    @Test(
        "refuses a variable that the platform sets, as simulate and the replays do",
        arguments: ["_HANDLER", "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT"]
    )
    func reserved(name: String) async throws {
        let commands = [
            ["invoke"], ["simulate", "--generate", "1"], ["redrive", "--from", "file:failed.jsonl"],
            ["backfill", "--table", "Orders"],
        ]
        for arguments in commands {
            let run = try await CommandRun.lambdaStreams(
                arguments + ["--env", "\(name)=mine", "--", Products.obedientFunction]
            )
            #expect(
                run.status == 64 && run.errors.contains("--env cannot set \(name): Lambda reserves"),
                "\(run.errors)"
            )
        }
    }

    @Test("ends an event that is out of time")
    func timeout() async throws {
        let arguments = [
            "invoke", "--event", "-", "--timeout", "1s", "--output", "json", "--", Products.obedientFunction,
        ]
        let run = try await CommandRun.lambdaStreams(arguments, input: #"{"sleep":60}"#)
        #expect(run.status == 1)
        #expect(run.output.contains(#""status":"timeout","errorType":"Sandbox.Timedout""#))
        #expect(run.errors.contains("Task timed out after 1.00 seconds"))
    }

    @Test("sends the events again and again, each time in their order")
    func repeated() async throws {
        let arguments = ["invoke", "--event", "-", "--repeat", "3", "--no-log", "--", Products.obedientFunction]
        let run = try await CommandRun.lambdaStreams(arguments, input: "1\n2\n")
        #expect(run.status == 0 && run.output == "1\n2\n1\n2\n1\n2\n")
        #expect(run.errors.contains("6 invocations in ") && run.errors.contains("0 ended in errors"))
    }

    @Test("goes on with the next event in a new process when one ends the function's")
    func crash() async throws {
        let arguments = ["invoke", "--event", "-", "--", Products.obedientFunction]
        let run = try await CommandRun.lambdaStreams(arguments, input: #"{"signal":9}"# + "\n2\n")
        #expect(run.status == 1 && run.output.hasSuffix("\n2\n"))
        #expect(run.output.contains("Runtime exited with error: signal: killed"))
        // It did start: that is no fault of the start.
        #expect(!run.errors.contains("before it asked"))
    }

    struct Unfit: Sendable, CustomStringConvertible {
        let description: String
        let content: String
        var mode = 0o755
        /// What `invoke` and `simulate` say of it.
        let says: String
    }

    static let unfit: [Unfit] = [
        Unfit(description: "no program", content: "\u{1}\u{2}", says: "a function is a program built for this machine"),
        Unfit(description: "not executable", content: "#!/bin/sh\n", mode: 0o644, says: "Then: chmod +x "),
        Unfit(description: "ends at once", content: "#!/bin/sh\n", says: "event: exit status 0. A function asks for"),
        Unfit(description: "fails without a word", content: "#!/bin/sh\nexit 7\n", says: "exit status 7. It logged"),
        Unfit(
            description: "fails with one",
            content: "#!/bin/sh\necho no luck >&2\nexit 7\n",
            says: "event: exit status 7. Its last lines:\n  no luck"
        ),
    ]

    @Test("says what is wrong with a function that does not start, as simulate does", arguments: unfit)
    func notRunnable(_ unfit: Unfit) async throws {
        let folder = try TemporaryFolder()
        let function = try folder.write(unfit.content, to: "bootstrap")
        try FileManager.default.setAttributes([.posixPermissions: unfit.mode], ofItemAtPath: function)
        for arguments in [["invoke", "--no-log"], ["simulate", "--generate", "1"]] {
            let run = try await CommandRun.lambdaStreams(arguments + ["--", function])
            #expect(run.status == 2)
            #expect(run.errors.contains(unfit.says), "\(run.errors)")
        }
    }

    @Test("says of a function that is not there how it is built, as simulate does")
    func missing() async throws {
        for arguments in [["invoke"], ["simulate", "--generate", "1"]] {
            let product = try await CommandRun.lambdaStreams(arguments + ["--", ".build/debug/Missing"])
            #expect(product.status == 2)
            #expect(product.errors.contains("is it built? swift build --product Missing"), "\(product.errors)")
            let other = try await CommandRun.lambdaStreams(arguments + ["--", "/nowhere/bootstrap"])
            #expect(other.status == 2 && other.errors.contains("give the path of the function's executable"))
        }
    }

    @Test("does not say twice what the log has shown")
    func endedInInit() async throws {
        let arguments = ["invoke", "--env", "FUNCTION_INIT=exit 3", "--", Products.obedientFunction]
        let run = try await CommandRun.lambdaStreams(arguments)
        #expect(run.status == 2)
        #expect(run.errors.contains("the init ends here\n") && run.errors.contains("event: exit status 3.\n"))
    }

    @Test("says of a function that never asks for an event how long it may take")
    func neverAsks() async throws {
        let run = try await CommandRun.lambdaStreams(
            ["invoke", "--timeout", "1s", "--env", "FUNCTION_INIT=sleep 600", "--", Products.obedientFunction],
            input: "1"
        )
        #expect(run.status == 2 && run.errors.contains("did not ask for an event within"), "\(run.errors)")
    }

    @Test("says what a function reported of its init")
    func initError() async throws {
        let arguments = ["invoke", "--env", "FUNCTION_INIT=error Runtime.Broken", "--", Products.obedientFunction]
        let run = try await CommandRun.lambdaStreams(arguments)
        #expect(run.status == 2)
        #expect(run.errors.contains("reported that its init failed: Runtime.Broken: broken"), "\(run.errors)")
    }

    @Test("as JSON prints a line for each event, whatever came of it, and nothing else")
    func json() async throws {
        let folder = try TemporaryFolder()
        let events = try folder.write(#"{"print":["a log line"],"answer":[1]}"# + "\n" + #"{"exit":3}"#, to: "events")
        let large = try folder.write("\"" + String(repeating: "x", count: 6_291_556) + "\"", to: "large")
        let run = try await CommandRun.lambdaStreams([
            "invoke", "--event", events, "--event", large, "--output", "json", "--", Products.obedientFunction,
        ])
        #expect(run.status == 1)
        let lines = try run.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(lines.map { $0["status"] as? String } == ["success", "error", "refused"])
        #expect(lines.first?["response"] as? [Int] == [1])
        #expect(lines[1]["errorType"] as? String == "Runtime.ExitError")
        #expect((lines[2]["error"] as? String)?.contains("has 6291558 bytes") == true)
        #expect(run.errors.contains("a log line") && run.errors.contains("1 event refused"))
    }

    @Test("says which file is missing or empty")
    func files() async throws {
        for (event, words) in [("/nonexistent/event.json", "there is no such file"), ("-", "generate-event makes")] {
            let run = try await CommandRun.lambdaStreams(["invoke", "--event", event, "--", Products.obedientFunction])
            #expect(run.status == 2 && run.errors.contains(words))
        }
    }
}
