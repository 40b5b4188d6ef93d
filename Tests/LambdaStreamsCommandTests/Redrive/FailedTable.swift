// A table whose changes went through a broken function, so that some are in its queue of failures.

import AWSServices
import Foundation
import Moto
import TemporaryFiles
import Testing

/// The table, its stream and its queue under moto, and the journal of what the function handled.
struct FailedTable {
    static let environment = [
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
    ]
    static let function = Products.package.appendingPathComponent("Tests/Functions/projecting-function.py").path

    let moto: Moto
    let folder: TemporaryFolder
    let name = "redrive-\(UUID().uuidString)"

    init() throws {
        moto = try Moto.shared()
        folder = try TemporaryFolder()
    }

    var journal: String { folder.file("journal") }

    func command(_ arguments: [String]) async throws -> CommandRun {
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

    struct Change {
        let id: String
        let number: Decimal
        let value: String?
    }

    func changes() -> [Change] {
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
    func projection() -> [String: String] {
        var last: [String: Change] = [:]
        for change in changes() where last[change.id].map({ $0.number <= change.number }) ?? true {
            last[change.id] = change
        }
        return last.compactMapValues(\.value)
    }

    /// Writes changes of 30 items, and runs the broken function over them.
    ///
    /// - Returns: what the table has, and the queue's URL.
    func fail(changes count: Int = 120) async throws -> (table: [String: String], queue: String) {
        try await moto.createTable(name, key: "id", hasStream: true)
        let queue = try await moto.createQueue(name)
        var table: [String: String] = [:]
        for number in 1...count {
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

    func redrive(_ options: [String] = []) -> [String] {
        ["redrive", "--from", "sqs:\(name)", "--endpoint-url", moto.endpoint, "--unfiltered"] + options
            + ["--", Self.function, "--journal", journal, "--repaired"]
    }

    func bodies(_ queue: String) async throws -> [String] {
        let sqs = SQSClient(moto.client())
        var bodies: [String] = []
        while case let messages = try await sqs.receiveMessages(from: queue), !messages.isEmpty {
            bodies += messages.map(\.body)
        }
        return bodies
    }
}
