// `simulate` on streams that no emulator has: chains and splits, trimmed and vanished shards, long numbers, broken pages.

import Foundation
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Simulate, live, by plan")
struct LiveStreamTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private typealias Plan = StreamEndpoint

    private func arguments(_ endpoint: StreamEndpoint, _ options: [String], function: [String] = []) -> [String] {
        [
            "simulate", "--table", "orders", "--endpoint-url", endpoint.url, "--checkpoint-file", folder.file("place"),
            "--output", "json",
        ] + options + ["--", Products.scriptedFunction, "--journal", folder.file("journal")] + function
    }

    private func run(_ endpoint: StreamEndpoint, _ options: [String] = [], function: [String] = []) async throws
        -> (status: Int32, verdict: [String: Any], errors: String)
    {
        let run = try await CommandRun.lambdaStreams(
            arguments(endpoint, ["--until-idle", "300ms"] + options, function: function)
        )
        let verdict = try? JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        return (run.status, verdict ?? [:], run.errors + run.output)
    }

    private static func numbers(_ ranges: Range<Int>...) -> [String] { ranges.flatMap { $0.map { "\($0)" } } }

    private var delivered: [String] {
        let text = (try? folder.read("journal")) ?? ""
        return text.split(separator: "\n").map { String($0.drop { $0 == "0" }) }
    }

    @Test("a chain of 40,000 records is read to its end, each shard after its parent")
    func chain() async throws {
        let shards = (1...4).map { number in
            Plan.shard(
                "s\(number)",
                parent: number > 1 ? "s\(number - 1)" : nil,
                first: number * 100_000,
                count: 10_000,
                isClosed: number < 4
            )
        }
        let endpoint = try await StreamEndpoint(
            "{\"shards\":[\(shards.reversed().joined(separator: ","))]}",
            in: folder
        )
        defer { endpoint.stop() }
        let run = try await run(endpoint, ["--batch-size", "1000"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.verdict["handled"] as? Int == 40_000)
        let ranges = (1...4).map { $0 * 100_000..<$0 * 100_000 + 10_000 }
        #expect(delivered == ranges.flatMap { Self.numbers($0) })
    }

    @Test("child shards are read concurrently, and only after their parent")
    func splits() async throws {
        let children = (1...6).map { Plan.shard("child\($0)", parent: "root", first: $0 * 1_000_000, count: 2_500) }
        let root = Plan.shard("root", first: 1, count: 3_000, isClosed: true)
        let endpoint = try await StreamEndpoint(
            "{\"shards\":[\((children + [root]).joined(separator: ","))],\"throttle\":0.1,\"expire\":0.1,\"empty\":0.1}",
            in: folder
        )
        defer { endpoint.stop() }
        let run = try await run(endpoint, ["--batch-size", "100"])
        #expect(run.status == 0, "\(run.errors)")
        let delivered = delivered
        #expect(delivered.count == 18_000 && Set(delivered).count == 18_000)
        #expect(Set(delivered.prefix(3_000)) == Set(Self.numbers(1..<3_001)))
    }

    @Test("sequence numbers of any length are read, and continued from", arguments: [21, 40, 41, 56, 57, 58, 90])
    func digits(_ digits: Int) async throws {
        let shard = Plan.shard("s", first: 7_000, count: 30, more: ",\"digits\":\(digits)")
        let endpoint = try await StreamEndpoint("{\"shards\":[\(shard)]}", in: folder)
        defer { endpoint.stop() }
        let first = try await run(endpoint)
        #expect(first.status == 0, "\(first.errors)")
        try await endpoint.change(#"{"shards":[{"id":"s","count":50}]}"#)
        let second = try await run(endpoint)
        #expect(second.status == 0 && second.verdict["records"] as? Int == 20, "\(second.errors)")
        #expect(delivered == Self.numbers(7_000..<7_050))
    }

    @Test("a restart at LATEST delivers nothing old and misses nothing new, new shards included")
    func latest() async throws {
        let shards = [
            Plan.shard("old", first: 1, count: 100, isClosed: true),
            Plan.shard("open", parent: "old", first: 1_000, count: 100, more: ",\"old\":100"),
        ]
        let endpoint = try await StreamEndpoint("{\"shards\":[\(shards.joined(separator: ","))]}", in: folder)
        defer { endpoint.stop() }
        let first = try await run(endpoint, ["--starting-position", "LATEST"])
        // Nothing came, so nothing is known of the function.
        #expect(
            first.status == 1 && first.verdict["headline"] as? String == "There were no records.",
            "\(first.errors)"
        )
        try await endpoint.change(
            """
            {"shards":[{"id":"open","count":130,"closed":true},\
            \(Plan.shard("child", parent: "open", first: 5_000, count: 10, more: ",\"old\":0"))]}
            """
        )
        let second = try await run(endpoint, ["--starting-position", "LATEST"])
        #expect(second.status == 0, "\(second.errors)")
        #expect(delivered == Self.numbers(1_100..<1_130, 5_000..<5_010))
        let third = try await run(endpoint, ["--starting-position", "LATEST"])
        #expect(third.status == 0 && third.verdict["headline"] as? String == "There were no new records.")
    }

    @Test("a restart at LATEST whose iterator has expired goes by the time at which the shard was seen")
    func latestExpired() async throws {
        let shard = Plan.shard("open", first: 1_000, count: 100, more: ",\"old\":100")
        let endpoint = try await StreamEndpoint("{\"shards\":[\(shard)]}", in: folder)
        defer { endpoint.stop() }
        _ = try await run(endpoint, ["--starting-position", "LATEST"])
        try await endpoint.change(#"{"era":1,"shards":[{"id":"open","count":120}]}"#)
        let second = try await run(endpoint, ["--starting-position", "LATEST"])
        #expect(second.status == 0, "\(second.errors)")
        #expect(delivered == Self.numbers(1_100..<1_120))
    }

    static let broken = [
        #"{"eventID":"x","eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"a"}}}}"#,
        #"{"eventID":"x","eventName":"INSERT","dynamodb":{"Keys":{},"SequenceNumber":"12x"}}"#,
        #"{"eventID":"x","dynamodb":{"SequenceNumber":"000000000000000001010","ApproximateCreationDateTime":"soon"}}"#,
        #"{"eventID":"x","dynamodb":{"SequenceNumber":"000000000000000000001"}}"#,
        #"{"eventID":"#,
    ]

    @Test("a page that cannot be read ends the run with a sentence", arguments: broken)
    func unreadable(_ record: String) async throws {
        let text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        let endpoint = try await StreamEndpoint(
            "{\"shards\":[\(Plan.shard("s", first: 1_000, count: 20))],\"broken\":{\"s\":[10,\(text)]},\"pageSize\":10}",
            in: folder
        )
        defer { endpoint.stop() }
        let run = try await run(endpoint, ["--batch-size", "10"])
        #expect(run.status == 2, "\(run.errors)")
        let failures = run.verdict["failures"] as? [String] ?? []
        #expect(failures.contains { $0.contains("A page of s cannot be read") }, "\(run.errors)")
        // What came before it was delivered.
        #expect(delivered == Self.numbers(1_000..<1_010))
        #expect(try folder.read("place").contains("000000000000000001009"))
    }

    @Test("records that were trimmed between two runs are named, and the run is not green")
    func trimmed() async throws {
        let endpoint = try await StreamEndpoint("{\"shards\":[\(Plan.shard("s", first: 100, count: 20))]}", in: folder)
        defer { endpoint.stop() }
        let first = try await run(endpoint)
        #expect(first.status == 0, "\(first.errors)")
        try await endpoint.change(#"{"shards":[{"id":"s","count":60,"trimmed":40}]}"#)
        let second = try await run(endpoint)
        #expect(second.status == 1, "\(second.errors)")
        let unknown = second.verdict["unknown"] as? [String] ?? []
        #expect(unknown.count == 1 && unknown[0].contains("after 000000000000000000119"), "\(second.errors)")
        #expect(delivered == Self.numbers(100..<120, 140..<160))
    }

    @Test("a trimmed head that was never known is where the stream begins")
    func trimmedHead() async throws {
        let shard = Plan.shard("s", first: 100, count: 20, more: ",\"trimmed\":15")
        let endpoint = try await StreamEndpoint("{\"shards\":[\(shard)]}", in: folder)
        defer { endpoint.stop() }
        let first = try await run(endpoint)
        #expect(first.status == 0, "\(first.errors)")
        #expect(delivered == Self.numbers(115..<120))
    }

    @Test("a shard that vanished with records in it is named; one that was done is not")
    func vanished() async throws {
        let shards = [
            Plan.shard("done", first: 1, count: 5, isClosed: true), Plan.shard("open", first: 100, count: 5),
            Plan.shard("child", parent: "done", first: 200, count: 5),
        ]
        let endpoint = try await StreamEndpoint("{\"shards\":[\(shards.joined(separator: ","))]}", in: folder)
        defer { endpoint.stop() }
        let first = try await run(endpoint)
        #expect(first.status == 0, "\(first.errors)")
        try await endpoint.change(
            #"{"shards":[{"id":"done","gone":true},{"id":"open","gone":true},{"id":"child","count":7}]}"#
        )
        let second = try await run(endpoint)
        #expect(second.status == 1, "\(second.errors)")
        let unknown = second.verdict["unknown"] as? [String] ?? []
        #expect(unknown.count == 1 && unknown[0].hasPrefix("open is no longer in the stream"), "\(second.errors)")
        #expect(delivered.suffix(2) == ["205", "206"])
    }

    @Test("a stream that was replaced is named: by a running command, and by one that is started on the old place")
    func replaced() async throws {
        let endpoint = try await StreamEndpoint("{\"shards\":[\(Plan.shard("s", first: 1, count: 5))]}", in: folder)
        defer { endpoint.stop() }
        let command = try RunningCommand.lambdaStreams(arguments(endpoint, []))
        try await eventually("the records") { delivered.count == 5 }
        try await endpoint.change(#"{"stream":"2026-02-02T00:00:00.000"}"#)
        let run = try await command.end()
        #expect(run.status == 2 && run.output.contains("has a new stream"), "\(run.errors)\(run.output)")
        let again = try await self.run(endpoint)
        #expect(again.status == 2 && again.errors.contains("belongs to the stream"), "\(again.errors)")
    }

    @Test("a window continues over a restart, is named when it stays open, and closed where that is asked for")
    func windows() async throws {
        let now = Int(Date().timeIntervalSince1970)
        let shard = Plan.shard("s", first: 100, count: 20, more: ",\"time\":\(now)")
        let endpoint = try await StreamEndpoint("{\"shards\":[\(shard)]}", in: folder)
        defer { endpoint.stop() }
        let options = ["--tumbling-window-in-seconds", "900", "--batch-size", "10", "--log", folder.file("log")]
        let first = try await run(endpoint, options)
        #expect(first.status == 0 && (first.verdict["openWindows"] as? [Any])?.count == 1, "\(first.errors)")
        #expect(try folder.read("place").contains(#""state":{"count":20}"#))
        try await endpoint.change(#"{"shards":[{"id":"s","count":30}]}"#)
        let second = try await run(endpoint, options + ["--close-windows"])
        #expect(second.status == 0 && (second.verdict["openWindows"] as? [Any])?.isEmpty == true, "\(second.errors)")
        let log = try folder.read("log")
        let closing = log.split(separator: "\n").last { $0.contains(#""isFinalInvokeForWindow":true"#) }
        #expect(closing?.contains(#""state":{"count":30}"#) == true, "\(log)")
        #expect(try !folder.read("place").contains("window"))
    }

    @Test("the destination log of a restarted run is appended to, and says that nothing was sent")
    func destinationLog() async throws {
        let endpoint = try await StreamEndpoint("{\"shards\":[\(Plan.shard("s", first: 100, count: 3))]}", in: folder)
        defer { endpoint.stop() }
        let options = [
            "--destination", "arn:aws:sqs:us-east-1:000000000000:failed", "--destination-log", folder.file("failed"),
            "--maximum-retry-attempts", "0", "--batch-size", "1",
        ]
        #expect(try await run(endpoint, options, function: ["--fail-in", "1"]).status == 3)
        // What a run that was killed may leave.
        let handle = try #require(FileHandle(forWritingAtPath: folder.file("failed")))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"half".utf8))
        try await endpoint.change(#"{"shards":[{"id":"s","count":5}]}"#)
        let text = try await CommandRun.lambdaStreams(
            [
                "simulate", "--table", "orders", "--endpoint-url", endpoint.url, "--checkpoint-file",
                folder.file("place"),
            ]
                + ["--until-idle", "1s"] + options + ["--", Products.scriptedFunction, "--fail-in", "1"]
        )
        #expect(
            text.status == 3
                && text.output.replacing("\n", with: " ").contains("2 messages would have been sent to arn:aws:sqs"),
            "\(text)"
        )
        let lines = try folder.read("failed").split(separator: "\n")
        #expect(lines.count == 6 && lines[3] == "{\"half" && lines[5].contains("RetryAttemptsExhausted"), "\(lines)")
    }

    @Test("a place or a log that cannot be written is noticed before the function starts")
    func outputs() async throws {
        let endpoint = try await StreamEndpoint("{\"shards\":[\(Plan.shard("s", first: 1, count: 1))]}", in: folder)
        defer { endpoint.stop() }
        for option in [["--checkpoint-file", "/nowhere/place"], ["--destination-log", "/nowhere/log"]] {
            let run = try await CommandRun.lambdaStreams(
                ["simulate", "--table", "orders", "--endpoint-url", endpoint.url]
                    + (option[0] == "--checkpoint-file" ? [] : ["--checkpoint-file", folder.file("place")]) + option
                    + ["--", Products.scriptedFunction, "--journal", folder.file("journal")]
            )
            #expect(run.status == 2 && run.errors.contains("\(option[1]) cannot be written"), "\(run.errors)")
        }
        #expect(delivered.isEmpty)
    }

    /// How many topologies `make live-campaign` runs; without it, this test is not run.
    private static let topologies = ProcessInfo.processInfo.environment["LIVE_CAMPAIGN"]

    @Test("random topologies, killed and restarted, keep every promise", .enabled(if: topologies != nil))
    func campaign() async throws {
        let count = try #require(Self.topologies)
        let run = try await CommandRun.run(
            Products.package.appendingPathComponent("Tests/Functions/live-campaign.py"),
            ["--command", Products.executable("lambda-streams"), "--first", "1000", "--count", count, "--jobs", "4"]
        )
        #expect(run.status == 0, "\(run.output)\(run.errors)")
    }
}
