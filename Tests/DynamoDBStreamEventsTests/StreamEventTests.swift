// Events as a whole: what is one, and what is in it.

import DynamoDBStreamEvents
import Testing

@Suite("Stream events")
struct StreamEventTests {
    @Test("a record's envelope reads as it was written")
    func envelope() throws {
        let json = recordJSON("MODIFY", new: #"{"id":{"S":"o-1"}}"#, old: "{}")
        let event = try event(json)
        let record = try #require(event.records.first)
        #expect(event.records.count == 1)
        #expect(record.eventID == "7de3041dd709b024af6f29e4fa13d34c")
        #expect(record.eventName == .modify)
        #expect(record.eventVersion == "1.1")
        #expect(record.eventSource == "aws:dynamodb")
        #expect(record.awsRegion == "eu-west-1")
        #expect(record.eventSourceARN?.hasSuffix("table/Orders/stream/2026-11-21T00:00:00.000") == true)
        #expect(record.approximateCreationDateTime == EpochTime(seconds: 1_693_997_155))
        #expect(record.sequenceNumber?.description == "13021600000000001596893679")
        #expect(record.sizeBytes == 59)
        #expect(record.streamViewType == .newAndOldImages)
        #expect(record.userIdentity == nil)
        #expect(record.keys == ["id": "o-1"])
        #expect(record.newImage?["id"] == "o-1")
        #expect(record.oldImage?.isEmpty == true)
        #expect(text(record.json) == json)
        try record.validate()
    }

    @Test("an event without records is an event")
    func noRecords() throws {
        #expect(try event().records.isEmpty)
    }

    @Test(
        "what is no event says why",
        arguments: [
            ("", "the event is not JSON: expected a value at byte 0"),
            ("[]", "it is not a JSON object"), ("{}", "it has no \"Records\""), (#"{"Records":{}}"#, "not an array"),
            (#"{"Records":null}"#, "not an array"), (#"{"Records":[],"Records":[]}"#, "a member twice"),
            (#"{"Records":[}"#, "expected a value at byte 12"),
        ]
    )
    func noEvent(json: String, reason: String) {
        do throws(StreamEventError) {
            _ = try StreamEvent(bytes(json))
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains(reason))
        }
    }

    @Test("the number of records, the size and the depth are bounded")
    func limits() throws {
        let json = bytes("{\"Records\":[\(recordJSON()),\(recordJSON())]}")
        #expect(throws: StreamEventError.tooManyRecords(limit: 1)) {
            try StreamEvent(json, limits: StreamEventLimits(maximumRecordCount: 1))
        }
        #expect(throws: StreamEventError.tooLarge(byteCount: json.count, limit: 10)) {
            try StreamEvent(json, limits: StreamEventLimits(maximumByteCount: 10))
        }
        #expect(throws: StreamEventError.self) { try StreamEvent(json, limits: StreamEventLimits(maximumDepth: 3)) }
    }

    @Test("a document nested 32 levels deep fits into the default depth")
    func nested() throws {
        let deep = String(repeating: #"{"M":{"a":"#, count: 32) + #"{"S":"x"}"# + String(repeating: "}}", count: 32)
        var value = try #require(item("{\"a\":\(deep)}")["a"])
        for _ in 0..<32 { value = try #require(value["a"]) }
        #expect(value == "x")
    }

    @Test(
        "something that is no record is a record that fails alone",
        arguments: ["null", "1", "\"x\"", "[]", "{}", #"{"dynamodb":null}"#, #"{"dynamodb":[1]}"#, #"{"eventName":1}"#]
    )
    func noRecord(json: String) throws {
        let event = try event(recordJSON(), json, recordJSON("REMOVE"))
        #expect(event.records.map(\.eventName) == [.insert, nil, .remove])
        let odd = event.records[1]
        #expect(odd.sequenceNumber == nil)
        #expect(odd.keys == nil)
        #expect(odd.newImage == nil)
        #expect(odd.approximateCreationDateTime == nil)
        #expect(odd.userIdentity == nil)
        #expect(odd.diff == nil)
        #expect(!odd.isTimeToLiveRemoval)
        #expect(text(odd.json) == json)
        #expect(throws: StreamRecordError.self) { try odd.validate() }
        #expect(throws: StreamRecordError.self) { try odd.change }
    }

    @Test("words that AWS may add are kept")
    func openEnums() throws {
        let record = try #require(event(recordJSON("TRUNCATE", viewType: "DIFFS")).records.first)
        #expect(record.eventName == .other("TRUNCATE"))
        #expect(record.streamViewType == .other("DIFFS"))
        #expect(record.eventName?.description == "TRUNCATE")
        #expect(EventName("REMOVE") == .remove)
        #expect(StreamViewType("KEYS_ONLY") == .keysOnly)
    }

    @Test("explicit nulls count as absent")
    func nulls() throws {
        let json = recordJSON("REMOVE", new: "null", old: #"{"id":{"S":"o-1"}}"#, extra: #""userIdentity":null,"#)
        let record = try #require(event(json).records.first)
        #expect(record.newImage == nil)
        #expect(record.userIdentity == nil)
        #expect(record.removalCause == .request)
        try record.validate()
    }

    @Test(
        "who removed an item is told in Lambda's spelling and in that of the Streams API",
        arguments: [
            (#"{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#, RemovalCause.timeToLive),
            (#"{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}"#, .timeToLive),
            (
                #"{"type":"Service","principalId":"x.amazonaws.com"}"#,
                .other(UserIdentity(type: "Service", principalID: "x.amazonaws.com"))
            ),
            ("{}", .other(UserIdentity(type: nil, principalID: nil))), ("null", .request), ("[]", .request),
        ]
    )
    func removalCause(identity: String, cause: RemovalCause) throws {
        let extra = "\"userIdentity\":\(identity),"
        let removal = try #require(event(recordJSON("REMOVE", old: #"{"a":{"N":"1"}}"#, extra: extra)).records.first)
        #expect(removal.removalCause == cause)
        #expect(removal.isTimeToLiveRemoval == (cause == .timeToLive))
        #expect(try removal.change == .removed(old: ["a": 1], keys: ["id": "o-1"], cause: cause))
        let insertion = try #require(event(recordJSON("INSERT", extra: extra)).records.first)
        #expect(!insertion.isTimeToLiveRemoval)
    }

    @Test(
        "times are exact in every spelling seen in the wild",
        arguments: [
            ("1480642020", EpochTime(seconds: 1_480_642_020)), ("1693997155.0", EpochTime(seconds: 1_693_997_155)),
            ("1559320290.838", EpochTime(seconds: 1_559_320_290, nanoseconds: 838_000_000)),
            ("1.635734407123456789E9", EpochTime(seconds: 1_635_734_407, nanoseconds: 123_456_789)),
            ("1.635734407123E9", EpochTime(seconds: 1_635_734_407, nanoseconds: 123_000_000)),
            ("1.46480527E9", EpochTime(seconds: 1_464_805_270)),
            ("1731924555370", EpochTime(seconds: 1_731_924_555, nanoseconds: 370_000_000)),
            ("1731924555370123", EpochTime(seconds: 1_731_924_555, nanoseconds: 370_123_000)),
            ("0", EpochTime(seconds: 0)),
            ("-1.5", EpochTime(seconds: -2, nanoseconds: 500_000_000)), ("1e-20", EpochTime(seconds: 0)),
            ("0.9999999999", EpochTime(seconds: 0, nanoseconds: 999_999_999)), ("null", nil), ("\"1480642020\"", nil),
            ("1e99", nil), ("1e999999999999999999999", nil),
        ]
    )
    func times(spelling: String, time: EpochTime?) throws {
        let json = #"{"dynamodb":{"ApproximateCreationDateTime":\#(spelling)}}"#
        #expect(try event(json).records.first?.approximateCreationDateTime == time)
    }

    @Test("views stay valid after the event is gone, in other tasks too")
    func lifetime() async throws {
        let items = try (0..<50).map { try item(#"{"n":{"N":"\#($0)"}}"#) }
        let sum = await withTaskGroup(of: Int.self) { group in
            for item in items { group.addTask { item["n"]?.number?.exactly() ?? 0 } }
            return await group.reduce(0, +)
        }
        #expect(sum == 1225)
    }

    @Test("an event put together again from its records is the same to the byte")
    func rebuilding() throws {
        let records = [recordJSON(new: #"{ "a" : {"S":"\u00e9"} }"#), recordJSON("REMOVE"), "null"]
        let event = try event(records[0], records[1], records[2])
        #expect(StreamEvent.json(of: event.records) == event.bytes)
        #expect(text(StreamEvent.json(of: event.records.suffix(1))) == #"{"Records":[null]}"#)
    }

    @Test("the output of GetRecords is an event too")
    func getRecords() throws {
        let json = #"""
            {"NextShardIterator":"arn:aws:dynamodb:us-west-2:111122223333:table/Forum/stream/2015|1|AAAA","Records":[{
            "awsRegion":"us-west-2","dynamodb":{"ApproximateCreationDateTime":1.46480527E9,"Keys":{"ForumName":{"S":"DynamoDB"},
            "Subject":{"S":"How many"}},"OldImage":{"ForumName":{"S":"DynamoDB"},"Subject":{"S":"How many"},"Views":{"N":"3"}},
            "SequenceNumber":"300000000000000499659","SizeBytes":41,"StreamViewType":"OLD_IMAGE"},
            "eventID":"e2fd9c34eff2d779b297b26f5fef4206","eventName":"REMOVE","eventSource":"aws:dynamodb","eventVersion":"1.0",
            "userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}}]}
            """#
        let record = try #require(StreamEvent(bytes(json)).records.first)
        #expect(record.sequenceNumber?.description == "300000000000000499659")
        #expect(record.approximateCreationDateTime == EpochTime(seconds: 1_464_805_270))
        #expect(record.eventSourceARN == nil)
        #expect(record.isTimeToLiveRemoval)
        #expect(record.oldImage?["Views"] == 3)
        try record.validate()
    }

    @Test("a record that came through Kinesis has milliseconds and neither sequence number nor view type")
    func kinesis() throws {
        let json = #"""
            {"awsRegion":"eu-west-1","eventID":"d6ab5e5b-2b0e-4d2c-9c1b-0a4d6c1a2b3c","eventName":"INSERT","userIdentity":null,
            "recordFormat":"application/json","tableName":"orders","dynamodb":{"ApproximateCreationDateTime":1731924555370,
            "Keys":{"id":{"S":"o-1"}},"NewImage":{"id":{"S":"o-1"}},"SizeBytes":292},"eventSource":"aws:dynamodb"}
            """#
        let record = try #require(event(json).records.first)
        #expect(record.approximateCreationDateTime == EpochTime(seconds: 1_731_924_555, nanoseconds: 370_000_000))
        #expect(record.sequenceNumber == nil)
        #expect(record.streamViewType == nil)
        #expect(try record.change == .inserted(["id": "o-1"]))
        try record.validate()
    }
}
