// Events made in code: what a stream would have sent, down to sizes and numbers.

import LambdaStreamsTesting
import Testing

@Suite("StreamEvent.Builder")
struct BuilderTests {
    private let open = Order(id: "o-1", total: 5)
    private let raised = Order(id: "o-1", total: 60)

    @Test("models become records that validate and decode back into them")
    func models() throws {
        let event = try StreamEvent.Builder(keys: "id")
            .insert(open)
            .modify(old: open, new: raised)
            .remove(raised)
            .remove(open, by: .timeToLive)
            .remove(open, by: .other(UserIdentity(type: "Service", principalID: "replication.dynamodb.amazonaws.com")))
            .build()
        for record in event.records { try record.validate() }
        let service = UserIdentity(type: "Service", principalID: "replication.dynamodb.amazonaws.com")
        #expect(
            try event.records.map { try $0.change(as: Order.self) } == [
                .inserted(open), .modified(old: open, new: raised),
                .removed(old: raised, keys: ["id": "o-1"], cause: .request),
                .removed(old: open, keys: ["id": "o-1"], cause: .timeToLive),
                .removed(old: open, keys: ["id": "o-1"], cause: .other(service)),
            ]
        )
        #expect(event.records.map(\.isTimeToLiveRemoval) == [false, false, false, true, false])
        #expect(event.records.allSatisfy { $0.keys == ["id": "o-1"] })
    }

    @Test("items of any attributes can be given as they are")
    func items() throws {
        let item: Item = ["id": 7, "tags": .stringSet(["a"]), "blob": .binary([1, 2]), "gone": nil]
        let event = try StreamEvent.Builder(keys: "id").insert(item).insert(["id": 8, "note": "x"]).build()
        #expect(event.records.map(\.newImage) == [item, ["id": 8, "note": "x"]])
        #expect(event.records[0].keys == ["id": 7])
    }

    @Test("a composite key is taken out of the item")
    func compositeKey() throws {
        let event = try StreamEvent.Builder(keys: "pk", "sk").insert(["pk": "a", "sk": 1, "x": true]).build()
        #expect(event.records[0].keys == ["pk": "a", "sk": 1])
    }

    @Test(
        "each view type has the images it has, and the size says so",
        arguments: [
            (StreamViewType.keysOnly, [false, false, false], [false, false, false], [5, 5, 5]),
            (.newImage, [true, true, false], [false, false, false], [26, 38, 5]),
            (.oldImage, [false, false, false], [false, true, true], [5, 26, 38]),
            (.newAndOldImages, [true, true, false], [false, true, true], [26, 59, 38]),
            (.other("LATER"), [true, true, false], [false, true, true], [26, 59, 38]),
        ]
    )
    func views(view: StreamViewType, hasNew: [Bool], hasOld: [Bool], sizes: [Int]) throws {
        // The items and, for both images, the sizes of the sample event in AWS's documentation.
        let old: Item = ["Id": 101, "Message": "New item!"]
        let new: Item = ["Id": 101, "Message": "This item has changed"]
        let event = try StreamEvent.Builder(keys: "Id", view: view)
            .insert(old).modify(old: old, new: new).remove(new).build()
        #expect(event.records.map { $0.newImage != nil } == hasNew)
        #expect(event.records.map { $0.oldImage != nil } == hasOld)
        #expect(event.records.map(\.sizeBytes) == sizes)
        #expect(event.records.allSatisfy { $0.streamViewType == view })
        for record in event.records { try record.validate() }
    }

    @Test(
        "values count as DynamoDB counts them",
        arguments: [
            ("é", 2), (0, 1), (7, 2), (10, 2), (101, 3), (1100, 2), (-12, 3), (0.5, 2), (12.345, 4), (true, 1),
            (nil, 1), ([], 3), ([:], 3), (["ab", 1], 9), (["k": "v"], 6), (.binary([1, 2, 3]), 3),
            (.stringSet(["a", "bc"]), 3), (.numberSet([1, 22]), 4), (.binarySet([[1], [2, 3]]), 3),
        ] as [(AttributeValue, Int)]
    )
    func sizes(value: AttributeValue, size: Int) throws {
        let event = try StreamEvent.Builder(keys: "k").insert(["k": "1", "v": value]).build()
        #expect(event.records[0].sizeBytes == 2 + 2 + 1 + size)
    }

    @Test("sequence numbers grow, event ids differ, times go on, and the next batch continues")
    func positions() throws {
        var builder = StreamEvent.Builder(keys: "id")
        for total in 0..<2_000 { builder = try builder.insert(Order(id: "o-\(total)", total: total)) }
        let next = try builder.nextBatch.insert(open).build()
        let records = try Array(builder.build().records) + Array(next.records)
        #expect(next.records.count == 1)
        let numbers = records.compactMap(\.sequenceNumber)
        #expect(numbers.count == 2_001)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(numbers.allSatisfy { (21...25).contains($0.description.count) })
        let ids = records.compactMap(\.eventID)
        #expect(Set(ids).count == 2_001)
        #expect(ids.allSatisfy { $0.count == 32 && $0.allSatisfy { $0.isHexDigit && !$0.isUppercase } })
        let seconds = records.compactMap { $0.approximateCreationDateTime?.seconds }
        #expect(seconds == Array(1_789_649_450...1_789_651_450))
    }

    @Test("the same calls make the same bytes")
    func reproducible() throws {
        #expect(
            try StreamEvent.Builder(keys: "id").insert(open).json == StreamEvent.Builder(keys: "id").insert(open).json
        )
    }

    @Test("times, numbers and names can be chosen")
    func choices() throws {
        let builder = try StreamEvent.Builder(
            keys: "id",
            table: "orders",
            region: "cn-north-1",
            account: "210987654321",
            sequenceNumber: SequenceNumber("999"),
            time: EpochTime(seconds: 60, nanoseconds: 500_000_000)
        )
        .insert(open).insert(raised).insert(open, at: EpochTime(seconds: 100)).insert(open)
        let event = try builder.build()
        #expect(
            event.records.map(\.approximateCreationDateTime) == [
                EpochTime(seconds: 60, nanoseconds: 500_000_000), EpochTime(seconds: 61, nanoseconds: 500_000_000),
                EpochTime(seconds: 100), EpochTime(seconds: 101),
            ]
        )
        #expect(event.records[0].sequenceNumber?.description == "999")
        #expect(event.records[1].sequenceNumber?.description.count == 4)
        #expect(event.records[0].awsRegion == "cn-north-1")
        #expect(
            event.eventSourceARN
                == "arn:aws-cn:dynamodb:cn-north-1:210987654321:table/orders/stream/2026-09-17T12:49:54.528"
        )
        #expect(try StreamEvent.Builder(keys: "id", streamARN: "arn").insert(open).build().eventSourceARN == "arn")
        #expect(event.bytes == builder.json)
    }

    @Test("a broken record goes in as it is, among sound ones")
    func broken() async throws {
        let event = try StreamEvent.Builder(keys: "id")
            .insert(open).record(json: #"{"eventName":"INSERT","dynamodb":{}}"#).insert(open).build()
        #expect(event.records.count == 3)
        #expect(throws: StreamRecordError.self) { try event.records[1].validate() }
    }

    @Test("a change that no table makes is an error that says so")
    func errors() throws {
        let builder = StreamEvent.Builder(keys: "id")
        func failure(_ body: () throws(StreamBuilderError) -> StreamEvent.Builder) -> StreamBuilderError? {
            do throws(StreamBuilderError) {
                _ = try body()
                return nil
            } catch {
                return error
            }
        }
        let missing = failure { () throws(StreamBuilderError) in try builder.insert(["name": "x"]) }
        #expect(missing == .missingKey("id", attributes: ["name"]))
        #expect(missing?.description.contains("correct Builder(keys:), or --key of the command, or the item") == true)
        #expect(failure { () throws(StreamBuilderError) in try builder.insert(["id": ""]) } == .unusableKey("id"))
        #expect(failure { () throws(StreamBuilderError) in try builder.remove(["id": true]) } == .unusableKey("id"))
        let changed = failure { () throws(StreamBuilderError) in try builder.modify(old: ["id": 1], new: ["id": 2]) }
        #expect(changed == .changedKey("id"))
        let number = failure { () throws(StreamBuilderError) in try builder.insert(5) }
        #expect(number?.description.hasPrefix("Int is not encoded into an item") == true)
        let last = SequenceNumber(String(repeating: "9", count: 40))
        let end = failure { () throws(StreamBuilderError) in
            try StreamEvent.Builder(keys: "id", sequenceNumber: last).insert(["id": 1])
        }
        #expect(end == .noSequenceNumberLeft)
    }
}
