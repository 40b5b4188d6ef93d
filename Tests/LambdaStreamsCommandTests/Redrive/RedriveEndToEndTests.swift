// From failures under `simulate --send` to a whole projection, by `redrive`, also over kills at any moment.

import AWSServices
import Foundation
import Moto
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Redrive, from end to end")
struct RedriveEndToEndTests {
    private static let environment = [
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
    ]
    private static let function = Products.package.appendingPathComponent("Tests/Functions/projecting-function.py").path

    private let moto: Moto
    private let folder: TemporaryFolder
    private let name = "redrive-\(UUID().uuidString)"

    init() throws {
        moto = try Moto.shared()
        folder = try TemporaryFolder()
    }

    private var journal: String { folder.file("journal") }

    private func command(_ arguments: [String]) async throws -> CommandRun {
        try await .lambdaStreams(arguments, environment: Self.environment)
    }

    private func put(_ id: String, _ number: Int) async throws {
        let item = #"{"id":{"S":"\#(id)"},"n":{"N":"\#(number)"}}"#
        let body = #"{"TableName":"\#(name)","Item":\#(item)}"#
        _ = try await moto.call(service: "dynamodb", target: "DynamoDB_20120810.PutItem", body: body)
    }

    private func delete(_ id: String) async throws {
        let body = #"{"TableName":"\#(name)","Key":{"id":{"S":"\#(id)"}}}"#
        _ = try await moto.call(service: "dynamodb", target: "DynamoDB_20120810.DeleteItem", body: body)
    }

    private struct Change {
        let id: String
        let number: Decimal
        let value: String?
    }

    private func changes() -> [Change] {
        let text = (try? String(contentsOfFile: journal, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            guard let object = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any],
                let id = object["id"] as? String,
                let number = (object["number"] as? String).flatMap({ Decimal(string: $0) })
            else { return nil }
            let image = object["image"] as? [String: [String: String]]
            return Change(id: id, number: number, value: image?["n"]?["N"])
        }
    }

    /// What a function that keeps the last applied numbers makes of the journal.
    private func projection() -> [String: String] {
        var last: [String: Change] = [:]
        for change in changes() where last[change.id].map({ $0.number <= change.number }) ?? true {
            last[change.id] = change
        }
        return last.compactMapValues(\.value)
    }

    /// Writes 120 changes of 30 items, and runs the broken function over them.
    ///
    /// - Returns: what the table has, and the queue's URL.
    private func fail() async throws -> (table: [String: String], queue: String) {
        try await moto.createTable(name, key: "id", hasStream: true)
        let queue = try await moto.createQueue(name)
        var table: [String: String] = [:]
        for number in 1...120 {
            let id = "item-\(number % 30)"
            if number % 11 == 0 {
                try await delete(id)
                table[id] = nil
            } else {
                try await put(id, number)
                table[id] = "\(number)"
            }
        }
        let run = try await command(
            [
                "simulate", "--table", name, "--endpoint-url", moto.endpoint, "--checkpoint-file", folder.file("place"),
                "--maximum-retry-attempts", "0", "--batch-size", "5", "--report-batch-item-failures", "true", "--send",
                "--until-idle", "3s", "--destination", "arn:aws:sqs:eu-central-1:123456789012:\(name)",
                "--", Self.function, "--journal", journal, "--dead-letters", queue,
            ]
        )
        #expect(run.status == 3, "\(run.output) \(run.errors)")
        // The verdict ends with the command that brings the records back.
        let expected =
            "lambda-streams redrive --from sqs:\(name) --unfiltered --to function function-under-test --endpoint-url \(moto.endpoint)"
        #expect(run.output.contains(expected), "\(run.output)")
        #expect(projection() != table)
        return (table, queue)
    }

    private func redrive(_ options: [String] = []) -> [String] {
        ["redrive", "--from", "sqs:\(name)", "--endpoint-url", moto.endpoint, "--unfiltered"] + options
            + ["--", Self.function, "--journal", journal, "--repaired"]
    }

    private func bodies(_ queue: String) async throws -> [String] {
        let sqs = SQSClient(moto.client())
        var bodies: [String] = []
        while case let messages = try await sqs.receiveMessages(from: queue), !messages.isEmpty {
            bodies += messages.map(\.body)
        }
        return bodies
    }

