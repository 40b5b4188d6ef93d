// A record broken in each possible way costs itself, and says what is wrong and where.

import DynamoDBStreamEvents
import Testing

@Suite("Broken records")
struct BrokenRecordTests {
    static let defects: [(json: String, message: String)] = [
        ("{}", "eventName: is missing"),
        (#"{"eventName":"INSERT"}"#, "dynamodb: is missing"),
        (#"{"eventName":"INSERT","dynamodb":null}"#, "dynamodb: is not an object"),
        (#"{"eventName":"INSERT","eventName":"REMOVE"}"#, "eventName: is there twice"),
        (#"{"eventName":"INSERT","dynamodb":{"Keys":{},"Keys":{}}}"#, "dynamodb.Keys: is there twice"),
        (recordJSON(keys: nil), "Keys: are missing"), (recordJSON(keys: "null"), "Keys: are missing"),
        (recordJSON(keys: "{}"), "Keys: are empty"), (recordJSON(keys: "[]"), "Keys: is not an object"),
        (recordJSON(sequenceNumber: "111"), "dynamodb.SequenceNumber: is not a string of decimal digits"),
        (recordJSON(sequenceNumber: "\"\""), "dynamodb.SequenceNumber: is not a string of decimal digits"),
        (recordJSON(new: "\"x\""), "NewImage: is not an object"),
        (recordJSON(new: #"{"a":{"X":"1"}}"#), "NewImage.a: the type tag \"X\" is not known"),
        (recordJSON(new: #"{"a":{"S":"1","N":"1"}}"#), "NewImage.a: the value has more than one type tag: S, N"),
        (recordJSON(new: #"{"a":{}}"#), "NewImage.a: the value has no type tag"),
        (recordJSON(new: #"{"a":"x"}"#), "NewImage.a: expected a typed value like {\"S\":\"text\"}, found a string"),
        (recordJSON(new: #"{"a":{"S":1}}"#), "NewImage.a: S is not a string"),
        (recordJSON(new: #"{"a":{"N":1}}"#), "NewImage.a: N is not a string"),
        (recordJSON(new: #"{"a":{"N":"1x"}}"#), "NewImage.a: N is not a number"),
        (recordJSON(new: #"{"a":{"N":""}}"#), "NewImage.a: N is not a number"),
        (recordJSON(new: #"{"a":{"N":"nan"}}"#), "NewImage.a: N is not a number"),
        (recordJSON(new: #"{"a":{"B":"!!!!"}}"#), "NewImage.a: the value is not base64"),
        (recordJSON(new: #"{"a":{"B":"QQ"}}"#), "NewImage.a: the value is not base64"),
        (recordJSON(new: #"{"a":{"BOOL":"true"}}"#), "NewImage.a: BOOL is neither true nor false"),
        (recordJSON(new: #"{"a":{"NULL":false}}"#), "NewImage.a: NULL is not true"),
        (recordJSON(new: #"{"a":{"L":{}}}"#), "NewImage.a: L is not an array"),
        (recordJSON(new: #"{"a":{"M":[]}}"#), "NewImage.a: M is not an object"),
        (recordJSON(new: #"{"a":{"SS":["x",1]}}"#), "NewImage.a[1]: S is not a string"),
        (recordJSON(new: #"{"a":{"NS":["1","?"]}}"#), "NewImage.a[1]: N is not a number"),
        (recordJSON(new: #"{"a":{"BS":["QQ==","?"]}}"#), "NewImage.a[1]: the value is not base64"),
        (recordJSON(new: #"{"a":{"S":"1"},"a":{"S":"1"}}"#), "NewImage.a: the attribute is there twice"),
        (recordJSON(new: #"{"a":{"S":"\ud800"}}"#), "NewImage.a: the string has half of a surrogate pair"),
        (recordJSON(new: #"{"\ud800":{"S":""}}"#), "NewImage.\u{FFFD}: the name has half of a surrogate pair"),
        (
            recordJSON("REMOVE", old: #"{"lines":{"L":[{"M":{}},{"M":{"x":{"N":"1"},"price":{"N":"?"}}}]}}"#),
            "OldImage.lines[1].price: N is not a number"
        ),
        (recordJSON(keys: #"{"id":{"N":"1-"}}"#), "Keys.id: N is not a number"),
    ]

    @Test("the broken one says what and where, the others are read", arguments: defects.indices)
    func broken(index: Int) throws {
        let (json, message) = Self.defects[index]
        let good = recordJSON(new: #"{"id":{"S":"o-1"}}"#)
        let event = try event(good, json, good)
        for record in [event.records[0], event.records[2]] {
            try record.validate()
            #expect(record.newImage == ["id": "o-1"])
        }
        do throws(StreamRecordError) {
            try event.records[1].validate()
            Issue.record("accepted")
        } catch {
            #expect(error.description == message)
        }
    }

    @Test("an unknown event name is no defect, but no change either")
    func unknownEventName() throws {
        let record = try #require(event(recordJSON("TRUNCATE", new: "{}")).records.first)
        try record.validate()
        #expect(throws: StreamRecordError.self) { try record.change }
    }

    @Test("no record cut off or changed anywhere traps")
    func mutations() throws {
        let image = #"{"id":{"S":"o-1"},"n":{"N":"1.5"},"b":{"B":"QUI="},"l":{"L":[{"NULL":true},{"SS":["a"]}]}}"#
        let whole = bytes("{\"Records\":[\(recordJSON("MODIFY", new: image, old: image))]}")
        for position in whole.indices {
            for byte in [0x22, 0x7B, 0x30, 0x5D, 0x5C, 0x41] as [UInt8] {
                var broken = whole
                broken[position] = byte
                guard let event = try? StreamEvent(broken) else { continue }
                for record in event.records { read(record) }
            }
        }
    }

    private func read(_ record: StreamRecord) {
        _ = (record.eventID, record.eventName, record.sequenceNumber, record.approximateCreationDateTime, record.diff)
        _ = (record.sizeBytes, record.userIdentity, record.streamViewType, record.keys.map { Dictionary($0) })
        _ = (try? record.validate(), try? record.change.new?.hashValue, try? record.change(as: Mixed.self))
    }

    private struct Mixed: Codable {
        let id: String
        let n: Double
        let b: [UInt8]
        let l: [AttributeValue]
    }
}
