// `simulate` end to end: the example function and a scripted one, exit codes, faults, what is written.

import EventSourceMapping
import Foundation
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Simulate")
struct SimulateTests {
    private static let projector = Products.executable("OrderProjector")
    private static let template = Products.package.appendingPathComponent("template.yaml").path

    /// Records of orders, some of them poison: their order has no id.
    private static func orders(_ count: Int, poison: Set<Int> = []) -> String {
        (1...count).map { number in
            let id = poison.contains(number) ? "" : #""id":{"S":"o-\#(number)"},"#
            return #"""
                {"eventID":"\#(number)","eventName":"INSERT","dynamodb":{"ApproximateCreationDateTime":1767225600,\#
                "Keys":{"id":{"S":"o-\#(number)"}},"NewImage":{\#(id)"total":{"N":"1"},"status":{"S":"NEW"},\#
                "updatedAt":{"N":"1767225600"}},"SequenceNumber":"\#(1000 + number)","StreamViewType":"NEW_IMAGE"}}

                """#
        }.joined()
    }

    private static func verdict(_ run: CommandRun) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any],
            "\(run.output) \(run.errors)"
        )
    }

    @Test("the example function handles what is good, under the package's own template")
    func example() async throws {
        let run = try await CommandRun.lambdaStreams(
            [
                "simulate", "--template", Self.template, "--function", "OrderProjector", "--records", "-", "--",
                Self.projector,
            ],
            input: Self.orders(20)
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.hasPrefix("Every record was handled.\n20 records: 20 handled, in 1 invocation.\n"))
        #expect(run.errors == "")
    }

    @Test("the verdict shows the function's own words on what failed")
    func loggedErrors() async throws {
        let run = try await CommandRun.lambdaStreams(
            [
                "simulate", "--template", Self.template, "--function", "OrderProjector", "--records", "-", "--",
                Self.projector,
            ],
            input: Self.orders(3, poison: [2])
        )
        #expect(run.status == 3)
        #expect(run.output.contains("\nThe last errors in the function's log, which --function-log FILE keeps\n- 20"))
        // One line of the log, broken where it is too long, and nothing in it that a terminal cannot show.
        #expect(run.output.contains("NewImage.id") && !run.output.contains("\u{FFFD}"), "\(run.output)")
    }

    struct Ending: Sendable, CustomStringConvertible {
        let description: String
        let options: [String]
        let status: Int32
        let handled, discarded, lost: Int
    }

    static let endings: [Ending] = [
        Ending(
            description: "bisect and a destination: the poison record alone is discarded",
            options: [],
            status: 3,
            handled: 9,
            discarded: 1,
            lost: 0
        ),
        Ending(
            description: "no bisect: what is behind the poison record goes with it",
            options: ["--bisect-batch-on-function-error", "false"],
            status: 3,
            handled: 4,
            discarded: 6,
            lost: 0
        ),
        Ending(
            description: "no destination: it is lost",
            options: ["--destination", "none"],
            status: 4,
            handled: 9,
            discarded: 0,
            lost: 1
        ),
        Ending(
            description: "reports are not read: everything from it on is lost",
            options: ["--report-batch-item-failures", "false"],
            status: 4,
            handled: 4,
            discarded: 0,
            lost: 6
        ),
    ]

    @Test("one poison record of ten ends as the settings have it", arguments: endings)
    func eachEnding(_ ending: Ending) async throws {
        let run = try await CommandRun.lambdaStreams(
            [
                "simulate", "--template", Self.template, "--function", "OrderProjector", "--records", "-", "--output",
                "json",
            ] + ending.options
                + ["--", Self.projector],
            input: Self.orders(10, poison: [5])
        )
        #expect(run.status == ending.status)
        let verdict = try Self.verdict(run)
        #expect(verdict["handled"] as? Int == ending.handled)
        #expect(verdict["discarded"] as? Int == ending.discarded)
        #expect(verdict["lost"] as? Int == ending.lost)
        #expect(verdict["exitCode"] as? Int == Int(ending.status))
        let errors = try #require(verdict["loggedErrors"] as? [String])
        #expect(errors.count <= 3 && errors.last?.contains("NewImage.id") == true, "\(errors)")
    }

    @Test("the advice names the setting that was tried and saved records, and says so when none does")
    func advice() async throws {
        let run = try await CommandRun.lambdaStreams(
            [
                "simulate", "--template", Self.template, "--function", "OrderProjector", "--records", "-", "--output",
                "json",
                "--bisect-batch-on-function-error", "false", "--", Self.projector,
            ],
            input: Self.orders(10, poison: [5])
        )
        let advice = try #require(try Self.verdict(run)["advice"] as? [String])
        #expect(advice.first == "BisectBatchOnFunctionError would have handled 5 of the 6.")
        #expect(advice.last?.contains("The other 1 record fails under every setting that was tried") == true)
        let saved = try await CommandRun.lambdaStreams(
            [
                "simulate", "--template", Self.template, "--function", "OrderProjector", "--records", "-", "--output",
                "json", "--no-advice",
                "--bisect-batch-on-function-error", "false", "--", Self.projector,
            ],
            input: Self.orders(10, poison: [5])
        )
        #expect(try Self.verdict(saved)["advice"] as? [String] == [])
    }

    @Test("the same seed gives the same logs, to the byte, with every fault rehearsed")
    func determinism() async throws {
        func logs(seed: Int) async throws -> [String] {
            let folder = try TemporaryFolder()
            let run = try await CommandRun.lambdaStreams([
                "simulate", "--generate", "400", "--keys", "20", "--shards", "3", "--batch-size", "7",
                "--parallelization-factor", "3", "--maximum-retry-attempts", "2", "--report-batch-item-failures",
                "true",
                "--bisect-batch-on-function-error", "true", "--destination",
                "arn:aws:sns:us-east-1:123456789012:failed",
                "--throttle", "10%", "--timeout", "0.2", "--kill", "0.2", "--duplicate", "0.1", "--undeliverable",
                "0.3",
                "--invocation-time", "150ms", "--seed", "\(seed)", "--no-advice", "--log", folder.file("log"),
                "--destination-log", folder.file("failed"), "--", Self.projector,
            ])
            #expect([0, 3, 4].contains(run.status), "\(run.errors)")
            return [try folder.read("log"), try folder.read("failed"), run.output]
        }
        let first = try await logs(seed: 7)
        #expect(try await logs(seed: 7) == first)
        #expect(try await logs(seed: 8) != first)
        for line in first[1].split(separator: "\n") {
            let message = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(message?["Type"] as? String == "Notification")
        }
    }

    @Test("an S3 destination's message has the event as an escaped string")
    func bucket() async throws {
        let folder = try TemporaryFolder()
        let run = try await CommandRun.lambdaStreams(
            [
                "simulate", "--template", Self.template, "--function", "OrderProjector", "--records", "-",
                "--destination-log", folder.file("failed"),
                "--destination", "arn:aws:s3:::failed", "--log", "-", "--", Self.projector,
            ],
            input: Self.orders(3, poison: [2])
        )
        #expect(run.status == 3)
        let message = try #require(
            try JSONSerialization.jsonObject(with: Data(folder.read("failed").utf8)) as? [String: Any]
        )
        let payload = try #require(message["payload"] as? String)
        let event = try JSONSerialization.jsonObject(with: Data(payload.utf8)) as? [String: Any]
        #expect((event?["Records"] as? [Any])?.count == 1)
        #expect(run.output.hasPrefix(#"{"type":"invoke","at":"2026-01-01T00:00:"#))
    }

    @Test("the timeline has a row for each invocation, parts and retries below their batch")
    func timeline() async throws {
        let run = try await CommandRun.lambdaStreams(
            [
                "simulate", "--template", Self.template, "--function", "OrderProjector", "--records", "-", "--timeline",
                "--maximum-retry-attempts",
                "1",
                "--no-advice", "--", Self.projector,
            ],
            input: Self.orders(4, poison: [3])
        )
        let rows = run.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(
            rows.prefix(6) == [
                "+0 ms #1–4 ◐ #3 reported → goes on from #3",
                "+0 ms └ #3–4 ✗ #3 reported → bisected",
                "+0 ms └ #3 ✗ #3 reported → again",
                "+200 ms ↻ #3 ×2 ✗ #3 reported → discarded; a message to the destination",
                "+200 ms ◆ 1 record discarded; a message to the on-failure destination",
                "+200 ms └ #4 ✓ 1 handled",
            ],
            "\(run.output)"
        )
    }

    @Test("a real clock waits as AWS would")
    func realClock() async throws {
        let start = ContinuousClock.now
        let run = try await CommandRun.lambdaStreams(
            [
                "simulate", "--template", Self.template, "--function", "OrderProjector", "--records", "-", "--clock",
                "real", "--output", "json",
                "--maximum-retry-attempts", "3", "--", Self.projector,
            ],
            input: Self.orders(4, poison: [3])
        )
        #expect(run.status == 3, "\(run.errors)")
        // A second to gather the batch, and retries after 0.2, 0.4 and 0.8 s.
        #expect(ContinuousClock.now - start > .seconds(2))
        #expect(try Self.verdict(run)["discarded"] as? Int == 1)
    }

    @Test("an interruption ends the run in good order, with what there is")
    func interruption() async throws {
        let folder = try TemporaryFolder()
        // Without a limit on retries, a function that always fails keeps the run busy for a virtual day, again and again.
        let command = try RunningCommand.lambdaStreams([
            "simulate", "--generate", "3000", "--batch-size", "1", "--log", folder.file("log"),
            "--report", folder.file("report.html"), "--", Products.scriptedFunction, "--fail-in", "1",
        ])
        // The log's first part is written once it has filled a buffer.
        try await eventually("the log") { (try? folder.read("log").isEmpty) == false }
        command.signal(SIGINT)
        #expect(try await command.end().status == 130)
        #expect(try folder.read("log").hasSuffix("}\n"))
        #expect(try folder.read("report.html").contains("Interrupted: 0 of 3,000 records were handled."))
    }

    @Test("a disabled mapping says that it delivers nothing")
    func disabled() async throws {
        let folder = try TemporaryFolder()
        let mapping = try folder.write(#"{"Enabled":false,"StartingPosition":"LATEST"}"#, to: "mapping.json")
        let run = try await CommandRun.lambdaStreams([
            "simulate", "--mapping", mapping, "--generate", "2", "--", Self.projector,
        ])
        #expect(run.status == 1)
        #expect(run.output.hasPrefix("2 of 2 records were not delivered.\nThe mapping is disabled"), "\(run.output)")
    }

    // MARK: What is wrong

    static let mistakes: [(arguments: [String], says: String)] = [
        (["--records", "none.json", "--", projector], "there is no such file"),
        (["--generate", "3", "--batch-size", "10001", "--", projector], "less than or equal to 10000"),
        (["--generate", "3", "--destination", "arn:aws:sqs:foo", "--", projector], "is not the ARN of a queue, arn:"),
        (["--generate", "3", "--mapping", "none.json", "--", projector], "none.json cannot be read"),
        (["--generate", "3", "--log", "/nowhere/log", "--", projector], "/nowhere/log cannot be written"),
        (
            ["--template", template, "--function", "Nobody", "--generate", "3", "--", projector],
            "It has: OrderProjector,"
        ),
    ]

    static let misuses: [(arguments: [String], says: String)] = [
        (["--template", "x", "--mapping", "x", "--records", "-", "--", projector], "either --template or --mapping"),
        (["--records", "x", "--generate", "3", "--", projector], "either --records or --generate"),
        (["--generate", "3", "--rate", "fast", "--", projector], "'fast' is invalid for '--rate <number/s>'"),
        (["--generate", "3", "--env", "NAME", "--", projector], "'NAME' is invalid for '--env <NAME=value>'"),
        (["--generate", "0", "--", projector], "--generate takes 1 to"),
        (["--generate", "3", "--until-idle", "1s", "--", projector], "--until-idle needs --table"),
        (["--table", "orders", "--generate", "3", "--", projector], "--generate does not go with --table"),
        (["--generate", "3"], "behind --, as in: -- .build/debug/MyFunction"),
        (["--", projector], "There are no records"),
        (["--table", "arn:aws:dynamodb:us-east-1:1:table/orders", "--", projector], "is not a table's ARN, arn:"),
        (
            ["--table", "\(EventSourceMappingConfiguration.exampleStream)", "--", projector],
            "is not a table's ARN, arn:"
        ),
        (["--table", "my orders", "--", projector], "is not a table's name"),
    ]

    @Test("a mistake ends with 2 and says what to do", arguments: mistakes.indices)
    func eachMistake(_ index: Int) async throws {
        try await expectRefusal(of: Self.mistakes[index].arguments, status: 2, says: Self.mistakes[index].says)
    }

    @Test("options that do not fit end with 64 and say what would", arguments: misuses.indices)
    func eachMisuse(_ index: Int) async throws {
        try await expectRefusal(of: Self.misuses[index].arguments, status: 64, says: Self.misuses[index].says)
    }

    private func expectRefusal(of arguments: [String], status: Int32, says: String) async throws {
        let run = try await CommandRun.lambdaStreams(["simulate"] + arguments)
        #expect(run.status == status)
        #expect(run.errors.contains(says), "\(run.errors)")
        #expect(run.output == "")
    }
}
