// The Redriver against moto's stream and bucket, and a Lambda that answers as a test says.

import Foundation
import HTTPScripting
import LambdaStreamsAWS
import LambdaStreamsTesting
import Moto
import RecordReplay
import SharedState
import Testing

@testable import Redriver

@Suite("Redriver")
struct RedriverTests {
    /// A table's stream with five records, and a bucket.
    private struct Place {
        let bucket: String
        let s3: S3Client
        let streamARN: String
        let shardID: String
        let numbers: [String]

        init() async throws {
            let moto = try Moto.shared()
            s3 = S3Client(moto.client())
            bucket = "failed-\(UUID().uuidString.lowercased())"
            try await moto.createBucket(bucket)
            let table = "orders-\(UUID().uuidString)"
            try await moto.createTable(table, key: "id", hasStream: true)
            let dynamoDB = DynamoDBClient(moto.client())
            for order in 1...5 {
                try await dynamoDB.putItem(PutItem(["id": .string("o-\(order)")], into: table))
            }
            streamARN = try #require(try await dynamoDB.latestStreamARN(ofTable: table))
            let streams = DynamoDBStreamsClient(moto.client())
            shardID = try #require(try await streams.describeStream(streamARN).shards.first?.id)
            let iterator = try await streams.shardIterator(.trimHorizon, inShard: shardID, of: streamARN)
            numbers = try await streams.records(at: iterator).event.records
                .compactMap { $0.sequenceNumber?.description }
            try #require(numbers.count == 5)
        }

        /// The message of Lambda about all five.
        func message() -> String {
            """
            {"requestContext":{"requestId":"bd6b194f","functionArn":"arn:aws:lambda:eu-central-1:1:function:orders",\
            "condition":"RetryAttemptsExhausted","approximateInvokeCount":3},"responseContext":{"statusCode":200,\
            "executedVersion":"1","functionError":"Unhandled"},"version":"1.0","timestamp":"2026-09-17T13:06:52.767Z",\
            "DDBStreamBatchInfo":{"shardId":"\(shardID)","startSequenceNumber":"\(numbers[0])",\
            "endSequenceNumber":"\(numbers[4])","approximateArrivalOfFirstRecord":"2026-09-17T13:05:34Z",\
            "approximateArrivalOfLastRecord":"2026-09-17T13:05:36Z","batchSize":5,"streamArn":"\(streamARN)"}}
            """
        }

        /// The key of the batch below a prefix.
        func key(_ prefix: String) throws -> String {
            let document = try FailureDocument(Array(message().utf8))
            guard case .batch(let message) = document.content else { throw CancellationError() }
            return prefix + FailedBatch(message, document).name
        }

        /// The records that are there; nil without an object.
        func stored(_ prefix: String) async throws -> [ReplayRecord]? {
            let key = try key(prefix)
            let bytes: [UInt8]
            do throws(AWSError) {
                bytes = try await s3.getObject(key: key, from: bucket)
            } catch {
                guard error.code == "NoSuchKey" else { throw error }
                return nil
            }
            guard case .batch(let message) = try FailureDocument(bytes).content else { return nil }
            return message.payload?.records ?? []
        }

        /// Deletes the table, and its stream with it.
        func deleteTable() async throws {
            let table = try #require(streamARN.split(separator: "/").dropFirst().first)
            _ = try await Moto.shared().call(
                service: "dynamodb",
                target: "DynamoDB_20120810.DeleteTable",
                body: #"{"TableName":"\#(table)"}"#
            )
        }