    @Test("through the repaired function the projection becomes that of a run without failures")
    func whole() async throws {
        let (table, queue) = try await fail()
        let dry = try await command(
            ["redrive", "--from", "sqs:\(name)", "--endpoint-url", moto.endpoint, "--unfiltered", "--dry-run"]
        )
        #expect(dry.status == 0, "\(dry.output) \(dry.errors)")
        #expect(dry.output.contains("would be handled"))
        #expect(dry.output.contains("GetRecords"))
        // Saved, the records outlive the stream.
        let saved = try await command(
            [
                "redrive", "--from", "sqs:\(name)", "--endpoint-url", moto.endpoint, "--unfiltered", "--save",
                folder.file("saved"), "--json",
            ]
        )
        #expect(saved.status == 0, "\(saved.output) \(saved.errors)")
        let run = try await command(redrive())
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        #expect(run.errors.contains("--skip-if-newer"))
        #expect(projection() == table)
        #expect(try await bodies(queue).isEmpty)
        // Nothing is left to do.
        let again = try await command(redrive())
        #expect(again.status == 0 && again.output.contains("There were no records."), "\(again.output)")
        // And the saved file alone brings back the same.
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.file("saved")).first)
        let count = changes().count
        let fromFile = try await command(
            [
                "redrive", "--from", folder.file("saved/\(file)"), "--to", "file", folder.file("records.jsonl"),
                "--endpoint-url", "http://127.0.0.1:9",
            ]
        )
        #expect(fromFile.status == 0, "\(fromFile.output) \(fromFile.errors)")
        #expect(changes().count == count)
        let records = try String(contentsOfFile: folder.file("records.jsonl"), encoding: .utf8)
        #expect(records.split(separator: "\n").count > 30)
    }

    @Test("killed at random moments and run again, nothing is lost, and few records are handled twice")
    func killed() async throws {
        let (table, queue) = try await fail()
        let before = changes().count
        var kills = 0
        var run: CommandRun?
        while kills < 4 {
            let running = try RunningCommand.lambdaStreams(
                redrive(["--visibility-timeout", "3s", "--batch-size", "5"]) + ["--pause", "0.03"],
                environment: Self.environment
            )
            let goal = changes().count + Int.random(in: 1...12)
            for _ in 0..<400 where changes().count < goal { try await Task.sleep(for: .milliseconds(20)) }
            running.signal(SIGKILL)
            _ = try await running.end()
            kills += 1
            // The messages that it had received are visible again then.
            try await Task.sleep(for: .seconds(3.2))
        }
        for _ in 0..<3 {
            run = try await command(redrive())
            if try await SQSClient(moto.client()).attributes(of: queue)["ApproximateNumberOfMessages"] == "0" { break }
        }
        #expect(run?.status == 0, "\(run?.output ?? "") \(run?.errors ?? "")")
        #expect(projection() == table)
        #expect(try await bodies(queue).isEmpty)
        // At least once: what was handled and not yet deleted comes again, a message or two for each kill.
        let redriven = changes().dropFirst(before)
        let distinct = Set(redriven.map { "\($0.id) \($0.number)" })
        #expect(redriven.count - distinct.count <= kills * 10)
    }

    @Test("a file of dead letters survives kills: every line is handled, and what was confirmed is not handled again")
    func killedFile() async throws {
        let count = 400
        let lines = (1...count).map { number in
            """
            {"version":"1.0","deadLetteredAt":"2026-01-01T00:00:00.000Z","reason":"Permanent","deliveries":1,"record":\
            {"eventID":"\(number)","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","dynamodb":\
            {"Keys":{"id":{"S":"i\(number % 40)"}},"NewImage":{"id":{"S":"i\(number % 40)"},"n":{"N":"\(number)"}},\
            "SequenceNumber":"\(number)"},"eventSourceARN":\
            "arn:aws:dynamodb:eu-central-1:123456789012:table/t/stream/2026-01-01T00:00:00.000"}}
            """
        }
        let path = try folder.write(lines.joined(separator: "\n") + "\n", to: "letters.jsonl")
        func arguments(_ pause: String) -> [String] {
            [
                "redrive", "--from", path, "--batch-size", "10", "--", Self.function, "--journal", journal,
                "--repaired",
                "--pause", pause,
            ]
        }
        var kills = 0
        while kills < 8 {
            let running = try RunningCommand.lambdaStreams(arguments("0.002"), environment: Self.environment)
            let goal = changes().count + Int.random(in: 1...40)
            for _ in 0..<400 where changes().count < goal { try await Task.sleep(for: .milliseconds(10)) }
            running.signal(SIGKILL)
            _ = try await running.end()
            kills += 1
        }
        let run = try await command(arguments("0"))
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        let numbers = changes().map { "\($0.number)" }
        #expect(Set(numbers).count == count)
        #expect(!FileManager.default.fileExists(atPath: path + ".remaining.jsonl"))
    }
}
