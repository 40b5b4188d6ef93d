// `redrive` from a stream, and with the filters that Lambda lists: against moto, with a Lambda that keeps what it is given.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import Moto
import TemporaryFiles
import Testing

@Suite("Redrive, streams and filters")
struct RedriveStreamTests {
    /// Orders 0 to 9, of which every other is open.
    private static let openOrders = #"{"dynamodb":{"NewImage":{"state":{"S":["open"]}}}}"#

    private let moto: Moto
    private let folder: TemporaryFolder
    private let name = "orders-\(UUID().uuidString)"

    init() throws {
        moto = try Moto.shared()
        folder = try TemporaryFolder()
    }

    private struct OrdersStream {
        let arn: String
        let shard: String
        let numbers: [SequenceNumber]
    }

    private func makeStream() async throws -> OrdersStream {
        try await moto.createTable(name, key: "id", hasStream: true)
        let dynamoDB = DynamoDBClient(moto.client())
        for order in 0..<10 {
            let state = AttributeValue.string(order % 2 == 0 ? "open" : "closed")
            try await dynamoDB.putItem(PutItem(["id": .string("o-\(order)"), "state": state], into: name))
        }
        let arn = try #require(try await dynamoDB.latestStreamARN(ofTable: name))
        let streams = DynamoDBStreamsClient(moto.client())
        let shard = try #require(try await streams.describeStream(arn).shards.first?.id)
        let iterator = try await streams.shardIterator(.trimHorizon, inShard: shard, of: arn)
        let numbers = try await streams.records(at: iterator).event.records.compactMap(\.sequenceNumber)
        try #require(numbers.count == 10)
        return OrdersStream(arn: arn, shard: shard, numbers: numbers)
    }

    private func redrive(_ arguments: [String], _ lambda: LambdaStandIn? = nil) async throws -> CommandRun {
        try await .lambdaStreams(
            ["redrive"] + arguments,
            environment: FailedTable.environment.merging(["AWS_ENDPOINT_URL": moto.endpoint]) { $1 }
                .merging(lambda?.environment ?? [:]) { $1 }
        )
    }

