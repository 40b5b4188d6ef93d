// Every command of the pages on redriving and backfilling runs, and does what the page says.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import Moto
import TemporaryFiles
import Testing

/// AWS's services on this machine, with the names that the pages use.
private struct DocumentedPlaces {
    let moto: Moto
    let folder: TemporaryFolder
    let streamARN: String
    let shard: String
    let numbers: [SequenceNumber]

    /// A table of orders with a stream, in a moto of its own: the pages' names are the same for every test.
    init() async throws {
        moto = try Moto()
        folder = try TemporaryFolder()
        try await moto.createTable("orders", key: "id", hasStream: true)
        let dynamoDB = DynamoDBClient(moto.client())
        for order in 0..<10 {
            try await dynamoDB.putItem(PutItem(["id": .string("o-\(order)"), "total": .number(12)], into: "orders"))
        }
        streamARN = try #require(try await dynamoDB.latestStreamARN(ofTable: "orders"))
        let streams = DynamoDBStreamsClient(moto.client())
        shard = try #require(try await streams.describeStream(streamARN).shards.first?.id)
        let iterator = try await streams.shardIterator(.trimHorizon, inShard: shard, of: streamARN)
        numbers = try await streams.records(at: iterator).event.records.compactMap(\.sequenceNumber)
        try #require(numbers.count == 10)
        let template = try String(
            contentsOf: Products.package.appendingPathComponent("template.yaml"),
            encoding: .utf8
        )
        _ = try folder.write(template, to: "template.yaml")
    }

    func run(_ command: String, _ lambda: LambdaStandIn) async throws -> CommandRun {
        try await DocumentedCommands.run(
            command,
            in: folder.path,
            environment: FailedTable.environment.merging(["AWS_ENDPOINT_URL": moto.endpoint]) { $1 }
                .merging(lambda.environment) { $1 }
        )
    }

    /// Sends the message of Lambda about three orders, and the dead letter of another.
    func fail(into queue: String) async throws {
        let batch = """
            {"requestContext":{"requestId":"bd6b194f","functionArn":\
            "arn:aws:lambda:eu-central-1:123456789012:function:OrderProjector","condition":"RetryAttemptsExhausted",\
            "approximateInvokeCount":3},"version":"1.0","timestamp":"2026-09-17T13:06:52.767Z","DDBStreamBatchInfo":{\
            "shardId":"\(shard)","startSequenceNumber":"\(numbers[2])","endSequenceNumber":"\(numbers[4])",\
            "approximateArrivalOfFirstRecord":"2026-09-17T13:05:34Z",\
            "approximateArrivalOfLastRecord":"2026-09-17T13:05:36Z","batchSize":3,"streamArn":"\(streamARN)"}}
            """
        let letter = """
            {"version":"1.0","deadLetteredAt":"2026-01-01T00:00:00.000Z","reason":"Permanent","deliveries":1,"record":\
            {"eventID":"1","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","dynamodb":\
            {"Keys":{"id":{"S":"o-7"}},"NewImage":{"id":{"S":"o-7"}},"SequenceNumber":"\(numbers[7])"},\
            "eventSourceARN":"\(streamARN)"}}
            """
        let sqs = SQSClient(moto.client())
        for body in [batch, letter] { _ = try await sqs.sendMessage(body, to: queue) }
    }
}

@Suite("The pages on redriving and backfilling", .serialized)
struct DocumentedCommandTests {
    @Test("Bring records back, from the first command to the last")
    func redrive() async throws {
        let page = try DocumentedCommands(ofPage: "Redrive")
        let places = try await DocumentedPlaces()
        let queue = try await places.moto.createQueue("orders-failed")
        let sqs = SQSClient(places.moto.client())
        #expect(page.commands.count == 6)
        var kinds: [String] = []
        for command in page.commands {
            let lambda = try LambdaStandIn(mappings: [LambdaStandIn.mapping(places.streamARN)])
            // Each finds the queue as it was after the failures.
            try await sqs.purge(queue)
            try await places.fail(into: queue)
            var typed = command.replacing(
                "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
                with: places.streamARN
            )
            let saved = try? FileManager.default.contentsOfDirectory(atPath: places.folder.file("saved")).first
            if let saved { typed = typed.replacing(/saved\/orders-failed-[^ ]*\.jsonl/, with: "saved/\(saved)") }
            let run = try await places.run(typed, lambda)
            #expect(run.status == 0, "\(typed)\n\(run.output)\(run.errors)")
            if command.contains("--save ") {
                kinds.append("save")
                #expect(run.output.contains("2 messages with 4 records saved"), "\(run.output)")
                #expect(lambda.handled.isEmpty)
            } else if command.contains("--dry-run") {
                kinds.append("dry run")
                #expect(run.output.contains("4 records would be handled"), "\(run.output)")
                #expect(lambda.handled.isEmpty)
            } else if command.contains("--from stream:") {
                kinds.append("stream")
                #expect(lambda.handled == (0..<10).map { "o-\($0)" })
            } else {
                kinds.append(command.contains("--from sqs:") ? "queue" : "file")
                #expect(lambda.handled.sorted() == ["o-2", "o-3", "o-4", "o-7"], "\(typed)")
                // What is done is gone from the queue.
                let left = try await sqs.receiveMessages(from: queue)
                #expect(left.isEmpty == command.contains("--from sqs:"))
            }
        }
        #expect(kinds == ["save", "dry run", "queue", "queue", "file", "stream"])
        try await hasOptions(page, of: ["redrive", "backfill"])
    }

