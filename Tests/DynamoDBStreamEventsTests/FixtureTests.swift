// Events that others published, when they lie beside the checkout: values, not only success.

import DynamoDBStreamEvents
import Foundation
import Testing

/// The folder named by `LAMBDA_STREAMS_FIXTURES`, or `shared/fixtures` beside the checkout.
private let fixtures: URL? = {
    let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let beside = checkout.deletingLastPathComponent().appending(path: "shared/fixtures")
    let named = ProcessInfo.processInfo.environment["LAMBDA_STREAMS_FIXTURES"].map { URL(filePath: $0) }
    let folder = named ?? beside
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
}()

@Suite("Published events", .enabled(if: fixtures != nil))
struct FixtureTests {
    private func event(_ name: String) throws -> StreamEvent {
        let folder = try #require(fixtures)
        return try StreamEvent([UInt8](Data(contentsOf: folder.appending(path: name))))
    }

    @Test("the event of the Go library")
    func go() throws {
        let records = try event("go-dynamodb-event.json").records
        #expect(records.count == 2)
        let first = records[0]
        #expect(first.eventID == "f07f8ca4b0b26cb9c4e5e77e69f274ee")
        #expect(first.eventName == .insert)
        #expect(first.userIdentity == .timeToLive)
        #expect(!first.isTimeToLiveRemoval)
        #expect(first.approximateCreationDateTime == EpochTime(seconds: 1_480_642_020))
        #expect(first.keys == ["val": "data", "key": "binary"])
        #expect(first.newImage?["asdf1"] == .binary([0, 1, 42, 65]))
        #expect(first.newImage?["asdf2"] == .binarySet([[65, 42, 1, 0], [0, 1, 42, 65]]))
        #expect(first.sequenceNumber == SequenceNumber("1405400000000002063282832"))
        #expect(first.sizeBytes == 54)
        #expect(first.streamViewType == .newAndOldImages)
        #expect(first.oldImage == nil)
        let image = try #require(records[1].newImage)
        #expect(image.count == 17)
        #expect(image["b2"] == .binary([0xB5, 0xEB, 0x2D]))
        #expect(image["Boolean"] == true)
        #expect(image["List"] == ["Cookies", "Coffee", 3.14159])
        #expect(image["Map"] == ["Name": "Joe", "Age": 35])
        #expect(image["FloatNumber"]?.number?.text == "123.45")
        #expect(image["IntegerNumber"] == 123)
        #expect(image["NumberSet"] == .numberSet([567.8, 1234]))
        #expect(image["Null"]?.isNull == true)
        #expect(image["String"] == "Hello")
        #expect(image["StringSet"] == .stringSet(["Zebra", "Giraffe"]))
        #expect(image["EmptyStringSet"] == .stringSet([]))
        for record in records { try record.validate() }
    }

    @Test("the tumbling window event of the Go library")
    func goWindow() throws {
        let event = try event("go-dynamodb-time-window-event.json")
        #expect(event.records.map(\.eventName) == [.insert, .modify, .remove])
        #expect(event.records.map { $0.sequenceNumber?.description } == ["111", "222", "333"])
        #expect(event.window == TimeWindow(start: "2020-07-30T17:00:00Z", end: "2020-07-30T17:05:00Z"))
        #expect(try event.state(as: [String: String].self) == ["1": "state1"])
        #expect(event.shardID == "shard123456789")
        #expect(event.eventSourceARN == "stream-ARN")
        #expect(!event.isFinalInvokeForWindow)
        #expect(!event.isWindowTerminatedEarly)
        #expect(event.records[1].diff?.changed == ["Message"])
        #expect(event.records[2].newImage == nil)
        #expect(
            try event.records[2].change
                == .removed(
                    old: ["Message": "This item has changed", "Id": 101],
                    keys: ["Id": 101],
                    cause: .request
                )
        )
    }

    @Test("the event of Powertools")
    func powertools() throws {
        let records = try event("powertools-dynamo-stream-event.json").records
        #expect(records[0].approximateCreationDateTime == EpochTime(seconds: 1_693_997_155))
        #expect(records[1].approximateCreationDateTime == nil)
        #expect(records.map(\.awsRegion) == ["us-west-2", "us-west-2"])
        #expect(records.map(\.sizeBytes) == [26, 59])
        struct Message: Codable, Equatable {
            let Id: Int
            let Message: String
        }
        let new = Message(Id: 101, Message: "This item has changed")
        #expect(
            try records[1].change(as: Message.self) == .modified(old: Message(Id: 101, Message: "New item!"), new: new)
        )
    }

    @Test("the record with optional members left out of the Rust library")
    func rust() throws {
        let folder = try #require(fixtures)
        let json = [UInt8](try Data(contentsOf: folder.appending(path: "rust-record-with-optional-fields.json")))
        let record = try #require(StreamEvent(bytes("{\"Records\":[") + json + bytes("]}")).records.first)
        #expect(record.sequenceNumber == nil)
        #expect(record.streamViewType == nil)
        #expect(record.userIdentity == nil)
        #expect(record.approximateCreationDateTime == nil)
        #expect(record.sizeBytes == 292)
        #expect(record.newImage?["created"] == "2022-02-16T15:12:00.14Z")
        #expect(text(json).hasPrefix(text(record.json)))
        try record.validate()
    }
}
