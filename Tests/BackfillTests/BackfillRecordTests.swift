// An item as a record: what is in it, how large it counts, and what a function that keeps numbers makes of it.

import DynamoDBStreamEvents
import EventSourceMapping
import Idempotency
import JSONScanning
import LambdaStreams
import LambdaStreamsIdempotency
import RecordReplay
import Testing

@Suite("A backfilled record")
struct BackfillRecordTests {
    @Test("is an INSERT as Lambda delivers it, marked, byte for byte")
    func shape() throws {
        let made = try record(of: #"{"total":{"N":"12.50"},"id":{"S":"o-1"}}"#)
        let number = made.sequenceNumber.description
        let view = try #require(made.streamRecord)
        let id = try #require(view.eventID)
        #expect(
            String(decoding: made.json, as: UTF8.self) == """
                {"eventID":"\(id)","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb",\
                "awsRegion":"eu-central-1","dynamodb":{"ApproximateCreationDateTime":1.789651658E9,\
                "Keys":{"id":{"S":"o-1"}},"NewImage":{"total":{"N":"12.50"},"id":{"S":"o-1"}},\
                "SequenceNumber":"\(number)","SizeBytes":18,"StreamViewType":"NEW_AND_OLD_IMAGES"},\
                "userIdentity":{"principalId":"lambda-streams.backfill","type":"Backfill"},\
                "eventSourceARN":"\(ordersStream.streamARN)"}
                """
        )
        #expect(id.hasPrefix("backfill-") && id.utf8.count == 41)
        #expect(view.isBackfill)
        #expect(view.userIdentity == .backfill)
        #expect(!view.isTimeToLiveRemoval)
        try view.validate()
    }