        func processor(_ lambda: ScriptedServer, redrives: Int = 3) throws -> BatchProcessor<SQSMessage> {
            let client = AWSClient(
                region: "eu-central-1",
                endpoint: "http://\(lambda.endpoint)",
                credentials: AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "SECRET"),
                retryPolicy: AWSRetryPolicy(maximumAttempts: 1),
                environment: AWSEnvironment([:])
            )
            return Redriver.processor(
                FailureHandler(
                    store: FailedRecordStore(bucket: bucket, s3: s3),
                    reader: StreamRangeReader(DynamoDBStreamsClient(try Moto.shared().client()), patience: .seconds(5)),
                    target: { FunctionTarget($0, lambda: LambdaClient(client)) },
                    function: nil,
                    maximumRedrives: redrives
                )
            )
        }
    }

    private func event(_ body: String, receives: Int = 1) throws -> SQSEvent {
        try SQSEvent.Builder(queue: "failed-batches").message(body, receiveCount: receives).build()
    }

    private func count(_ request: ScriptedServer.Request) throws -> Int {
        try StreamEvent(request.body).records.count
    }

    /// A function that handles everything.
    private func succeeding() throws -> ScriptedServer {
        try ScriptedServer { _ in .status(200, body: #"{"batchItemFailures":[]}"#) }
    }

    @Test("the records are read back, handled by the function that the message names, and nothing is left")
    func redriven() async throws {
        let place = try await Place()
        let lambda = try succeeding()
        defer { lambda.stop() }
        let response = try await place.processor(lambda).process(event(place.message()))
        #expect(response == .success)
        #expect(lambda.requests.first?.path.contains("function%3Aorders/invocations") == true)
        #expect(try lambda.requests.map(count) == [5])
        #expect(try await place.stored("failed/") == nil)
        #expect(try await place.stored("parked/") == nil)
    }

    @Test("with no redrives allowed they are saved, and no function is invoked")
    func saved() async throws {
        let place = try await Place()
        let lambda = try succeeding()
        defer { lambda.stop() }
        #expect(try await place.processor(lambda, redrives: 0).process(event(place.message())) == .success)
        #expect(lambda.requests.isEmpty)
        #expect(try await place.stored("failed/")?.map { "\($0.sequenceNumber)" } == place.numbers)
    }

    @Test("what fails again is saved smaller, sent again, and parked after the last delivery of the message")
    func parked() async throws {
        let place = try await Place()
        let bad = place.numbers[2]
        let lambda = try ScriptedServer { request in
            .status(
                200,
                body: request.text.contains(bad)
                    ? #"{"batchItemFailures":[{"itemIdentifier":"\#(bad)"}]}"# : #"{"batchItemFailures":[]}"#
            )
        }
        defer { lambda.stop() }
        let processor = try place.processor(lambda, redrives: 2)
        let first = try event(place.message())
        #expect(try await processor.process(first) == .failure(from: first.records[0]))
        #expect(try await place.stored("failed/")?.map { "\($0.sequenceNumber)" } == [bad])
        let before = lambda.requests.count
        #expect(try await processor.process(event(place.message(), receives: 2)) == .success)
        #expect(try lambda.requests[before...].map(count) == [1])
        #expect(try await place.stored("failed/") == nil)
        #expect(try await place.stored("parked/")?.map { "\($0.sequenceNumber)" } == [bad])
    }

    @Test("records that an earlier delivery saved are not read from the stream again")
    func savedBefore() async throws {
        let place = try await Place()
        let lambda = try succeeding()
        defer { lambda.stop() }
        #expect(try await place.processor(lambda, redrives: 0).process(event(place.message())) == .success)
        try await place.deleteTable()
        #expect(try await place.processor(lambda).process(event(place.message(), receives: 2)) == .success)
        #expect(try lambda.requests.map(count) == [5])
    }

    @Test("records that are gone are said to be lost, and the message is parked")
    func gone() async throws {
        let place = try await Place()
        let lambda = try succeeding()
        defer { lambda.stop() }
        try await place.deleteTable()
        #expect(try await place.processor(lambda).process(event(place.message())) == .success)
        #expect(lambda.requests.isEmpty)
        let parked = try await place.s3.getObject(key: place.key("parked/"), from: place.bucket)
        #expect(parked == Array(place.message().utf8))
    }

    @Test("a function that is throttled keeps the message and what was saved, however often it was delivered")
    func throttled() async throws {
        let place = try await Place()
        let lambda = try ScriptedServer { _ in .status(500, body: "{}") }
        defer { lambda.stop() }
        let event = try event(place.message(), receives: 3)
        // So little time that the replay is stopped by it.
        let response = try await place.processor(lambda).process(event, context: .testing(remaining: .seconds(4)))
        #expect(response == .failure(from: event.records[0]))
        #expect(try await place.stored("failed/")?.count == 5)
        #expect(try await place.stored("parked/") == nil)
    }

    @Test(
        "a message that is about no batch is parked as it is",
        arguments: ["no JSON", "{}", #"{"KinesisBatchInfo":{}}"#]
    )
    func unreadable(body: String) async throws {
        let place = try await Place()
        let lambda = try succeeding()
        defer { lambda.stop() }
        #expect(try await place.processor(lambda).process(event(body)) == .success)
        let key = "parked/unreadable/message-1.json"
        #expect(try await place.s3.getObject(key: key, from: place.bucket) == Array(body.utf8))
    }

    @Test("the number of redrives is a number", arguments: ["-1", "three", "1.5"])
    func setting(text: String) throws {
        #expect(throws: NoNumberOfRedrives.self) {
            try Redriver.maximumRedrives(AWSEnvironment(["MAXIMUM_REDRIVES": text]))
        }
        #expect(try Redriver.maximumRedrives(AWSEnvironment([:])) == 3)
        #expect(try Redriver.maximumRedrives(AWSEnvironment(["MAXIMUM_REDRIVES": "0"])) == 0)
    }
}
