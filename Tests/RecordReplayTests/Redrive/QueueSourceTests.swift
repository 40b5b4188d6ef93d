// Redriving queues, against moto: what is deleted, what is put back smaller, what stays.

import AWSServices
import Foundation
import Moto
import Testing

@testable import RecordReplay

@Suite struct QueueSourceTests {
    private let moto: Moto
    private let sqs: SQSClient
    private let s3: S3Client

    init() throws {
        moto = try Moto.shared()
        sqs = SQSClient(moto.client())
        s3 = S3Client(moto.client())
    }

    private func queue(_ name: String = "q-\(UUID().uuidString.prefix(8))") async throws -> String {
        try await moto.createQueue(name)
    }

    private func source(
        _ url: String,
        _ stream: ScriptedStream? = nil,
        discardsLost: Bool = false
    ) throws -> QueueSource {
        let stream = try stream ?? ScriptedStream(.init(numbers: ["100", "200", "300"]))
        var settings = QueueSource.Settings()
        settings.wait = .zero
        settings.discardsLost = discardsLost
        let reader = StreamRangeReader(
            DynamoDBStreamsClient(stream.aws),
            patience: .seconds(20),
            pause: .milliseconds(1)
        )
        return QueueSource(url: url, sqs: sqs, s3: s3, recovery: FailureRecovery(reader: reader), settings: settings)
    }

    /// The bodies that are visible, which are hidden then.
    private func bodies(_ url: String) async throws -> [String] {
        var bodies: [String] = []
        while case let messages = try await sqs.receiveMessages(from: url), !messages.isEmpty {
            bodies += messages.map(\.body)
        }
        return bodies
    }

    @Test("failure messages and dead letters in one queue go when all their records are done")
    func complete() async throws {
        let url = try await queue()
        for body in [failureJSON(), deadLetterJSON("7"), snsJSON(deadLetterJSON("8"))] {
            try await sqs.sendMessage(body, to: url)
        }
        let source = try source(url)
        let (done, losses) = try await drain(source)
        #expect(Set(done) == ["100", "200", "300", "7", "8"])
        #expect(losses.isEmpty)
        #expect(await source.counts.deleted == 3)
        #expect(try await bodies(url).isEmpty)
    }

    @Test("a partial success is put back smaller, is not tried again in the same run, and is visible at the end")
    func partial() async throws {
        let url = try await queue()
        try await sqs.sendMessage(failureJSON(), to: url, attributes: ["kept": "yes"])
        let first = try source(url)
        #expect(try await drain(first) { $0 != "200" }.done == ["100", "300"])
        #expect(await first.counts.shrunk == 1)
        let messages = try await sqs.receiveMessages(from: url, visibilityTimeout: .zero)
        #expect(messages.count == 1)
        #expect(messages.first?.attributes == ["kept": "yes"])
        let message = try #require(try messages.first.flatMap { try FailureDocument($0.body).batch })
        #expect(message.records?.batchSize == 1)
        // The second run has only what is left.
        #expect(try await drain(try source(url)).done == ["200"])
        #expect(try await bodies(url).isEmpty)
    }

    @Test("what fails whole, what is not understood and what is lost stays, byte for byte, and is visible at the end")
    func stays() async throws {
        let url = try await queue()
        let sent = [deadLetterJSON("7"), "hello", failureJSON(shardID: "shardId-2")]
        for body in sent { try await sqs.sendMessage(body, to: url) }
        let stream = try ScriptedStream(.init(iteratorError: "ResourceNotFoundException"))
        let source = try source(url, stream)
        let (done, losses) = try await drain(source) { _ in false }
        #expect(done.isEmpty)
        #expect(Set(losses.map(\.kind)) == [.refused, .lost])
        #expect(await source.counts.left == 3)
        #expect(Set(try await bodies(url)) == Set(sent))
    }

    @Test("a message whose records are lost goes where that was asked for")
    func discarded() async throws {
        let url = try await queue()
        try await sqs.sendMessage(failureJSON(), to: url)
        let stream = try ScriptedStream(.init(iteratorError: "ResourceNotFoundException"))
        #expect(try await drain(try source(url, stream, discardsLost: true)).losses.count == 1)
        #expect(try await bodies(url).isEmpty)
    }