    private func items(_ file: String) throws -> [String] {
        let text = (try? folder.read(file)) ?? ""
        return text.matches(of: /"Keys":\{"id":\{"S":"(o-\d+)"/).map { String($0.1) }
    }

    private func orders(_ numbers: some Sequence<Int>) -> [String] { numbers.map { "o-\($0)" } }

    // MARK: A stream

    @Test("every record that a stream has goes to a file; --only, --shard, --since and a position choose some of them")
    func stream() async throws {
        let stream = try await makeStream()
        let run = try await redrive(["--from", "stream:\(stream.arn)", "--to", "file", folder.file("all")])
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        #expect(run.output.contains("10 of 10 records handled."))
        #expect(try items("all") == orders(0..<10))
        for (options, name, expected) in [
            (["--only", "id=o-3"], "only", [3]), (["--shard", stream.shard], "shard", Array(0..<10)),
            (["--since", "2026-01-01T00:00:00Z"], "since", Array(0..<10)),
            (["--since", "2999-01-01T00:00:00Z"], "late", []),
            (["--shard", stream.shard, "--sequence-number", "\(stream.numbers[7])"], "position", [7, 8, 9]),
            (["--filter", Self.openOrders], "filtered", [0, 2, 4, 6, 8]),
        ] {
            let run = try await redrive(["--from", stream.arn, "--to", "file", folder.file(name)] + options)
            // What is not chosen is not left undone.
            #expect(run.status == 0, "\(name): \(run.output) \(run.errors)")
            #expect(try items(name) == orders(expected), "\(name)")
        }
        let none = try await redrive(["--from", stream.arn, "--shard", "shardId-0", "--dry-run"])
        #expect(none.status == 2)
        #expect(none.errors.contains("has no shard shardId-0"), "\(none.errors)")
    }

    @Test("with a progress file a stream is read once; what failed is kept beside it, and the end says how to go on")
    func progress() async throws {
        let stream = try await makeStream()
        let source = ["--from", stream.arn, "--progress-file", folder.file("progress")]
        let function = ["--", Self.rejectingFunction, "o-4"]
        let first = try await redrive(
            source + ["--unfiltered", "--attempts", "1", "--guard", "last-applied"] + function
        )
        #expect(first.status == 1, "\(first.output) \(first.errors)")
        let failed = folder.file("progress.failed.jsonl")
        #expect(first.output.contains(failed), "\(first.output)")
        #expect(first.output.contains("9 of 10 records handled."))
        #expect(try items("progress.failed.jsonl") == ["o-4"])
        // The guard was named, so nothing is to be warned of.
        #expect(!first.errors.contains("--skip-if-newer"), "\(first.errors)")
        // Everything is behind the progress, and what failed is still said.
        let second = try await redrive(source + ["--unfiltered", "--to", "file", folder.file("second")])
        #expect(second.status == 1, "\(second.output)")
        #expect(try items("second").isEmpty)
        let third = try await redrive(["--from", failed, "--to", "file", folder.file("third")])
        #expect(third.status == 0, "\(third.output) \(third.errors)")
        #expect(try items("third") == ["o-4"])
    }

    private static let rejectingFunction = Products.package
        .appendingPathComponent("Tests/Functions/rejecting-function.py").path

    @Test("a process is not given the records of a stream before somebody says which of them it receives")
    func unknownFilters() async throws {
        let stream = try await makeStream()
        let run = try await redrive(["--from", stream.arn, "--", "/bin/false"])
        #expect(run.status == 2, "\(run.output)")
        #expect(run.errors.contains("--unfiltered"), "\(run.errors)")
    }

    // MARK: Filters

    @Test("the filters of the function's mapping are asked for, and apply to a stream and to a message's range")
    func filters() async throws {
        let stream = try await makeStream()
        let lambda = try LambdaStandIn(mappings: [LambdaStandIn.mapping(stream.arn, filters: [Self.openOrders])])
        let run = try await redrive(["--from", stream.arn, "--to", "function", "OrderProjector"], lambda)
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        #expect(lambda.handled == orders([0, 2, 4, 6, 8]))
        #expect(run.errors.contains("has filters"))
        // Without them, a range with more records than its message counts is refused.
        let message = try folder.write(message(stream, from: 2, to: 7, count: 3), to: "message.json")
        let other = try LambdaStandIn(mappings: [LambdaStandIn.mapping(stream.arn, filters: [Self.openOrders])])
        let range = try await redrive(["--from", message, "--to", "function", "OrderProjector"], other)
        #expect(range.status == 0, "\(range.output) \(range.errors)")
        #expect(other.handled == orders([2, 4, 6]))
        #expect(range.output.contains("3 filtered out"))
    }

    @Test("an option says more than the mapping")
    func explicitFilters() async throws {
        let stream = try await makeStream()
        for (options, expected) in [
            (["--unfiltered"], Array(0..<10)),
            (["--filter", #"{"dynamodb":{"Keys":{"id":{"S":["o-1"]}}}}"#], [1]),
        ] {
            let lambda = try LambdaStandIn(mappings: [LambdaStandIn.mapping(stream.arn, filters: [Self.openOrders])])
            let run = try await redrive(["--from", stream.arn, "--to", "function", "OrderProjector"] + options, lambda)
            #expect(run.status == 0, "\(run.output) \(run.errors)")
            #expect(lambda.handled == orders(expected))
        }
    }

    private static let key = #","KMSKeyArn":"arn:aws:kms:eu-central-1:123456789012:key/1""#

    @Test(
        "filters that a customer managed key encrypts are decrypted by Lambda, for a stream and for a message's range"
    )
    func encryptedFilters() async throws {
        let stream = try await makeStream()
        let message = try folder.write(message(stream, from: 2, to: 7, count: 3), to: "message.json")
        for (from, filters, expected) in [
            (stream.arn, [Self.openOrders], [0, 2, 4, 6, 8]), (message, [Self.openOrders], [2, 4, 6]),
            // A mapping can have a key and no filters.
            (stream.arn, [], Array(0..<10)),
        ] {
            let lambda = try LambdaStandIn(
                mappings: [LambdaStandIn.mapping(stream.arn, members: Self.key + #","FilterCriteria":null"#)],
                whole: LambdaStandIn.mapping(stream.arn, filters: filters, members: Self.key)
            )
            let run = try await redrive(["--from", from, "--to", "function", "OrderProjector"], lambda)
            #expect(run.status == 0, "\(run.output) \(run.errors)")
            #expect(lambda.handled == orders(expected))
        }
    }

    @Test("filters that cannot be decrypted end a redrive of a stream, and keep a message, with what to do")
    func undecryptedFilters() async throws {
        let stream = try await makeStream()
        let message = message(stream, from: 2, to: 7, count: 3)
        let problem =
            #","FilterCriteriaError":{"ErrorCode":"KMSAccessDeniedException","Message":"you may not use the key"}"#
        for (name, whole, says) in [
            (
                "undecrypted", try LambdaStandIn.mapping(stream.arn, members: Self.key + problem),
                "KMSAccessDeniedException: you may not use the key. Allow kms:Decrypt for the key, or name them with"
            ),
            ("unreadable", nil, "Allow lambda:GetEventSourceMapping, and kms:Decrypt for the key, or name them with"),
        ] {
            for (from, status) in [(stream.arn, Int32(2)), (try folder.write(message, to: name), 1)] {
                let lambda = try LambdaStandIn(
                    mappings: [LambdaStandIn.mapping(stream.arn, members: Self.key)],
                    whole: whole
                )
                let run = try await redrive(["--from", from, "--to", "function", "OrderProjector"], lambda)
                #expect(run.status == status, "\(run.output) \(run.errors)")
                let errors = run.errors.split(separator: "\n").joined(separator: " ")
                #expect(errors.contains(says), "\(run.errors)")
                #expect(lambda.handled.isEmpty)
            }
        }
    }

    @Test("what cannot be read of the mappings is said, and nothing is guessed")
    func unreadableFilters() async throws {
        let stream = try await makeStream()
        let windowed = try LambdaStandIn.mapping(stream.arn, members: #","TumblingWindowInSeconds":60"#)
        let other = try LambdaStandIn.mapping(stream.arn, filters: [Self.openOrders])
        let cases: [(mappings: [String]?, says: String)] = [
            (nil, "cannot be listed"), ([], "has no event source mapping of a stream"),
            ([windowed], "tumbling windows"), ([try LambdaStandIn.mapping(stream.arn), other], "have different ones"),
        ]
        for (mappings, says) in cases {
            let lambda = try LambdaStandIn(mappings: mappings)
            let run = try await redrive(["--from", stream.arn, "--to", "function", "OrderProjector"], lambda)
            #expect(run.status == 2, "\(says): \(run.output)")
            #expect(run.errors.split(separator: "\n").joined(separator: " ").contains(says), "\(run.errors)")
            #expect(lambda.handled.isEmpty)
        }
    }

    /// A message of Lambda about a range of the orders.
    private func message(_ stream: OrdersStream, from first: Int, to last: Int, count: Int) -> String {
        """
        {"requestContext":{"requestId":"bd6b194f","functionArn":\
        "arn:aws:lambda:eu-central-1:123456789012:function:OrderProjector","condition":"RetryAttemptsExhausted",\
        "approximateInvokeCount":3},"version":"1.0","timestamp":"2026-09-17T13:06:52.767Z","DDBStreamBatchInfo":{\
        "shardId":"\(stream.shard)","startSequenceNumber":"\(stream.numbers[first])",\
        "endSequenceNumber":"\(stream.numbers[last])","approximateArrivalOfFirstRecord":"2026-09-17T13:05:34Z",\
        "approximateArrivalOfLastRecord":"2026-09-17T13:05:36Z","batchSize":\(count),"streamArn":"\(stream.arn)"}}\n
        """
    }
}