    @Test("has the same number for the same keys, and the same id for the same item in any order")
    func deterministic() throws {
        let first = try record(of: #"{"id":{"S":"o-1"},"a":{"N":"1"},"b":{"N":"2"}}"#)
        let reordered = try record(of: #"{"b":{"N":"2"},"a":{"N":"1"},"id":{"S":"o-1"}}"#, at: 1)
        let changed = try record(of: #"{"id":{"S":"o-1"},"a":{"N":"1"},"b":{"N":"3"}}"#)
        let other = try record(of: #"{"id":{"S":"o-2"},"a":{"N":"1"},"b":{"N":"2"}}"#)
        #expect(first.sequenceNumber == reordered.sequenceNumber)
        #expect(first.sequenceNumber == changed.sequenceNumber)
        #expect(first.sequenceNumber != other.sequenceNumber)
        #expect(first.itemHash == changed.itemHash)
        #expect(first.streamRecord?.eventID == reordered.streamRecord?.eventID)
        #expect(first.streamRecord?.eventID != changed.streamRecord?.eventID)
        // Written down once: a backfill that goes on tomorrow, on another machine, must send the same.
        #expect(first.sequenceNumber.description == "\(Self.numberOfO1)")
    }

    private static let numberOfO1: UInt64 = 353_688_112_049_950_692

    @Test("has a number of 1 to 19 digits, lower than any of DynamoDB's")
    func lowNumbers() throws {
        let lowest = try #require(SequenceNumber("100000000000000000000"))
        let nothing = try #require(SequenceNumber("0"))
        var seen: Set<SequenceNumber> = []
        for index in 0..<10_000 {
            let number = try record(of: #"{"id":{"S":"o-\#(index)"}}"#).sequenceNumber
            #expect(number < lowest && number > nothing)
            seen.insert(number)
        }
        #expect(seen.count == 10_000)
    }

    @Test("has the keys in the schema's order, whatever their types and names")
    func keys() throws {
        let stream = BackfillStream(streamARN: ordersStream.streamARN, keyNames: [#"a"b"#, "é"])
        let made = try record(of: #"{"é":{"N":"-1E-7"},"x":{"S":""},"a\"b":{"B":"AAH/"}}"#, stream)
        let keys = try #require(made.streamRecord?.keys)
        #expect(keys.names == [#"a"b"#, "é"])
        #expect(keys[#"a"b"#]?.binary == [0, 1, 255])
        #expect(keys["é"]?.number?.text == "-1E-7")
    }

    @Test("keeps numbers that no machine type holds")
    func exactNumbers() throws {
        let number = "99999999999999999999999999999999999999000000000000000000000000000000000000000000000000"
        let made = try record(of: #"{"id":{"S":"o-1"},"n":{"N":"\#(number)"},"ns":{"NS":["0.1","1e-130"]}}"#)
        #expect(made.streamRecord?.newImage?["n"]?.number?.text == number)
        #expect(made.streamRecord?.newImage?["ns"] == .numberSet([0.1, try #require(AttributeNumber("1e-130"))]))
    }

    @Test("of an item of 400 KB is one as well")
    func largeItem() throws {
        let text = String(repeating: "x\\u00e9\\n", count: 400 * 1024 / 4)
        let made = try record(of: #"{"id":{"S":"o-1"},"text":{"S":"\#(text)"}}"#)
        #expect(made.streamRecord?.sizeBytes == 400 * 1024 + 4 + 2 * 5)
        #expect(made.streamRecord?.newImage?["text"]?.string?.utf8.count == 400 * 1024)
    }

    @Test(
        "counts its size as DynamoDB does, without making values of it",
        arguments: [
            #"{"id":{"S":"o-1"}}"#, #"{"id":{"S":"é\u00e9\ud83d\ude00\n"}}"#, #"{"id":{"S":"a"},"n":{"N":"101"}}"#,
            #"{"id":{"S":"a"},"n":{"N":"-1100"},"z":{"N":"0"},"y":{"N":"0.000001230"}}"#,
            #"{"id":{"S":"a"},"b":{"B":"AQID"},"c":{"B":"AQ=="},"d":{"B":"AQI="},"e":{"B":""}}"#,
            #"{"id":{"S":"a"},"t":{"BOOL":true},"f":{"BOOL":false},"u":{"NULL":true}}"#,
            #"{"id":{"S":"a"},"l":{"L":[{"S":"x"},{"L":[]},{"M":{}},{"N":"5"}]}}"#,
            #"{"id":{"S":"a"},"m":{"M":{"né":{"M":{"deep":{"SS":["a","bc"]}}},"o":{"BOOL":true}}}}"#,
            #"{"id":{"S":"a"},"ss":{"SS":["a","é"]},"ns":{"NS":["1","-22.5"]},"bs":{"BS":["AQ==","AQID"]}}"#,
            #"{"id":{"S":"a"},"new":{"XX":[1,2]},"two":{"S":"a","N":"1"},"odd":{"S":1}}"#,
        ]
    )
    func size(json: String) throws {
        let node = try JSONDocument(Array(json.utf8)).root
        #expect(node.sizeOfItem == Item(viewOf: node).sizeBytes)
    }

    @Test(
        "is not made of what is no item of the table",
        arguments: [
            ("[]", BackfillItemError.notAnItem), ("null", .notAnItem), ("{}", .missingKey("id")),
            (#"{"Id":{"S":"a"}}"#, .missingKey("id")), (#"{"id":"a"}"#, .badKey("id")),
            (#"{"id":{"BOOL":true}}"#, .badKey("id")), (#"{"id":{"N":1}}"#, .badKey("id")),
            (#"{"id":{"S":"a","N":"1"}}"#, .badKey("id")), (#"{"id":{}}"#, .badKey("id")),
        ]
    )
    func noItem(json: String, error: BackfillItemError) {
        #expect(throws: error) { try record(of: json) }
    }

    @Test("names its region and table by the stream's ARN, and does without")
    func arn() {
        #expect(ordersStream.region == "eu-central-1")
        #expect(ordersStream.tableName == "orders")
        let odd = BackfillStream(streamARN: "odd", keyNames: ["id"])
        #expect(odd.region == "")
        #expect(odd.tableName == "odd")
    }
}

@Suite("A backfill and the last applied numbers")
struct BackfillGuardTests {
    private func live(_ name: String, _ number: String, _ image: String? = nil, key: String = #"{"S":"o-1"}"#)
        -> [UInt8]
    {
        let new = image.map { #""NewImage":{"id":{"S":"o-1"},"v":{"S":"\#($0)"}},"# } ?? ""
        return Array(
            """
            {"Records":[{"eventID":"1","eventName":"\(name)","eventSource":"aws:dynamodb","dynamodb":{\
            "Keys":{"id":\(key)},\(new)"SequenceNumber":"\(number)"},"eventSourceARN":"\(ordersStream.streamARN)"}]}
            """.utf8
        )
    }

    private func backfilled(_ value: String) throws -> [UInt8] {
        eventDocument(of: [try record(of: #"{"id":{"S":"o-1"},"v":{"S":"\#(value)"}}"#)])
    }

    @Test("an item of which nothing was applied is applied, and once")
    func applies() async throws {
        let projector = Projector(isGuarded: true)
        try await projector.handle(try backfilled("old"))
        try await projector.handle(try backfilled("older"))
        #expect(projector.appliedCount == 1)
        #expect(projector.projection["o-1"]?.contains(#""old""#) == true)
    }

    @Test("an item that changed meanwhile stays as it was changed, before and after")
    func staysNewer() async throws {
        let projector = Projector(isGuarded: true)
        try await projector.handle(live("MODIFY", "100000000000000000000", "new"))
        try await projector.handle(try backfilled("old"))
        #expect(projector.projection["o-1"]?.contains(#""new""#) == true)
        try await projector.handle(live("MODIFY", "100000000000000000001", "newer"))
        #expect(projector.projection["o-1"]?.contains(#""newer""#) == true)
    }

    @Test("a deleted item does not rise again: its number stays")
    func deletionStays() async throws {
        let projector = Projector(isGuarded: true)
        try await projector.handle(live("INSERT", "100000000000000000000", "new"))
        try await projector.handle(live("REMOVE", "100000000000000000007"))
        try await projector.handle(try backfilled("old"))
        #expect(projector.projection.isEmpty)
        #expect(projector.appliedCount == 2)
    }

    @Test("an item that was deleted before anything else of it was seen does not rise again either")
    func deletionFirst() async throws {
        let projector = Projector(isGuarded: true)
        try await projector.handle(live("REMOVE", "100000000000000000007"))
        try await projector.handle(try backfilled("old"))
        #expect(projector.projection.isEmpty)
    }

    @Test("a change that comes after the item was backfilled is applied")
    func changeAfter() async throws {
        let projector = Projector(isGuarded: true)
        try await projector.handle(try backfilled("old"))
        try await projector.handle(live("REMOVE", "100000000000000000000"))
        #expect(projector.projection.isEmpty)
    }

    @Test(
        "a change waits for a backfilled item that is being applied; with the other guarantees the item lands last",
        arguments: [ApplyGuarantee.atLeastOnceExclusively, .atLeastOnce, .atMostOnce]
    )
    func atTheSameMoment(guarantee: ApplyGuarantee) async throws {
        let (entered, hasEntered) = AsyncStream<Void>.makeStream()
        let (gate, opens) = AsyncStream<Void>.makeStream()
        let projector = Projector(isGuarded: true, guarantee: guarantee) { record in
            guard record.isBackfill else { return }
            hasEntered.finish()
            for await _ in gate {}
        }
        let change = live("MODIFY", "100000000000000000000", "new")
        let item = try backfilled("old")
        let backfill = Task { try await projector.handle(item) }
        for await _ in entered {}
        // The item is read and about to be written. The change comes now.
        let later = Task { try await projector.handle(change) }
        if guarantee != .atLeastOnceExclusively { try await later.value }
        opens.finish()
        // Whoever was overtaken says so; the write has happened.
        _ = try? await backfill.value
        _ = try? await later.value
        let isNew = projector.projection["o-1"]?.contains(#""new""#) == true
        #expect(isNew == (guarantee == .atLeastOnceExclusively))
    }

    @Test(
        "the number is kept under the same key as that of a live record",
        arguments: [
            #"{"S":"o|1\\"}"#, #"{"N":"-12.5"}"#, #"{"B":"AAH/"}"#, #"{"S":"\u00e9"}"#,
        ]
    )
    func key(key: String) throws {
        let made = try record(of: #"{"x":{"S":"1"},"id":\#(key)}"#)
        let live = try #require(try StreamEvent(live("MODIFY", "100000000000000000000", key: key)).records.first)
        #expect(try made.streamRecord?.lastAppliedKey == live.lastAppliedKey)
        #expect(made.itemHash == ItemKeyHash.hash(ofKeysOf: live.node, seed: 0))
    }
}
