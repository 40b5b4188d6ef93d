// Streams, queues, topics and buckets against moto.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import HTTPTransfers
import Moto
import Testing

@Suite("The other services against moto")
struct OtherServicesTests {
    @Test("a table's stream is found, described and read to its end")
    func streams() async throws {
        let moto = try Moto.shared()
        let table = "t-\(UUID().uuidString)"
        try await moto.createTable(table, key: "id", hasStream: true)
        let dynamoDB = DynamoDBClient(moto.client())
        for index in 0..<5 { try await dynamoDB.putItem(PutItem(["id": "o-\(index)"], into: table)) }
        let streams = DynamoDBStreamsClient(moto.client())
        let arn = try #require(try await dynamoDB.latestStreamARN(ofTable: table))
        let description = try await streams.describeStream(arn)
        #expect(description.viewType == .newAndOldImages)
        let shard = try #require(description.shards.first)
        var iterator: String? = try await streams.shardIterator(.trimHorizon, inShard: shard.id, of: arn)
        var ids: [String] = []
        var numbers: [SequenceNumber] = []
        for _ in 0..<20 {
            guard let next = iterator, ids.count < 5 else { break }
            let page = try await streams.records(at: next, limit: 2)
            #expect(page.event.records.count <= 2)
            ids += page.event.records.compactMap { $0.newImage?["id"]?.string }
            numbers += page.event.records.compactMap(\.sequenceNumber)
            iterator = page.nextIterator
        }
        #expect(ids == (0..<5).map { "o-\($0)" })
        let third = try await streams.shardIterator(.after(numbers[1]), inShard: shard.id, of: arn)
        #expect(try await streams.records(at: third).event.records.first?.sequenceNumber == numbers[2])
    }

    @Test("a table without a stream has no stream's ARN")
    func noStream() async throws {
        let moto = try Moto.shared()
        let table = "t-\(UUID().uuidString)"
        try await moto.createTable(table, key: "id")
        #expect(try await DynamoDBClient(moto.client()).latestStreamARN(ofTable: table) == nil)
    }

    @Test("a message is sent, received, held back and deleted")
    func queue() async throws {
        let moto = try Moto.shared()
        let sqs = SQSClient(moto.client())
        let url = try await moto.createQueue("q-\(UUID().uuidString)")
        let id = try await sqs.sendMessage(#"{"a":"ü😀"}"#, to: url, attributes: ["reason": "x"])
        let message = try #require(try await sqs.receiveMessages(from: url, visibilityTimeout: .seconds(3600)).first)
        #expect(message.id == id)
        #expect(message.body == #"{"a":"ü😀"}"#)
        #expect(message.attributes == ["reason": "x"])
        #expect(message.systemAttributes["ApproximateReceiveCount"] == "1")
        #expect(try await sqs.receiveMessages(from: url).isEmpty)
        try await sqs.changeVisibility(of: message.receiptHandle, in: url, to: .zero)
        let again = try #require(try await sqs.receiveMessages(from: url, visibilityTimeout: .seconds(3600)).first)
        #expect(again.systemAttributes["ApproximateReceiveCount"] == "2")
        try await sqs.deleteMessage(again.receiptHandle, from: url)
    }

    @Test("a message to a topic arrives in the queue that is subscribed")
    func topic() async throws {
        let moto = try Moto.shared()
        let name = "t-\(UUID().uuidString)"
        let url = try await moto.createQueue(name)
        let topic = try await moto.createTopic(name, deliveringTo: name)
        let id = try await SNSClient(moto.client()).publish("a&b ü", to: topic, attributes: ["reason": "x"])
        let message = try #require(try await SQSClient(moto.client()).receiveMessages(from: url).first)
        let envelope = try #require(try JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any])
        #expect(envelope["Message"] as? String == "a&b ü")
        #expect(envelope["MessageId"] as? String == id)
    }

    @Test("an object is written and read back, whatever its key", arguments: ["plain", "a b/ü😀/+&=%?#.json"])
    func objects(key: String) async throws {
        let moto = try Moto.shared()
        let s3 = S3Client(moto.client())
        let bucket = "b-\(UUID().uuidString.lowercased())"
        try await moto.createBucket(bucket)
        let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await s3.putObject(body, key: key, in: bucket)
        #expect(try await s3.getObject(key: key, from: bucket) == body)
        let error = await #expect(throws: AWSError.self) { try await s3.getObject(key: "absent", from: bucket) }
        #expect(error?.code == "NoSuchKey")
        #expect(error?.status == 404)
    }
}
