// Messages that are no messages: each is refused with a sentence that says what is wrong, where, and what to do.

import Testing

@testable import RecordReplay

@Suite struct MalformedMessageTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        let json: String
        /// What the sentence has to mention.
        let mentions: String

        init(_ name: String, _ json: String, _ mentions: String) {
            self.name = name
            self.json = json
            self.mentions = mentions
        }

        var testDescription: String { name }
    }

    @Test("a malformed message is refused with a sentence", arguments: samples)
    func refused(_ sample: Sample) throws {
        let error = try #require(throws: FailureMessageError.self) { try FailureDocument(sample.json) }
        #expect("\(error)".contains(sample.mentions), "\(error)")
        // What is wrong, and what to do about it.
        #expect("\(error)".contains("; "))
        #expect("\(error)".utf8.count < 600)
    }

    static let samples: [Sample] = [
        Sample("nothing", "", "not JSON"),
        Sample("blank", "  \n ", "not JSON"),
        Sample("cut off", String(failureJSON().dropLast(40)), "not JSON"),
        Sample("two documents", failureJSON() + failureJSON(), "nothing more after the value"),
        Sample("text", "hello", "not JSON"),
        Sample("a number", "1", "a number"),
        Sample("a list", "[]", "an array"),
        Sample("null", "null", "null"),
        Sample("an empty object", "{}", "an empty object"),
        Sample("another object", #"{"orderId":"1","total":2}"#, #""orderId""#),
        Sample("no batch", #"{"requestContext":{"requestId":"1"},"version":"1.0"}"#, "DDBStreamBatchInfo is missing"),
        Sample(
            "a batch that is a string",
            #"{"DDBStreamBatchInfo":"shardId-1"}"#,
            "DDBStreamBatchInfo is not an object"
        ),
        Sample(
            "one of several messages without its body",
            #"{"Messages":[{"Body":"{}"},{"MessageId":"2"}]}"#,
            "Messages[1]"
        ),
        Sample(
            "a queue's record beside one of something else",
            #"{"Records":[{"eventSource":"aws:sqs","body":"{}"},{"eventSource":"aws:kinesis"}]}"#,
            "Records[1]"
        ),
        Sample("Kinesis", #"{"KinesisBatchInfo":{"shardId":"shardId-1","streamArn":"arn:aws:kinesis:…"}}"#, "Kinesis"),
        Sample(
            "no stream",
            failureJSON().replacing(#","streamArn":"\#(streamARN)""#, with: ""),
            "streamArn is missing"
        ),
        Sample("a table", failureJSON(stream: "arn:aws:dynamodb:eu-central-1:123456789012:table/orders"), "streamArn"),
        Sample("a stream of Kinesis", failureJSON(stream: "arn:aws:kinesis:eu-central-1:1:stream/s"), "streamArn"),
        Sample("no shard", failureJSON().replacing(#""shardId":"shardId-1","#, with: ""), "shardId is missing"),
        Sample("an empty shard", failureJSON(shardID: ""), "shardId is not a text"),
        Sample("a long shard", failureJSON(shardID: String(repeating: "s", count: 3000)), "shardId"),
        Sample("no first number", failureJSON(start: nil), "startSequenceNumber is missing"),
        Sample("no last number", failureJSON(end: nil), "endSequenceNumber is missing"),
        Sample("no numbers at all", failureJSON(start: nil, end: nil), "startSequenceNumber is missing"),
        Sample("a number of letters", failureJSON(start: "abc"), "startSequenceNumber is not a sequence number"),
        Sample("a negative number", failureJSON(start: "-1"), "startSequenceNumber is not a sequence number"),
        Sample("a number with a point", failureJSON(end: "1.5"), "endSequenceNumber is not a sequence number"),
        Sample("a number without end", failureJSON(end: String(repeating: "9", count: 1001)), "1 to 1000 digits"),
        // As text, "9" would come after "10".
        Sample("a reversed range", failureJSON(start: "10", end: "9"), "before startSequenceNumber"),
        Sample("a count of text", failureJSON(batchSize: #""3""#), "batchSize is not a whole number"),
        Sample("a negative count", failureJSON(batchSize: "-3"), "batchSize"),
        Sample("a time of words", failureJSON(arrival: "yesterday"), "approximateArrivalOfFirstRecord is not a time"),
        Sample(
            "a version to come",
            failureJSON().replacing(#""version":"1.0""#, with: #""version":"2.0""#),
            "version is 2.0"
        ),
        Sample("a payload that is a number", failureJSON(payload: "7"), "payload is not an event"),
        Sample("a payload that is not JSON", failureJSON(payload: #""{""#), "in payload"),
        Sample("a payload without records", failureJSON(payload: #"{"Records":[]}"#), "no records"),
        Sample("a payload of something else", failureJSON(payload: #""{\"a\":1}""#), "payload"),
        Sample("half a character", failureJSON(payload: #""\ud800""#), "payload"),
        Sample(
            "a record without its change",
            failureJSON(payload: #"{"Records":[{"eventName":"INSERT"}]}"#),
            "dynamodb"
        ),
        Sample("a record without its number", #"{"dynamodb":{"Keys":{"id":{"S":"1"}}}}"#, "SequenceNumber"),
        Sample("an event with a bad record", #"{"Records":[\#(recordJSON("1")),{}]}"#, "record 2"),
        Sample("a notification that is not text", #"{"Type":"Notification","Message":7}"#, "Message is not a document"),
        Sample("a notification of a greeting", snsJSON("hello"), "in Message"),
        Sample("five envelopes", snsJSON(snsJSON(snsJSON(snsJSON(snsJSON(failureJSON()))))), "more than 4 times"),
        Sample("an object without a key", #"{"Records":[{"s3":{"bucket":{"name":"b"},"object":{}}}]}"#, "object.key"),
        Sample("an object without a bucket", #"{"Records":[{"s3":{"object":{"key":"k"}}}]}"#, "bucket.name"),
        Sample("a key that is badly encoded", notificationJSON(key: "a%2"), "URL-encoded"),
        Sample("a key of no characters", notificationJSON(key: "%ff%fe"), "URL-encoded"),
        Sample(
            "one object of two",
            notificationJSON(key: "k").replacing("}]}", with: #"},{"a":1}]}"#),
            "Records[1].s3"
        ),
        Sample("a dead letter of a queue", deadLetterJSON("1").replacing("aws:dynamodb", with: "aws:sqs"), "aws:sqs"),
        Sample(
            "a dead letter of Kinesis",
            deadLetterJSON("1").replacing("aws:dynamodb", with: "aws:kinesis"),
            "aws:kinesis"
        ),
        Sample(
            "a dead letter to come",
            deadLetterJSON("1").replacing(#""version":"1.0""#, with: #""version":"2""#),
            "version is 2"
        ),
        Sample("ranges in disorder", redriven(#"[["5","6"],["1","2"]]"#), "ranges"),
        Sample("a range of one", redriven(#"[["5"]]"#), "ranges"),
        Sample("a range of words", redriven(#"[["a","b"]]"#), "ranges"),
        Sample("a window that is a list", failureJSON(window: "[]"), "timeWindowInfo is not an object"),
        Sample("a deep document", #"{"a":"# + String(repeating: "[", count: 300) + "1", "levels deep"),
    ]

    private static func redriven(_ ranges: String) -> String {
        String(failureJSON().dropLast()) + #","redrive":{"ranges":\#(ranges)}}"#
    }
}
