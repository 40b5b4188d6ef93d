// `backfill` as a user runs it, against moto: what it refuses, what it says.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import Moto
import TemporaryFiles
import Testing

@Suite("Backfill")
struct BackfillCommandTests {
    private static let environment = [
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
    ]

    private static func run(_ arguments: [String]) async throws -> CommandRun {
        try await .lambdaStreams(
            ["backfill", "--endpoint-url", try Moto.shared().endpoint] + arguments,
            environment: environment
        )
    }

    private static func table(items: Int, hasStream: Bool = true) async throws -> String {
        let moto = try Moto.shared()
        let name = "orders-\(UUID().uuidString)"
        try await moto.createTable(name, key: "id", hasStream: hasStream)
        for start in stride(from: 0, to: items, by: 25) {
            let puts = (start..<min(start + 25, items)).map { #"{"PutRequest":{"Item":{"id":{"S":"o-\#($0)"}}}}"# }
            _ = try await moto.call(
                service: "dynamodb",
                target: "DynamoDB_20120810.BatchWriteItem",
                body: #"{"RequestItems":{"\#(name)":[\#(puts.joined(separator: ","))]}}"#
            )
        }
        return name
    }

    private static func lines(_ file: String) -> [String] {
        ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// How often each item is in a file of records.
    private static func items(_ file: String) throws -> [String: Int] {
        let ids = try lines(file).map { line in
            let record = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let change = try #require(record["dynamodb"] as? [String: Any])
            let keys = try #require(change["Keys"] as? [String: [String: String]])
            return keys["id"]?["S"] ?? ""
        }
        return Dictionary(ids.map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test("a table's items go to a file, each once")
    func toFile() async throws {
        let table = try await Self.table(items: 60)
        let folder = try TemporaryFolder()
        let run = try await Self.run(["--table", table, "--segments", "3", "--to", "file", folder.file("items")])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("60 of 60 records handled"))
        let items = try Self.items(folder.file("items"))
        #expect(items.count == 60 && items.values.allSatisfy { $0 == 1 })
    }

    @Test("--only leaves out what is not asked for, and what is left out is not left undone")
    func only() async throws {
        let table = try await Self.table(items: 30)
        let folder = try TemporaryFolder()
        let run = try await Self.run(
            ["--table", table, "--only", "id=o-7", "--only", "id=o-8", "--to", "file", folder.file("items")]
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(try Self.items(folder.file("items")) == ["o-7": 1, "o-8": 1])
        #expect(run.output.contains("28 filtered out"))
        let wrong = try await Self.run(["--table", table, "--only", "ID=o-7", "--to", "file", folder.file("none")])
        #expect(wrong.status == 2 && wrong.errors.contains("no such key attribute. Its key is id."), "\(wrong.errors)")
    }

    @Test("an item that fails is kept beside the progress file, and without one it is said that none is")
    func failed() async throws {
        let table = try await Self.table(items: 1)
        let folder = try TemporaryFolder()
        let script = #"{"script":[{"then":{"throw":"no"}}]}"#
        let function = ["--", Products.scriptedFunction, "--case", try folder.write(script, to: "case.json")]
        let once = ["--table", table, "--no-guard", "--batch-size", "1"]
        let run = try await Self.run(once + function)
        #expect(run.status == 1 && run.output.contains("1 failed\n"), "\(run.output)")
        #expect(run.errors.contains("the item id=o-0 failed: "), "\(run.errors)")
        #expect(run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains("are not kept"))
        let progress = folder.file("progress.json")
        let kept = try await Self.run(once + ["--progress-file", progress] + function)
        #expect(kept.status == 1 && !kept.output.contains("are not kept"))
        #expect(try Self.items(progress + ".failed.jsonl") == ["o-0": 1])
    }

    @Test(
        "what nobody can know to be right is refused with code 5, what is wrong with 2, each with what to do",
        arguments: [
            (["--to", "function", "projector"], Int32(2), "--guard last-applied"),
            (["--to", "function", "projector", "--guard", "last-applied"], 2, "no event source mapping"),
            (["--stream-read-since", "2026-01-01T00:00:00Z", "--", "/bin/false"], 5, "--skip-if-newer"),
            (["--guard", "last-applied", "--", "/bin/false"], 5, "--stream-read-since"),
        ]
    )
    func refused(arguments: [String], status: Int32, words: String) async throws {
        let table = try await Self.table(items: 1)
        let run = try await Self.run(["--table", table] + arguments)
        #expect(run.status == status, "\(run.errors)")
        #expect(run.errors.split(separator: "\n").joined(separator: " ").contains(words), "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test(
        "options that contradict each other are wrong options",
        arguments: [
            ["--table", "t"], ["--to", "file", "f"],
            ["--table", "t", "--to", "file", "f", "--since", "2026-01-01T00:00:00Z"],
            ["--table", "t", "--to", "file", "f", "--export", "e", "--segments", "2"],
            ["--table", "t", "--to", "file", "f", "--guard", "last-applied", "--no-guard"],
            ["--table", "t", "--to", "file", "f", "--newer-by", "version"],
            ["--table", "t", "--to", "file", "f", "--segments", "0"],
        ]
    )
    func wrongOptions(arguments: [String]) async throws {
        #expect(try await Self.run(arguments).status == 64)
    }

    @Test("a table without a stream, none at all, and an export that is not there are refused")
    func noSource() async throws {
        let table = try await Self.table(items: 1, hasStream: false)
        let folder = try TemporaryFolder()
        for (arguments, words) in [
            (["--table", table], "has no stream"), (["--table", "none-\(table)"], "ResourceNotFoundException"),
            (["--table", try await Self.table(items: 1), "--export", folder.path], "manifest-summary.json"),
        ] {
            let run = try await Self.run(arguments + ["--to", "file", folder.file("items")])
            #expect(run.status == 2)
            #expect(run.errors.contains(words), "\(run.errors)")
        }
    }

    @Test("a dry run says what it would cost, and reads nothing of the table")
    func dryRun() async throws {
        let table = try await Self.table(items: 40)
        let run = try await Self.run(["--table", table, "--dry-run", "--batch-size", "10"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("about 40 items") && run.output.contains("about 4 times"))
        let json = try await Self.run(
            ["--table", table, "--dry-run", "--json", "--to", "function", "projector", "--guard", "last-applied"]
        )
        #expect(json.status == 2)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["items"] as? Int == 40)
        #expect((object["refusals"] as? [String])?.count == 1)
    }

    @Test("beside live traffic, a function that keeps the last applied numbers ends with what the table holds")
    func besideLiveTraffic() async throws {
        let moto = try Moto.shared()
        let dynamoDB = DynamoDBClient(moto.client())
        let table = try await Self.table(items: 200, hasStream: false)
        _ = try await moto.call(
            service: "dynamodb",
            target: "DynamoDB_20120810.UpdateTable",
            body: """
                {"TableName":"\(table)","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}
                """
        )
        let (projection, applied) = ("projection-\(table)", "applied-\(table)")
        for name in [projection, applied] { try await moto.createTable(name, key: "id") }
        let folder = try TemporaryFolder()
        let function = [
            "--env", "AWS_ENDPOINT_URL=\(moto.endpoint)", "--env", "AWS_REGION=eu-central-1", "--env",
            "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "--env", "AWS_SECRET_ACCESS_KEY=secret", "--env",
            "PROJECTION=\(projection)",
            "--env", "APPLIED=\(applied)", "--", Products.executable("ProjectingFunction"),
        ]
        let live = try RunningCommand.lambdaStreams(
            [
                "simulate", "--table", table, "--endpoint-url", moto.endpoint, "--checkpoint-file",
                folder.file("place"),
                "--report-batch-item-failures", "true", "--batch-size", "10",
            ] + function,
            environment: Self.environment
        )
        let backfill = try RunningCommand.lambdaStreams(
            [
                "backfill", "--table", table, "--endpoint-url", moto.endpoint, "--guard", "last-applied",
                "--stream-read-since", "2026-01-01T00:00:00Z", "--batch-size", "10", "--concurrency", "2", "--segments",
                "2",
            ] + function,
            environment: Self.environment
        )
        var random = SystemRandomNumberGenerator()
        for number in 0..<120 {
            let id = AttributeValue.string("o-\(Int.random(in: 0..<230, using: &random))")
            if number % 3 == 0 {
                try await dynamoDB.deleteItem(DeleteItem(["id": id], from: table))
            } else {
                try await dynamoDB.putItem(PutItem(["id": id, "v": .string("new-\(number)")], into: table))
            }
        }
        // The end of the stream, for a test that must not sleep.
        try await dynamoDB.putItem(PutItem(["id": "last"], into: table))
        let run = try await backfill.end()
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        var isThere = false
        for _ in 0..<600 where !isThere {
            isThere = try await dynamoDB.getItem(["id": "last"], from: projection) != nil
            if !isThere { try await Task.sleep(for: .milliseconds(50)) }
        }
        live.signal(SIGINT)
        _ = try await live.end()
        #expect(try await Self.content(of: projection, dynamoDB) == (try await Self.content(of: table, dynamoDB)))
    }

    private static func content(of table: String, _ dynamoDB: DynamoDBClient) async throws -> Set<Item> {
        var items: Set<Item> = []
        var key: Item?
        repeat {
            let page = try await dynamoDB.scan(Scan(table, after: key, consistently: true))
            items.formUnion(page.items)
            key = page.lastEvaluatedKey
        } while key != nil
        return items
    }
}