    @Test("a dry run changes nothing, and hides nothing at its end")
    func dryRun() async throws {
        let url = try await queue()
        let sent = [failureJSON(), deadLetterJSON("7")]
        for body in sent { try await sqs.sendMessage(body, to: url) }
        #expect(try await drain(try source(url), isDryRun: true).losses.isEmpty)
        #expect(Set(try await bodies(url)) == Set(sent))
    }

    @Test("two redrives of a queue at once do nothing twice")
    func concurrent() async throws {
        let url = try await queue()
        for number in 1...30 { try await sqs.sendMessage(deadLetterJSON("\(number)"), to: url) }
        let (first, second) = (try source(url), try source(url))
        async let some = drain(first)
        async let others = drain(second)
        let done = try await some.done + others.done
        #expect(done.count == 30)
        #expect(Set(done).count == 30)
    }

    @Test("a FIFO queue is emptied in the order of its group, though it gives a few messages at a time")
    func fifo() async throws {
        let name = "f-\(UUID().uuidString.prefix(8)).fifo"
        let reply = try await moto.call(
            service: "sqs",
            target: "AmazonSQS.CreateQueue",
            body: #"{"QueueName":"\#(name)","Attributes":{"FifoQueue":"true"}}"#
        )
        let url = try #require(
            try (JSONSerialization.jsonObject(with: Data(reply.utf8)) as? [String: Any])?["QueueUrl"] as? String
        )
        for number in 1...25 {
            try await sqs.sendMessage(
                deadLetterJSON("\(number)"),
                to: url,
                groupID: "orders",
                deduplicationID: "\(number)"
            )
        }
        #expect(try await drain(try source(url)).done == (1...25).map(String.init))
    }

    @Test("an object that a notification points at is read, shrinks, and is moved when it is done")
    func notification() async throws {
        let bucket = "failed-\(UUID().uuidString.prefix(8).lowercased())"
        try await moto.createBucket(bucket)
        let key = "aws/lambda/a b+c/é"
        let body = failureJSON(payload: quoted(eventJSON(["1", "2"])))
        try await s3.putObject(Array(body.utf8), key: key, in: bucket)
        let url = try await queue()
        try await sqs.sendMessage(notificationJSON(bucket: bucket, key: "aws/lambda/a+b%2Bc/%C3%A9"), to: url)
        #expect(try await drain(try source(url)) { $0 == "1" }.done == ["1"])
        #expect(try FailureDocument(try await s3.getObject(key: key, from: bucket)).records?.numbers == ["2"])
        #expect(try await drain(try source(url)).done == ["2"])
        #expect(try await s3.listObjects(in: bucket).objects.map(\.key) == ["redriven/" + key])
        #expect(try await bodies(url).isEmpty)
        // A second notification of the object is done with; one of an object that never was is not.
        try await sqs.sendMessage(notificationJSON(bucket: bucket, key: "aws/lambda/a+b%2Bc/%C3%A9"), to: url)
        #expect(try await drain(try source(url)).losses.isEmpty)
        #expect(try await bodies(url).isEmpty)
        try await sqs.sendMessage(notificationJSON(bucket: bucket, key: "never"), to: url)
        #expect(try await drain(try source(url)).losses.map(\.kind) == [.unknown])
        #expect(try await bodies(url).count == 1)
    }

    @Test("what is in work stays hidden for longer than its visibility timeout")
    func extended() async throws {
        let url = try await queue()
        try await sqs.sendMessage(deadLetterJSON("1"), to: url)
        let source = try source(url)
        let parcel = try #require(try await source.next())
        // As if the timeout had ended: the message comes again, and this process knows it.
        let other = try await sqs.receiveMessages(from: url)
        #expect(other.isEmpty)
        await source.extendNow()
        try await source.settle(parcel, ParcelOutcome(remaining: []))
        await source.close()
        #expect(try await bodies(url).isEmpty)
    }
}
