// The sample events of AWS's documentation, rewritten in their shape: every value read as it stands there.

import DynamoDBStreamEvents
import Testing

@Suite("The documentation's events")
struct DocumentedEventTests {
    struct Message: Codable, Equatable {
        let Id: Int
        let Message: String
    }

    private let new = Message(Id: 101, Message: "New item!")
    private let changed = Message(Id: 101, Message: "This item has changed")

    /// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html: short numbers, no time, no user identity, members in
    /// another order in each record.
    @Test("the two records of \"Using AWS Lambda with Amazon DynamoDB\"")
    func lambdaEvent() throws {
        let event = try StreamEvent(
            bytes(
                #"""
                {
                  "Records": [
                    {
                      "eventID": "1",
                      "eventVersion": "1.0",
                      "dynamodb": {
                        "Keys": {"Id": {"N": "101"}},
                        "NewImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
                        "StreamViewType": "NEW_AND_OLD_IMAGES",
                        "SequenceNumber": "111",
                        "SizeBytes": 26
                      },
                      "awsRegion": "us-west-2",
                      "eventName": "INSERT",
                      "eventSourceARN": "arn:aws:dynamodb:us-east-2:123456789012:table/my-table/stream/2024-06-10T19:26:16.525",
                      "eventSource": "aws:dynamodb"
                    },
                    {
                      "eventID": "2",
                      "eventVersion": "1.0",
                      "dynamodb": {
                        "OldImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
                        "SequenceNumber": "222",
                        "Keys": {"Id": {"N": "101"}},
                        "SizeBytes": 59,
                        "NewImage": {"Message": {"S": "This item has changed"}, "Id": {"N": "101"}},
                        "StreamViewType": "NEW_AND_OLD_IMAGES"
                      },
                      "awsRegion": "us-west-2",
                      "eventName": "MODIFY",
                      "eventSourceARN": "arn:aws:dynamodb:us-east-2:123456789012:table/my-table/stream/2024-06-10T19:26:16.525",
                      "eventSource": "aws:dynamodb"
                    }
                  ]
                }
                """#
            )
        )
        #expect(event.window == nil)
        #expect(event.records.map(\.eventID) == ["1", "2"])
        #expect(event.records.map(\.eventName) == [.insert, .modify])
        #expect(event.records.map(\.sequenceNumber?.description) == ["111", "222"])
        #expect(event.records.map(\.sizeBytes) == [26, 59])
        #expect(event.records.map(\.keys) == [["Id": 101], ["Id": 101]])
        let arn = "arn:aws:dynamodb:us-east-2:123456789012:table/my-table/stream/2024-06-10T19:26:16.525"
        for record in event.records {
            try record.validate()
            #expect(record.eventVersion == "1.0")
            #expect(record.eventSource == "aws:dynamodb")
            #expect(record.awsRegion == "us-west-2")
            #expect(record.eventSourceARN == arn)
            #expect(record.streamViewType == .newAndOldImages)
            #expect(record.approximateCreationDateTime == nil)
            #expect(record.userIdentity == nil)
        }
        #expect(event.eventSourceARN == arn)
        #expect(
            try event.records.map { try $0.change(as: Message.self) } == [
                .inserted(new), .modified(old: new, new: changed),
            ]
        )
        #expect(event.records[1].diff?.changed == ["Message"])
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
    @Test("the window with three records of \"Implementing stateful DynamoDB stream processing\"")
    func windowEvent() throws {
        let event = try StreamEvent(
            bytes(
                #"""
                {"Records":[
                {"eventID":"1","eventName":"INSERT","eventVersion":"1.0","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
                "dynamodb":{"Keys":{"Id":{"N":"101"}},"NewImage":{"Message":{"S":"New item!"},"Id":{"N":"101"}},
                "SequenceNumber":"111","SizeBytes":26,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"stream-ARN"},
                {"eventID":"2","eventName":"MODIFY","eventVersion":"1.0","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
                "dynamodb":{"Keys":{"Id":{"N":"101"}},"NewImage":{"Message":{"S":"This item has changed"},"Id":{"N":"101"}},
                "OldImage":{"Message":{"S":"New item!"},"Id":{"N":"101"}},
                "SequenceNumber":"222","SizeBytes":59,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"stream-ARN"},
                {"eventID":"3","eventName":"REMOVE","eventVersion":"1.0","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
                "dynamodb":{"Keys":{"Id":{"N":"101"}},"OldImage":{"Message":{"S":"This item has changed"},"Id":{"N":"101"}},
                "SequenceNumber":"333","SizeBytes":38,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"stream-ARN"}],
                "window":{"start":"2020-07-30T17:00:00Z","end":"2020-07-30T17:05:00Z"},"state":{"1":"state1"},
                "shardId":"shard123456789","eventSourceARN":"stream-ARN",
                "isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false}
                """#
            )
        )
        #expect(event.window == TimeWindow(start: "2020-07-30T17:00:00Z", end: "2020-07-30T17:05:00Z"))
        #expect(event.window?.startTime == EpochTime(seconds: 1_596_128_400))
        #expect(event.window?.endTime == EpochTime(seconds: 1_596_128_700))
        #expect(try event.state(as: [Int: String].self) == [1: "state1"])
        #expect(event.shardID == "shard123456789")
        #expect(event.eventSourceARN == "stream-ARN")
        #expect(!event.isFinalInvokeForWindow)
        #expect(!event.isWindowTerminatedEarly)
        #expect(event.records.map(\.sequenceNumber?.description) == ["111", "222", "333"])
        #expect(event.records.map(\.sizeBytes) == [26, 59, 38])
        for record in event.records { try record.validate() }
        #expect(
            try event.records.map { try $0.change(as: Message.self) } == [
                .inserted(new), .modified(old: new, new: changed),
                .removed(old: changed, keys: ["Id": 101], cause: .request),
            ]
        )
        let answer = TimeWindowResponse(state: ["1": 282, "2": 715])
        #expect(text(try answer.json()) == #"{"state":{"1":282,"2":715},"batchItemFailures":[]}"#)
    }

    /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
    @Test("the identity that \"DynamoDB Streams and Time to Live\" shows marks a removal by time to live")
    func timeToLive() throws {
        let identity = #""userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"#
        let old = #"{"id":{"S":"o-1"}}"#
        let record = try #require(event(recordJSON("REMOVE", old: old, extra: identity)).records.first)
        #expect(record.isTimeToLiveRemoval)
        #expect(record.removalCause == .timeToLive)
        #expect(try record.change == .removed(old: ["id": "o-1"], keys: ["id": "o-1"], cause: .timeToLive))
    }

    /// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html: no ARN, and an
    /// iterator beside the records.
    @Test("the records of the GetRecords example are an event too")
    func getRecords() throws {
        let event = try StreamEvent(
            bytes(
                #"""
                {"NextShardIterator":"arn:aws:dynamodb:us-west-2:111122223333:table/Forum/stream/2015-05-20T20:51:10.252|1|AAA",
                "Records":[{"awsRegion":"us-west-2","dynamodb":{"ApproximateCreationDateTime":1.46480527E9,
                "Keys":{"ForumName":{"S":"DynamoDB"},"Subject":{"S":"DynamoDB Thread 1"}},
                "SequenceNumber":"300000000000000499659","SizeBytes":41,"StreamViewType":"KEYS_ONLY"},
                "eventID":"e2fd9c34eff2d779b297b26f5fef4206","eventName":"INSERT","eventSource":"aws:dynamodb",
                "eventVersion":"1.0"}]}
                """#
            )
        )
        let record = try #require(event.records.first)
        try record.validate()
        #expect(event.records.count == 1)
        #expect(record.approximateCreationDateTime == EpochTime(seconds: 1_464_805_270))
        #expect(record.keys == ["ForumName": "DynamoDB", "Subject": "DynamoDB Thread 1"])
        #expect(record.sequenceNumber == SequenceNumber("300000000000000499659"))
        #expect(record.sizeBytes == 41)
        #expect(record.streamViewType == .keysOnly)
        #expect(record.eventID == "e2fd9c34eff2d779b297b26f5fef4206")
        #expect(record.eventSourceARN == nil)
        #expect(throws: StreamRecordError.self) { try record.change }
        #expect(try record.keyChange == .inserted(["ForumName": "DynamoDB", "Subject": "DynamoDB Thread 1"]))
    }
}
