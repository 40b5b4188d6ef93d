// `simulate` on a live stream of moto's: nothing is lost over a kill and a restart, and messages really are sent.

import AWSServices
import Foundation
import Moto
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Simulate, live")
struct LiveTests {
    /// Moto's tables are in this region; the key is any.
    private static let environment = [
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
    ]

    private static func start(_ arguments: [String]) throws -> RunningCommand {
        try .lambdaStreams(["simulate"] + arguments, environment: environment)
    }

    private static func write(_ range: ClosedRange<Int>, to table: String, _ moto: Moto) async throws {
        for number in range {
            let item = #"{"id":{"S":"o-\#(number)"},"total":{"N":"\#(number)"}}"#
            let body = #"{"TableName":"\#(table)","Item":\#(item)}"#
            _ = try await moto.call(service: "dynamodb", target: "DynamoDB_20120810.PutItem", body: body)
        }
    }

    private static func lines(_ file: String) -> [String] {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Every sequence number that the log says was delivered, once for each delivery, of successful invocations.
    private static func handled(_ log: String) throws -> [String] {
        try lines(log).flatMap { line -> [String] in
            // A killed run may leave half a line.
            guard let entry = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                entry["type"] as? String == "invoke", entry["outcome"] as? String == "success"
            else { return [] }
            return try #require(entry["sequenceNumbers"] as? [String])
        }
    }

    @Test("over a kill and a restart every record is handled, and only what was under way comes twice")
    func restart() async throws {
        let moto = try Moto.shared()
        let table = "orders-\(UUID().uuidString)"
        try await moto.createTable(table, key: "id", hasStream: true)
        let folder = try TemporaryFolder()
        let journal = folder.file("journal")
        func arguments(_ run: Int) -> [String] {
            [
                "--table", table, "--endpoint-url", moto.endpoint, "--checkpoint-file", folder.file("place"),
                "--batch-size", "5", "--report-batch-item-failures", "true", "--backoff", "20ms", "--backoff-limit",
                "100ms",
                "--log", folder.file("log-\(run)"), "--report", folder.file("report-\(run).html"),
                "--", Products.scriptedFunction, "--journal", journal, "--fail-in", "4",
            ]
        }
        let first = try Self.start(arguments(1))
        try await Self.write(1...60, to: table, moto)
        try await eventually("half of the records") { Self.lines(journal).count >= 30 }
        first.signal(SIGKILL)
        _ = try await first.end()
        try await Self.write(61...120, to: table, moto)
        let second = try Self.start(arguments(2))
        try await Self.write(121...150, to: table, moto)
        try await eventually("all records") { Set(Self.lines(journal)).count == 150 }
        second.signal(SIGINT)
        let run = try await second.end()
        let counts = Dictionary(Self.lines(journal).map { ($0, 1) }, uniquingKeysWith: +)
        #expect(counts.count == 150)
        // The function notes its records before it answers: those of the batch that was with it when the simulator was
        // killed come again, and at most the one before it, whose place was not written yet.
        #expect(counts.values.filter { $0 > 1 }.count <= 10)
        #expect(counts.values.allSatisfy { $0 <= 2 })
        #expect(run.status == 0, "\(run.errors)")
        let again = try Self.handled(folder.file("log-2"))
        #expect(Set(again).count == again.count)
        #expect(FileManager.default.fileExists(atPath: folder.file("report-2.html")))
    }

    @Test("messages are sent to the queue, and the run ends when nothing comes")
    func sending() async throws {
        let moto = try Moto.shared()
        let name = "failing-\(UUID().uuidString)"
        try await moto.createTable(name, key: "id", hasStream: true)
        let queue = try await moto.createQueue(name)
        let folder = try TemporaryFolder()
        try await Self.write(1...3, to: name, moto)
        let run = try await CommandRun.lambdaStreams(
            [
                "simulate", "--table", name, "--endpoint-url", moto.endpoint, "--checkpoint-file", folder.file("place"),
                "--maximum-retry-attempts", "0", "--batch-size", "1", "--send", "--until-idle", "3s", "--output",
                "json",
                "--destination", "arn:aws:sqs:eu-central-1:123456789012:\(name)",
                "--", Products.scriptedFunction, "--fail-in", "1",
            ],
            environment: Self.environment
        )
        #expect(run.status == 3, "\(run.output) \(run.errors)")
        let messages = try await SQSClient(moto.client()).receiveMessages(from: queue, limit: 10)
        #expect(messages.count == 3)
        #expect(messages.allSatisfy { $0.body.contains("RetryAttemptsExhausted") })
    }

    @Test("a table without a stream, or none at all, is refused with what to do")
    func refused() async throws {
        let moto = try Moto.shared()
        let table = "still-\(UUID().uuidString)"
        try await moto.createTable(table, key: "id")
        for (name, says) in [(table, "has no stream"), ("nowhere", "The stream cannot be read")] {
            let run = try await CommandRun.lambdaStreams(
                ["simulate", "--table", name, "--endpoint-url", moto.endpoint, "--", Products.scriptedFunction],
                environment: Self.environment
            )
            #expect(run.status == 2)
            #expect(run.errors.contains(says), "\(run.errors)")
        }
    }
}