    @Test("Dead letters: both commands")
    func deadLetters() async throws {
        let page = try DocumentedCommands(ofPage: "DeadLetters")
        let places = try await DocumentedPlaces()
        let queue = try await places.moto.createQueue("dead-orders")
        try await places.fail(into: queue)
        let lambda = try LambdaStandIn(mappings: [LambdaStandIn.mapping(places.streamARN)])
        #expect(page.commands.count == 2)
        for command in page.commands {
            let run = try await places.run(command, lambda)
            #expect(run.status == 0, "\(command)\n\(run.output)\(run.errors)")
        }
        #expect(lambda.handled.sorted() == ["o-2", "o-3", "o-4", "o-7"])
    }

    @Test("Backfill: from the table, from an export, into a function on this machine, and what failed")
    func backfill() async throws {
        let page = try DocumentedCommands(ofPage: "Backfill")
        let places = try await DocumentedPlaces()
        try await export(places)
        let failed =
            #"{"eventID":"1","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","dynamodb":{"Keys":{"id":"#
            + #"{"S":"o-3"}},"NewImage":{"id":{"S":"o-3"}},"SequenceNumber":"7"},"eventSourceARN":"\#(places.streamARN)"}"#
        let orders = (0..<10).map { "o-\($0)" }
        #expect(page.commands.count == 5)
        for (command, expected) in zip(page.commands, [[], orders, orders, [], ["o-3"]]) {
            let lambda = try LambdaStandIn(
                mappings: [LambdaStandIn.mapping(places.streamARN, function: "order-projector")]
            )
            if command.contains(".failed.jsonl") {
                _ = try places.folder.write(failed + "\n", to: "orders.progress.json.failed.jsonl")
            }
            let typed = command.replacing("http://localhost:8000", with: places.moto.endpoint)
                .replacing(".build/debug/OrderProjector", with: "python3 \(Products.obedientFunction)")
            let run = try await places.run(typed, lambda)
            #expect(run.status == 0, "\(typed)\n\(run.output)\(run.errors)")
            #expect(lambda.handled.sorted() == expected, "\(command)")
        }
        try await hasOptions(page, of: ["backfill", "redrive"])
    }

    /// Writes the export that the page names, as S3 has it.
    private func export(_ places: DocumentedPlaces) async throws {
        try await places.moto.createBucket("exports")
        let lines = (0..<10).map { #"{"Item":{"id":{"S":"o-\#($0)"},"total":{"N":"12"}}}"# + "\n" }.joined()
        let gzip = try await CommandRun.run(
            URL(fileURLWithPath: "/usr/bin/env"),
            ["gzip", places.folder.write(lines, to: "items.json")]
        )
        try #require(gzip.status == 0)
        let data = try Data(contentsOf: URL(fileURLWithPath: places.folder.file("items.json.gz")))
        let time = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: 1))
        let summary = """
            {"outputFormat":"DYNAMODB_JSON","tableArn":"arn:aws:dynamodb:eu-central-1:123456789012:table/orders",\
            "exportTime":"\(time)","itemCount":10}
            """
        let list = #"{"itemCount":10,"dataFileS3Key":"AWSDynamoDB/01767268800000-a1b2c3d4/data/items.json.gz"}"# + "\n"
        let s3 = S3Client(places.moto.client())
        for (name, bytes) in [
            ("manifest-summary.json", Array(summary.utf8)), ("manifest-files.json", Array(list.utf8)),
            ("data/items.json.gz", Array(data)),
        ] {
            try await s3.putObject(bytes, key: "AWSDynamoDB/01767268800000-a1b2c3d4/\(name)", in: "exports")
        }
    }

    /// Whether the commands have every option that a page mentions.
    private func hasOptions(_ page: DocumentedCommands, of commands: [String]) async throws {
        var help = ""
        for command in commands { help += try await CommandRun.lambdaStreams(["help", command]).output }
        let known = Set(help.matches(of: /--[a-z][a-z-]*/).map { String($0.0) })
        #expect(page.options.count > 5)
        #expect(page.options.subtracting(known).isEmpty)
    }
}

extension SQSClient {
    /// Takes every message out of a queue.
    fileprivate func purge(_ queue: String) async throws {
        while case let messages = try await receiveMessages(from: queue), !messages.isEmpty {
            for message in messages { try await deleteMessage(message.receiptHandle, from: queue) }
        }
    }
}
