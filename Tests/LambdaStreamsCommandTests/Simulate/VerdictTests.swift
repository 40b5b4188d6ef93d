// The verdict says what is so: what waits, what nobody reads, what was there twice, what was not delivered at all.

import Foundation
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("The verdict")
struct VerdictTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func records(_ times: [String], numbers: [Int]? = nil) -> String {
        times.enumerated().map { index, time in
            let number = numbers?[index] ?? index + 1
            return #"{"dynamodb":{"ApproximateCreationDateTime":\#(time),"Keys":{"id":{"S":"\#(number)"}},"#
                + #""NewImage":{"keep":{"BOOL":false}},"SequenceNumber":"\#(number)"}}"# + "\n"
        }.joined()
    }

    private func simulate(_ records: String, _ options: [String] = [], script: String = "[]") async throws
        -> (status: Int32, verdict: [String: Any], errors: String)
    {
        let rules = try folder.write(#"{"script":\#(script)}"#, to: "case.json")
        let run = try await CommandRun.lambdaStreams(
            ["simulate", "--records", "-", "--output", "json", "--no-advice"] + options
                + ["--", Products.scriptedFunction, "--case", rules],
            input: records
        )
        let verdict = try? JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        return (run.status, verdict ?? [:], run.errors)
    }

    @Test("records that LATEST passes over are not handled, and the run is not green")
    func latest() async throws {
        let run = try await simulate(
            records(["1767225600", "1767225601", "1767225700"]),
            ["--starting-position", "LATEST", "--start", "2026-01-01T00:01:00Z"]
        )
        #expect(run.status == 1 && run.verdict["waiting"] as? Int == 2)
        #expect(run.verdict["headline"] as? String == "2 of 3 records were not delivered.")
    }

    @Test("a run that handled nothing does not say that every record was handled")
    func filtered() async throws {
        let filter = #"{"dynamodb":{"NewImage":{"keep":{"BOOL":[true]}}}}"#
        let run = try await simulate(records(["1767225600", "1767225600"]), ["--filter", filter])
        #expect(run.status == 0)
        #expect(run.verdict["headline"] as? String == "No record was handled: all were filtered.")
    }

    @Test("records that are in the input twice are counted")
    func duplicates() async throws {
        let run = try await simulate(records(["1", "2", "2", "3", "1"], numbers: [1, 2, 2, 3, 1]))
        #expect(run.status == 0 && run.verdict["records"] as? Int == 3 && run.verdict["duplicates"] as? Int == 2)
    }

    @Test("an input that is not in order says so")
    func reordered() async throws {
        let run = try await simulate(records(["1", "2", "3"], numbers: [2, 1, 3]))
        let warnings = run.verdict["warnings"] as? [String] ?? []
        #expect(run.status == 0 && warnings.contains { $0.contains("not in the order of its sequence numbers") })
    }

    private static let bucket = ["--destination", "arn:aws:s3:::failed", "--maximum-retry-attempts", "0"]

    @Test("the commands that bring records back are those for this mapping")
    func recovery() async throws {
        let failing = #"[{"then":{"throw":"no"}}]"#
        let log = folder.file("discarded.jsonl")
        let run = try await simulate(records(["1"]), Self.bucket + ["--destination-log", log], script: failing)
        let recovery = run.verdict["recovery"] as? [String] ?? []
        #expect(run.status == 3)
        #expect(recovery.contains { $0.hasPrefix("lambda-streams redrive --from \(log) ") }, "\(recovery)")
        #expect(recovery.contains { $0.contains("as long as the bucket keeps the messages") })
        #expect(recovery.last?.hasPrefix("lambda-streams redrive --from s3://failed/aws/lambda/ ") == true)
        // A redrive refuses the records of a window.
        let window = Self.bucket + ["--tumbling-window-in-seconds", "60", "--destination-log", log]
        let ofWindow = try await simulate(records(["1"]), window, script: #"[{"then":{"return":{}}}]"#)
        let advice = ofWindow.verdict["recovery"] as? [String] ?? []
        #expect(ofWindow.status == 3 && advice.allSatisfy { !$0.contains("lambda-streams") }, "\(ofWindow.verdict)")
        #expect(advice.last?.contains("compute the window again from the table") == true)
        #expect("\(ofWindow.verdict)".contains("The response has no state"))
    }

    /// The body of a report, and how many of four records a mapping that does not read it loses.
    static let reports: [(String, Int)] = [
        (#"{"batchItemFailures":[]}"#, 0), (#"{"batchItemFailures":null}"#, 0), (#"{"other":[1,2,3,4,5,6,7,8]}"#, 0),
        (#"{"batchItemFailures":[{"itemIdentifier":"3"}]}"#, 2),
        (#"{"batchItemFailures":[{"itemIdentifier":"4"},{"itemIdentifier":"2"}]}"#, 3),
        (#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, 4), (#"{"batchItemFailures":[null]}"#, 4),
        (#"{"batchItemFailures":[{}]}"#, 4), (#"{"batchItemFailures":[0]}"#, 4),
        (#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, 4), (#"{"batchItemFailures":[{"id":"2"}]}"#, 4),
        (#"{"batchItemFailures":[{"itemIdentifier":"99"}]}"#, 4),
        (#"{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":null}]}"#, 4),
        (#"{"batchItemFailures":"2"}"#, 4), (#"{"batchItemFailures":{"itemIdentifier":"2"}}"#, 4),
    ]

    @Test(
        "a report that the mapping does not read loses what a mapping that reads it would deliver again",
        arguments: reports
    )
    func unread(_ report: String, _ lost: Int) async throws {
        let body = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
        let run = try await simulate(
            records(Array(repeating: "1767225600", count: 4)),
            script: #"[{"then":{"body":\#(body)}}]"#
        )
        #expect(run.verdict["lost"] as? Int == lost, "\(run.verdict)")
        #expect(run.status == (lost > 0 ? 4 : 0))
    }

    @Test("throttled attempts are no invocations, and partial failures count apart")
    func counts() async throws {
        let run = try await simulate(
            records(Array(repeating: "1767225600", count: 4)),
            ["--report-batch-item-failures", "true", "--throttle", "0.4", "--seed", "3"],
            script:
                #"[{"when":{"contains":"1"},"times":1,"then":{"report":["3"]}},{"when":{"contains":"3"},"times":2,"then":{"throw":"no"}}]"#
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.verdict["invocations"] as? Int == 4 && run.verdict["partialInvocations"] as? Int == 1)
        #expect(run.verdict["failedInvocations"] as? Int == 2)
        #expect((run.verdict["throttledInvocations"] as? Int ?? 0) > 0)
    }

    // MARK: Times

    static let times: [(String, String)] = [
        ("1714557600", "1.7145576E9"), ("1714557600.0", "1.7145576E9"), (#""2024-05-01T10:00:00Z""#, "1.7145576E9"),
        (#""2024-05-01T10:00:00+00:00""#, "1.7145576E9"), (#""2024-05-01T12:00:00+02:00""#, "1.7145576E9"),
        (#""2024-05-01T10:00:00.000Z""#, "1.7145576E9"), (#""2024-05-01 10:00:00+00:00""#, "1.7145576E9"),
        (#""2024-05-01 10:00:00 +0000""#, "1.7145576E9"), (#""1714557600""#, "1.7145576E9"),
        (#""1714557600.5""#, "1.7145576005E9"), (#""2024-05-01T10:00:00.25Z""#, "1.71455760025E9"),
    ]

    @Test("times are read in every spelling, and the function receives a number", arguments: times)
    func eachTime(_ time: String, _ delivered: String) async throws {
        let run = try await simulate(
            records([time]),
            ["--log", folder.file("log"), "--destination", "arn:aws:s3:::failed", "--maximum-retry-attempts", "0"]
                + ["--destination-log", folder.file("failed")],
            script: #"[{"then":{"throw":"no"}}]"#
        )
        #expect(run.status == 3, "\(run.errors)")
        #expect(try folder.read("log").hasPrefix(#"{"type":"invoke","at":"2024-05-01T10:00:00"#))
        let message = try folder.read("failed")
        #expect(message.contains(#"ApproximateCreationDateTime\":\#(delivered)"#), "\(message)")
    }

    static let unreadableTimes = [
        #""soon""#, #""""#, "null", "true", "[]", "{}", #""2024-05-01T10:00:00""#, #""2024-13-01T10:00:00Z""#, "1e300",
        #""1714557600 s""#, #""Wed May 01 2024""#,
    ]

    @Test("a time that cannot be read is refused with its place", arguments: unreadableTimes)
    func unreadableTime(_ time: String) async throws {
        let run = try await simulate(records(["1714557600", time]))
        #expect(run.status == 2 && run.verdict.isEmpty)
        #expect(run.errors.contains("standard input, line 2: dynamodb.ApproximateCreationDateTime is"), "\(run.errors)")
    }

    // MARK: Settings

    @Test("a batch of 10,000 without a window is not one invocation, for a page has 1,000 records")
    func pages() async throws {
        func invocations(_ options: [String]) async throws -> Int? {
            let run = try await CommandRun.lambdaStreams(
                ["simulate", "--generate", "3000", "--rate", "1000000/s", "--batch-size", "10000", "--output", "json"]
                    + options + ["--", Products.scriptedFunction]
            )
            let verdict = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
            return verdict?["invocations"] as? Int
        }
        #expect(try await invocations([]) == 3)
        #expect(try await invocations(["--maximum-batching-window-in-seconds", "5"]) == 1)
        #expect(try await invocations(["--records-per-page", "500"]) == 6)
    }

    @Test("-1 can be typed, and a mapping that is written down needs a StartingPosition")
    func settings() async throws {
        let run = try await simulate(
            records(["1767225600"]),
            ["--maximum-retry-attempts", "-1", "--maximum-record-age-in-seconds", "-1"]
        )
        #expect(run.status == 0, "\(run.errors)")
        let mapping = try folder.write(#"{"BatchSize":1}"#, to: "mapping.json")
        let refused = try await simulate(records(["1767225600"]), ["--mapping", mapping])
        #expect(refused.status == 2 && refused.errors.contains("startingPosition"), "\(refused.errors)")
        let version = try await CommandRun.lambdaStreams(["--version"])
        #expect(version.status == 0 && version.output == "\(CommandVersion.text)\n")
    }

    static let useless = [
        ["--generate", "3", "--clock", "real", "--invocation-time", "1s"], ["--generate", "3", "--event", "Orders"],
        ["--generate", "3", "--clock", "real", "--start", "2026-01-01T00:00:00Z"], ["--records", "-", "--keys", "3"],
        ["--generate", "3", "--clock", "real", "--advice"], ["--records", "-", "--rate", "3/s"],
        ["--generate", "3", "--destination-format", "sqs"], ["--records", "-", "--shards", "3"],
        ["--generate", "3", "--parameter", "A=b"], ["--generate", "3", "--close-windows"],
        ["--table", "t", "--clock", "virtual"], ["--table", "t", "--invocation-time", "1s"],
        ["--table", "t", "--outage", "1s-2s"], ["--table", "t", "--advice"], ["--table", "t", "--latest-gap", "1s"],
        ["--table", "t", "--records-per-page", "10"], ["--generate", "3", "--log", "-", "--report", "-"],
        ["--generate", "3", "--output", "json", "--function-log", "-"],
    ]

    @Test("options that have no effect together are refused", arguments: useless)
    func eachUseless(_ options: [String]) async throws {
        let run = try await CommandRun.lambdaStreams(["simulate"] + options + ["--", Products.scriptedFunction])
        #expect(run.status == 64 && run.output == "", "\(run.errors)")
    }

    @Test(
        "faults of a destination that is not there are refused",
        arguments: ["--undeliverable", "--undeliverable-first"]
    )
    func noDestination(_ option: String) async throws {
        let run = try await simulate(records(["1767225600"]), [option, "1"])
        #expect(run.status == 2 && run.errors.contains("needs an on-failure destination"), "\(run.errors)")
    }

    // MARK: The function's surroundings

    @Test("the function sees what it is given, and this process's environment only where that is asked for")
    func environment() async throws {
        let script = try folder.write(
            "#!/bin/sh\nenv > \"$1\"\nexec \"$2\"\n",
            to: "function.sh"
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        func variables(_ options: [String]) async throws -> String {
            let run = try await CommandRun.lambdaStreams(
                ["simulate", "--generate", "1", "--env", "MINE=1"] + options
                    + ["--", script, folder.file("env"), Products.scriptedFunction],
                environment: ["AWS_SECRET_ACCESS_KEY": "secret", "SOMETHING": "here"]
            )
            #expect(run.status == 0, "\(run.errors)")
            return try folder.read("env")
        }
        let clean = try await variables([])
        #expect(clean.contains("MINE=1") && !clean.contains("secret") && !clean.contains("SOMETHING"))
        #expect(clean.contains("LAMBDA_STREAMS_CLOCK=") && clean.contains("AWS_LAMBDA_LOG_STREAM_NAME=local/"))
        #expect(try await variables(["--inherit-environment"]).contains("AWS_SECRET_ACCESS_KEY=secret"))
        #expect(try await !variables(["--clock", "real"]).contains("LAMBDA_STREAMS_CLOCK"))
    }

    @Test("the function's clock is the mapping's")
    func clock() async throws {
        // It fails for two minutes of the mapping's time, whatever the wall clock says.
        let script = try folder.write(
            """
            #!/usr/bin/env python3
            import os, struct, sys, time
            sys.path.insert(0, "\(Products.package.path)/Tests/Functions")
            sys.dont_write_bytecode = True
            from runtime_api import RuntimeAPI
            api, first = RuntimeAPI(), None
            while True:
                request, event = api.next()
                with open(os.environ["LAMBDA_STREAMS_CLOCK"], "rb") as file:
                    now = time.time() + struct.unpack("<q", file.read(8))[0] / 1000
                first = first or now
                if now - first < 120: api.fail(request, b'{"errorType":"Leased","errorMessage":"later"}')
                else: api.respond(request, b'{"batchItemFailures":[]}')
            """,
            to: "leased.py"
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        let run = try await CommandRun.lambdaStreams([
            "simulate", "--generate", "1", "--maximum-retry-attempts", "20", "--output", "json", "--", script,
        ])
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        // 30-second waits after the first eight: the eleventh try is the first after two minutes.
        let verdict = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        #expect(verdict?["invocations"] as? Int == 12 || verdict?["invocations"] as? Int == 11, "\(run.output)")
    }

    @Test("Ctrl-C ends a function that never finishes its init, and so do Lambda's limit and the timeout")
    func endlessInit() async throws {
        let command = try RunningCommand.lambdaStreams([
            "simulate", "--generate", "1", "--env", "FUNCTION_INIT=sleep 600", "--", Products.obedientFunction,
        ])
        try await eventually("the function") { !command.children.isEmpty }
        command.signal(SIGINT)
        #expect(try await command.end().status == 130)
        for clock in ["virtual", "real"] {
            let limited = try await CommandRun.lambdaStreams([
                "simulate", "--generate", "1", "--clock", clock, "--env", "FUNCTION_INIT=sleep 600",
                "--function-timeout",
                "1s", "--", Products.obedientFunction,
            ])
            let text = limited.output + limited.errors
            #expect(limited.status != 0 && text.contains("did not ask for an event"), "\(text)")
        }
    }

    @Test("an init that exceeds Lambda's limit is repeated within the first invocation")
    func slowInit() async throws {
        let run = try await CommandRun.lambdaStreams([
            "simulate", "--generate", "1", "--env", "FUNCTION_INIT=sleep 10.5", "--function-timeout", "120s", "--",
            Products.obedientFunction,
        ])
        #expect(run.status == 0, "\(run.output)\(run.errors)")
    }
}
