// The dead-letter sinks against moto: the whole record arrives, and what is too large for a service is refused before it.

import Foundation
import HTTPTransfers
import LambdaStreamsAWS
import Moto
import Testing

@Suite("Dead-letter sinks")
struct DeadLetterSinkTests {
    /// A record with this much text in its image, handled by a function that refuses it.
    private func deadLetter(_ text: String, to sink: some DeadLetterSink) async throws -> [UInt8] {
        let event = try StreamEvent(
            Array(
                """
                {"Records":[{"eventID":"c4ca4238a0b923820dcc509a6f75849b","eventName":"INSERT","eventVersion":"1.1",\
                "eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":\
                1789651658,"Keys":{"id":{"S":"o-1"}},"NewImage":{"id":{"S":"o-1"},"text":{"S":"\(text)"}},\
                "SequenceNumber":"4421584500000000017450439091","SizeBytes":59,"StreamViewType":"NEW_AND_OLD_IMAGES"},\
                "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-09-17T12:49:54.528"}]}
                """.utf8
            )
        )
        let processor = BatchProcessor { (_: StreamRecord, _: RecordContext) in throw Refused() }
            .deadLettered(after: 1, to: sink)
        let context = LambdaContext(
            requestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            deadline: LambdaClock.now.advanced(by: .seconds(120)),
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        )
        let response = try await processor.process(event, context: context)
        if !response.batchItemFailures.isEmpty { throw NotDeadLettered() }
        return event.records[0].json
    }

    @Test("a queue gets the whole record, byte for byte, with its reason")
    func queue() async throws {
        let moto = try Moto.shared()
        let sqs = SQSClient(moto.client())
        let url = try await moto.createQueue("dead-letters-\(UUID().uuidString)")
        // Characters that SQS does not take as they are, among others.
        let record = try await deadLetter(#"ü😀\u0001 quoted \" "#, to: SQSDeadLetterQueue(url: url, sqs: sqs))
        let message = try #require(try await sqs.receiveMessages(from: url).first)
        #expect(message.attributes == ["reason": "DeliveriesExhausted"])
        #expect(message.body.contains(String(decoding: record, as: UTF8.self)))
        let body = try #require(try JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any])
        #expect(body["reason"] as? String == "DeliveriesExhausted")
        #expect(body["record"] != nil)
    }

    @Test("a bucket gets it under a key that says which record it is, once however often it goes there")
    func bucket() async throws {
        let moto = try Moto.shared()
        let s3 = S3Client(moto.client())
        let bucket = "dead-letters-\(UUID().uuidString.lowercased())"
        try await moto.createBucket(bucket)
        let sink = S3DeadLetterBucket(bucket, s3: s3)
        _ = try await deadLetter("once", to: sink)
        let record = try await deadLetter("once", to: sink)
        let key = "dead-letters/orders/2026-09-17/4421584500000000017450439091-c4ca4238a0b923820dcc509a6f75849b.json"
        let stored = String(decoding: try await s3.getObject(key: key, from: bucket), as: UTF8.self)
        #expect(stored.contains(String(decoding: record, as: UTF8.self)))
    }

    @Test("a topic publishes it to a queue")
    func topic() async throws {
        let moto = try Moto.shared()
        let name = "dead-letters-\(UUID().uuidString)"
        let url = try await moto.createQueue(name)
        let topic = try await moto.createTopic(name, deliveringTo: name)
        let record = try await deadLetter("for all", to: SNSDeadLetterTopic(arn: topic, sns: SNSClient(moto.client())))
        let message = try #require(try await SQSClient(moto.client()).receiveMessages(from: url).first)
        let envelope = try #require(try JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any])
        #expect((envelope["Message"] as? String)?.contains(String(decoding: record, as: UTF8.self)) == true)
    }

    @Test("a record above a service's limit is refused with both sizes, and the record then fails")
    func limits() async throws {
        let moto = try Moto.shared()
        let large = String(repeating: "x", count: 1024 * 1024)
        for sink in [
            SQSDeadLetterQueue(url: "\(moto.endpoint)/123456789012/none", sqs: SQSClient(moto.client()))
                as any DeadLetterSink,
            SNSDeadLetterTopic(arn: "arn:aws:sns:eu-central-1:123456789012:none", sns: SNSClient(moto.client())),
        ] {
            let keeper = KeepingErrors(sink)
            await #expect(throws: NotDeadLettered.self) { try await deadLetter(large, to: keeper) }
            let error = try #require(await keeper.errors.first as? DeadLetterTooLargeError)
            #expect(error.byteCount > error.limit)
            #expect(error.itemIdentifier == "4421584500000000017450439091")
        }
    }

    @Test("a queue that is not there makes the record fail, with AWS's code")
    func noQueue() async throws {
        let moto = try Moto.shared()
        let url = "\(moto.endpoint)/123456789012/absent-\(UUID().uuidString)"
        let keeper = KeepingErrors(SQSDeadLetterQueue(url: url, sqs: SQSClient(moto.client())))
        await #expect(throws: NotDeadLettered.self) { try await deadLetter("x", to: keeper) }
        let error = try #require(await keeper.errors.first as? AWSError)
        #expect(
            error.code?.rawValue.contains("QueueDoesNotExist") == true
                || error.code?.rawValue.contains("NonExistent") == true
        )
        #expect(error.contentFreeDescription.contains("SQS.SendMessage"))
    }
}

private struct Refused: Error {}
private struct NotDeadLettered: Error {}

/// Hands on to a sink and keeps what it throws.
private actor KeepingErrors: DeadLetterSink {
    private let sink: any DeadLetterSink
    private(set) var errors: [any Error] = []

    init(_ sink: any DeadLetterSink) { self.sink = sink }

    func accept(_ letter: DeadLetter) async throws {
        do {
            try await sink.accept(letter)
        } catch {
            errors.append(error)
            throw error
        }
    }
}
