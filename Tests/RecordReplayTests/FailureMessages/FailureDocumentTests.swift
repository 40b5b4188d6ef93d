// Reading the messages of on-failure destinations, in every form in which they arrive.

import DynamoDBStreamEvents
import Testing

@testable import RecordReplay

@Suite struct FailureDocumentTests {
    @Test("the body of an SQS message says where the records are")
    func queueBody() throws {
        let message = try #require(try FailureDocument(failureJSON()).batch)
        #expect(message.streamARN == streamARN)
        #expect(message.shardID == "shardId-1")
        #expect(message.records?.start == SequenceNumber("100"))
        #expect(message.records?.end == SequenceNumber("300"))
        #expect(message.records?.batchSize == 3)
        #expect(message.condition == "RetryAttemptsExhausted")
        #expect(message.window == nil && message.payload == nil && message.redrive == nil)
    }

    @Test(
        "envelopes around a message are taken off, and put on again around another",
        arguments: [
            snsJSON(failureJSON()),
            snsJSON(snsJSON(failureJSON())),
            #"{"MessageId":"1","ReceiptHandle":"r","Body":\#(quoted(failureJSON()))}"#,
            #"{"Messages":[{"MessageId":"1","Body":\#(quoted(snsJSON(failureJSON())))}]}"#,
            #"{"Records":[{"messageId":"1","eventSource":"aws:sqs","body":\#(quoted(failureJSON()))}]}"#,
            #"{"Records":[{"EventSource":"aws:sns","Sns":{"Message":\#(quoted(failureJSON()))}}]}"#,
            #"{"version":"0","detail-type":"Failed","source":"custom","detail":\#(failureJSON())}"#,
        ]
    )
    func envelopes(_ json: String) throws {
        let document = try FailureDocument(json)
        #expect(document.batch?.records?.batchSize == 3)
        #expect(String(decoding: document.envelope.wrap(document.bytes), as: UTF8.self) == json)
    }

    @Test("raw delivery, and a message that lacks what a redrive does not need, are read as well")
    func sparse() throws {
        #expect(try FailureDocument(failureJSON(response: nil)).batch?.records != nil)
        #expect(try FailureDocument(failureJSON(batchSize: nil)).batch?.records?.batchSize == nil)
        let qualified = "arn:aws:lambda:eu-central-1:123456789012:function:OrderProjector:live"
        #expect(try FailureDocument(failureJSON(functionARN: qualified)).batch?.functionARN == qualified)
        let bare =
            #"{"DDBStreamBatchInfo":{"shardId":"s","startSequenceNumber":"1","endSequenceNumber":"2","streamArn":"\#(streamARN)"}}"#
        #expect(try FailureDocument(bare).batch?.records?.end == SequenceNumber("2"))
    }

    @Test("the message of an EventBridge pipe has a context of its own")
    func pipe() throws {
        let pipe = """
            {"context":{"partnerResourceArn":"arn:aws:pipes:eu-central-1:123456789012:pipe/p","condition":\
            "RetryAttemptsExhausted"},"version":"1.0","timestamp":"2026-01-01T00:00:00.000Z","DDBStreamBatchInfo":\
            {"shardId":"shardId-1","startSequenceNumber":"100","endSequenceNumber":"300","batchSize":3,\
            "streamArn":"\(streamARN)"}}
            """
        let message = try #require(try FailureDocument(pipe).batch)
        #expect(message.condition == "RetryAttemptsExhausted")
        #expect(message.functionARN == nil)
        #expect(message.records?.batchSize == 3)
    }

    @Test("an S3 object has its event as escaped text, or as an object")
    func payload() throws {
        let event = eventJSON(["100", "200"])
        for payload in [quoted(event), event] {
            let message = try #require(try FailureDocument(failureJSON(payload: payload)).batch)
            #expect(message.payload?.records.numbers == ["100", "200"])
        }
        // What a final invocation leaves out, the payload has.
        let message = try FailureDocument(failureJSON(start: nil, end: nil, batchSize: nil, payload: quoted(event)))
        #expect(message.batch?.payload?.records.count == 2)
    }

    @Test("a failed window is read as one, with and without its records")
    func windows() throws {
        let open = try #require(try FailureDocument(failureJSON(window: windowJSON)).batch)
        #expect(open.window?.isFinalInvocation == false)
        #expect(open.window?.start == "2026-01-01T00:00:00Z")
        #expect(open.records != nil)
        let final = try #require(
            try FailureDocument(failureJSON(start: nil, end: nil, batchSize: nil, window: finalWindowJSON)).batch
        )
        #expect(final.window?.isFinalInvocation == true)
        #expect(final.records == nil)
    }

    @Test(
        "a notification of S3 points at its object, whose key is decoded once",
        arguments: [
            (notificationJSON(key: "aws/lambda/1+2%2B3/%C3%A9"), "aws/lambda/1 2+3/é"),
            (snsJSON(notificationJSON(key: "a%2520b")), "a%20b"),
            (
                #"{"version":"0","detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{"name":"failed"},"object":{"key":"a+b%20c"}}}"#,
                "a+b%20c"
            ),
        ]
    )
    func notifications(_ json: String, _ key: String) throws {
        #expect(try FailureDocument(json).objects == [ObjectPlace(bucket: "failed", key: key)])
    }

    @Test("a dead letter, a record, an event and the output of GetRecords are their records")
    func records() throws {
        #expect(try FailureDocument(deadLetterJSON("7")).records?.numbers == ["7"])
        #expect(try FailureDocument(recordJSON("7")).records?.numbers == ["7"])
        #expect(try FailureDocument(eventJSON(["7", "8"])).records?.numbers == ["7", "8"])
        let read = #"{"Records":[\#(recordJSON("7", arn: nil))],"NextShardIterator":"i"}"#
        let record = try #require(try FailureDocument(Array(read.utf8), streamARN: streamARN).records?.first)
        #expect(record.streamRecord?.eventSourceARN == streamARN)
    }

    @Test("several messages in one document are documents of their own, and S3's test event is nothing")
    func others() throws {
        let messages = #"{"Messages":[{"Body":\#(quoted(failureJSON()))},{"Body":\#(quoted(deadLetterJSON("1")))}]}"#
        guard case .documents(let documents) = try FailureDocument(messages).content else {
            Issue.record("they are not taken apart")
            return
        }
        #expect(documents.count == 2)
        let test = #"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"failed"}"#
        guard case .testNotification = try FailureDocument(test).content else {
            Issue.record("S3's test event is not recognised")
            return
        }
    }

    @Test("a document of more bytes than are read is refused before it is looked at")
    func tooLarge() {
        let bytes = [UInt8](repeating: 0x20, count: FailureDocument.maximumByteCount + 1)
        #expect(throws: FailureMessageError.self) { try FailureDocument(bytes) }
    }
}
