// The poison sinks against moto: the whole record arrives, and what is too large for a service is refused before it.

import Foundation
import HTTPTransfers
import LambdaStreamsAWS
import Moto
import Testing

@Suite("Poison sinks")
struct PoisonSinkTests {
    /// A record with this much text in its image, handled by a function that refuses it.
    private func capture(_ text: String, to sink: some PoisonSink) async throws -> [UInt8] {
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
        let processor = BatchProcessor<StreamEvent>(
            RefusingHandler().capturingPoison(after: 1, to: sink)
        )
        let context = LambdaContext(
            requestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            deadline: LambdaClock.now.advanced(by: .seconds(120)),
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        )
        let response = try await processor.process(event, context: context)
        if !response.batchItemFailures.isEmpty { throw NotCaptured() }
        return event.records[0].json
    }

    @Test("a queue gets the whole record, byte for byte, with its reason")
    func queue() async throws {
        let moto = try Moto.shared()
        let sqs = SQSClient(moto.client())
        let url = try await moto.createQueue("poison-\(UUID().uuidString)")
        // Characters that SQS does not take as they are, among others.
        let record = try await capture(#"ü😀\u0001 quoted \" "#, to: SQSPoisonQueue(url: url, sqs: sqs))
        let message = try #require(try await sqs.receiveMessages(from: url).first)
        #expect(message.attributes == ["reason": "AttemptsExhausted"])
        #expect(message.body.contains(String(decoding: record, as: UTF8.self)))
        let body = try #require(try JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any])
        #expect(body["reason"] as? String == "AttemptsExhausted")
        #expect(body["record"] != nil)
    }

    @Test("a bucket gets it under a key that says which record it is, once however often it is captured")
    func bucket() async throws {
        let moto = try Moto.shared()
        let s3 = S3Client(moto.client())
        let bucket = "poison-\(UUID().uuidString.lowercased())"
        try await moto.createBucket(bucket)
        let sink = S3PoisonBucket(bucket, s3: s3)
        _ = try await capture("once", to: sink)
        let record = try await capture("once", to: sink)
        let key = "poison/orders/2026-09-17/4421584500000000017450439091-c4ca4238a0b923820dcc509a6f75849b.json"
        let stored = String(decoding: try await s3.getObject(key: key, from: bucket), as: UTF8.self)
        #expect(stored.contains(String(decoding: record, as: UTF8.self)))
    }

    @Test("a topic publishes it to a queue")
    func topic() async throws {
        let moto = try Moto.shared()
        let name = "poison-\(UUID().uuidString)"
        let url = try await moto.createQueue(name)
        let topic = try await moto.createTopic(name, deliveringTo: name)
        let record = try await capture("for all", to: SNSPoisonTopic(arn: topic, sns: SNSClient(moto.client())))
        let message = try #require(try await SQSClient(moto.client()).receiveMessages(from: url).first)
        let envelope = try #require(try JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any])
        #expect((envelope["Message"] as? String)?.contains(String(decoding: record, as: UTF8.self)) == true)
    }

    @Test("a record above a service's limit is refused with both sizes, and the record then fails")
    func limits() async throws {
        let moto = try Moto.shared()
        let large = String(repeating: "x", count: 1024 * 1024)
        for sink in [
            SQSPoisonQueue(url: "\(moto.endpoint)/123456789012/none", sqs: SQSClient(moto.client())) as any PoisonSink,
            SNSPoisonTopic(arn: "arn:aws:sns:eu-central-1:123456789012:none", sns: SNSClient(moto.client())),
        ] {
            let keeper = KeepingErrors(sink)
            await #expect(throws: NotCaptured.self) { try await capture(large, to: keeper) }
            let error = try #require(await keeper.errors.first as? PoisonTooLargeError)
            #expect(error.byteCount > error.limit)
            #expect(error.itemIdentifier == "4421584500000000017450439091")
        }
    }

    @Test("a queue that is not there makes the record fail, with AWS's code")
    func noQueue() async throws {
        let moto = try Moto.shared()
        let url = "\(moto.endpoint)/123456789012/absent-\(UUID().uuidString)"
        let keeper = KeepingErrors(SQSPoisonQueue(url: url, sqs: SQSClient(moto.client())))
        await #expect(throws: NotCaptured.self) { try await capture("x", to: keeper) }
        let error = try #require(await keeper.errors.first as? AWSError)
        #expect(
            error.code?.rawValue.contains("QueueDoesNotExist") == true
                || error.code?.rawValue.contains("NonExistent") == true
        )
        #expect(error.contentFreeDescription.contains("SQS.SendMessage"))
    }
}

private struct RefusingHandler: RecordHandler {
    func handle(_ record: StreamRecord, context: RecordContext) async throws { throw Refused() }
}

private struct Refused: Error {}
private struct NotCaptured: Error {}

/// Hands on to a sink and keeps what it throws.
private actor KeepingErrors: PoisonSink {
    private let sink: any PoisonSink
    private(set) var errors: [any Error] = []

    init(_ sink: any PoisonSink) { self.sink = sink }

    func accept(_ poison: PoisonRecord) async throws {
        do {
            try await sink.accept(poison)
        } catch {
            errors.append(error)
            throw error
        }
    }
}
