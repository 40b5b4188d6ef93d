// The dead-letter sinks against moto: the whole record arrives, and what is too large for a service goes to a bucket.

import Foundation
import HTTPTransfers
import LambdaStreamsAWS
import Moto
import Testing

@Suite("Dead-letter sinks")
struct DeadLetterSinkTests {
    @Test("a queue gets the whole record, byte for byte, with its reason")
    func queue() async throws {
        let moto = try Moto.shared()
        let url = try await moto.queue().url
        let sink = SQSDeadLetterQueue(url: url, sqs: SQSClient(moto.client()))
        // Characters that SQS does not take as they are, among others.
        let record = try await deadLetter([orderRecord(#"ü😀\u0001 quoted \" "#)], to: sink)[0]
        let message = try #require(try await moto.messages(in: url).first)
        #expect(message.attributes == ["reason": "DeliveriesExhausted"])
        let letter = try StoredLetter(message.body)
        #expect(letter.members["reason"] as? String == "DeliveriesExhausted")
        #expect(letter.record == record)
    }

    @Test("a FIFO queue gets the records of one source in one group, and one that goes there twice once")
    func fifo() async throws {
        let moto = try Moto.shared()
        let url = try await moto.queue(fifo: true).url
        let sink = SQSDeadLetterQueue(url: url, sqs: SQSClient(moto.client()))
        try await deadLetter((0..<3).map { orderRecord("twice", number: $0) }, to: sink)
        try await deadLetter((0..<3).map { orderRecord("twice", number: $0) }, to: sink)
        let messages = try await moto.messages(in: url)
        #expect(messages.count == 3)
        #expect(Set(messages.map { $0.systemAttributes["MessageGroupId"] }) == ["orders"])
    }

    @Test("a bucket gets it under a key that says which record it is, once however often it goes there")
    func bucket() async throws {
        let moto = try Moto.shared()
        let s3 = S3Client(moto.client())
        let bucket = try await moto.bucket()
        let sink = S3DeadLetterBucket(bucket, s3: s3)
        try await deadLetter([orderRecord("once")], to: sink)
        let record = try await deadLetter([orderRecord("once")], to: sink)[0]
        let key = "dead-letters/orders/2026-09-17/4421584500000000017450439091-c4ca4238a0b923820dcc509a6f758490.json"
        #expect(try StoredLetter(try await s3.getObject(key: key, from: bucket)).record == record)
    }

    @Test("a topic publishes it to a queue")
    func topic() async throws {
        let moto = try Moto.shared()
        let (url, name) = try await moto.queue()
        let topic = try await moto.createTopic(name, deliveringTo: name)
        let sink = SNSDeadLetterTopic(arn: topic, sns: SNSClient(moto.client()))
        let records = try await deadLetter((0..<12).map { orderRecord("for all ü", number: $0) }, to: sink)
        let stored = try await moto.messages(in: url).map { message in
            let envelope = try #require(
                try JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any]
            )
            return try StoredLetter(try #require(envelope["Message"] as? String)).record
        }
        #expect(Set(stored) == Set(records))
        #expect(stored.count == 12)
    }

    @Test("a table gets it under its source and its identifier, once however often it goes there")
    func table() async throws {
        let moto = try Moto.shared()
        let table = "dead-letters-\(UUID().uuidString)"
        try await moto.createTable(table, key: "source", sortKey: "identifier")
        let dynamoDB = DynamoDBClient(moto.client())
        let sink = DynamoDBDeadLetterTable(table, retention: .seconds(86_400), dynamoDB: dynamoDB)
        try await deadLetter([orderRecord("once")], to: sink)
        let record = try await deadLetter([orderRecord("once")], to: sink)[0]
        let key: Item = [
            "source": "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-09-17T12:49:54.528",
            "identifier": "4421584500000000017450439091-c4ca4238a0b923820dcc509a6f758490",
        ]
        let item = try #require(try await dynamoDB.getItem(key, from: table))
        #expect(try StoredLetter(try #require(item["deadLetter"]?.string)).record == record)
        #expect(item["reason"] == "DeliveriesExhausted")
        #expect(item["errorType"] == "Function.Refused")
        #expect(item["deliveries"] == 1)
        guard case .number(let expiration)? = item["expiration"] else { throw NotDeadLettered() }
        #expect(expiration.double > Date.now.timeIntervalSince1970 + 86_000)
    }

    @Test("a record above a service's limit is refused with both sizes, and the record then fails")
    func limits() async throws {
        let moto = try Moto.shared()
        let large = orderRecord(String(repeating: "x", count: 1024 * 1024))
        for sink in [
            SQSDeadLetterQueue(url: "\(moto.endpoint)/123456789012/none", sqs: SQSClient(moto.client()))
                as any DeadLetterSink,
            SNSDeadLetterTopic(arn: "arn:aws:sns:eu-central-1:123456789012:none", sns: SNSClient(moto.client())),
            DynamoDBDeadLetterTable("none", dynamoDB: DynamoDBClient(moto.client())),
        ] {
            let keeper = KeepingErrors(sink)
            await #expect(throws: NotDeadLettered.self) { try await deadLetter([large], to: keeper) }
            let error = try #require(await keeper.errors.first as? DeadLetterTooLargeError)
            #expect(error.byteCount > error.limit)
            #expect(error.itemIdentifier == "4421584500000000017450439091")
            #expect(error.description.contains("largeRecordsTo"))
        }
    }

    @Test("a record above a service's limit goes to the bucket, and a pointer to it into the store")
    func pointers() async throws {
        let moto = try Moto.shared()
        let s3 = S3Client(moto.client())
        let bucket = S3DeadLetterBucket(try await moto.bucket(), prefix: "large/", s3: s3)
        let url = try await moto.queue().url
        let (topicURL, topicName) = try await moto.queue()
        let table = "dead-letters-\(UUID().uuidString)"
        try await moto.createTable(table, key: "source", sortKey: "identifier")
        let dynamoDB = DynamoDBClient(moto.client())
        let topic = try await moto.createTopic(topicName, deliveringTo: topicName)
        let large = orderRecord(String(repeating: "x", count: 1024 * 1024))
        let sinks: [any DeadLetterSink] = [
            SQSDeadLetterQueue(url: url, largeRecordsTo: bucket, sqs: SQSClient(moto.client())),
            SNSDeadLetterTopic(arn: topic, largeRecordsTo: bucket, sns: SNSClient(moto.client())),
            DynamoDBDeadLetterTable(table, largeRecordsTo: bucket, dynamoDB: dynamoDB),
        ]
        for sink in sinks { try await deadLetter([large], to: sink) }
        let published = try #require(try await moto.messages(in: topicURL).first?.body)
        let envelope = try JSONSerialization.jsonObject(with: Data(published.utf8)) as? [String: Any]
        let items = try await moto.call(
            service: "dynamodb",
            target: "DynamoDB_20120810.Scan",
            body: #"{"TableName":"\#(table)"}"#
        )
        let scan = try JSONSerialization.jsonObject(with: Data(items.utf8)) as? [String: Any]
        let pointers = try [
            StoredLetter(try #require(try await moto.messages(in: url).first?.body)),
            StoredLetter(try #require(envelope?["Message"] as? String)),
            StoredLetter(try #require((scan?["Items"] as? [[String: [String: String]]])?.first?["deadLetter"]?["S"])),
        ]
        for pointer in pointers {
            #expect(pointer.record == nil)
            #expect(pointer.members["reason"] as? String == "DeliveriesExhausted")
            let location = try #require(pointer.location)
            #expect(location.key.hasPrefix("large/orders/2026-09-17/"))
            let letter = try StoredLetter(try await s3.getObject(key: location.key, from: location.bucket))
            #expect(letter.record == Array(large.utf8))
            #expect(letter.members["invocation"] != nil)
        }
    }

    @Test("without its bucket a large record fails, and no pointer is sent")
    func absentBucket() async throws {
        let moto = try Moto.shared()
        let url = try await moto.queue().url
        let bucket = S3DeadLetterBucket("absent-\(UUID().uuidString.lowercased())", s3: S3Client(moto.client()))
        let sink = SQSDeadLetterQueue(url: url, largeRecordsTo: bucket, sqs: SQSClient(moto.client()))
        let large = orderRecord(String(repeating: "x", count: 1024 * 1024))
        await #expect(throws: NotDeadLettered.self) { try await deadLetter([large], to: sink) }
        #expect(try await moto.messages(in: url).isEmpty)
    }

    @Test("a queue that is not there makes the record fail, with AWS's code")
    func noQueue() async throws {
        let moto = try Moto.shared()
        let url = "\(moto.endpoint)/123456789012/absent-\(UUID().uuidString)"
        let keeper = KeepingErrors(SQSDeadLetterQueue(url: url, sqs: SQSClient(moto.client())))
        await #expect(throws: NotDeadLettered.self) { try await deadLetter([orderRecord("x")], to: keeper) }
        let error = try #require(await keeper.errors.first as? AWSError)
        #expect(
            error.code?.rawValue.contains("QueueDoesNotExist") == true
                || error.code?.rawValue.contains("NonExistent") == true
        )
        #expect(error.contentFreeDescription.contains("SQS.SendMessage"))
    }
}
