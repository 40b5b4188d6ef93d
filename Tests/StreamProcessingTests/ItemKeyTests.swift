// Which primary keys are one item's, however they are spelled.

import DynamoDBStreamEvents
import StreamProcessing
import Testing

@Suite("An item's key")
struct ItemKeyTests {
    private static func key(_ keys: String) throws -> ItemKey? {
        let event = try StreamEvent(Array(#"{"Records":[{"dynamodb":{"Keys":\#(keys)}}]}"#.utf8))
        return event.records.first?.orderingKey
    }

    @Test(
        "is the same in any order and spelling",
        arguments: [
            (#"{"a":{"S":"x"},"b":{"S":"y"}}"#, #"{"b":{"S":"y"},"a":{"S":"x"}}"#),
            (#"{"a":{"S":"x"}}"#, #"{ "a" : { "S" : "x" } }"#),
            (#"{"a":{"S":"x"}}"#, #"{"\u0061":{"S":"\u0078"}}"#),
            (#"{"a":{"S":"x"},"b":{"N":"1"}}"#, #"{"b":{"N":"1.0"},"a":{"\u0053":"x"}}"#),
            (#"{"a":{"B":"eA=="}}"#, #"{"a":{"B":"eA=="}}"#),
        ]
    )
    func same(_ spellings: (String, String)) throws {
        let keys = try (Self.key(spellings.0), Self.key(spellings.1))
        #expect(keys.0 != nil)
        #expect(keys.0 == keys.1)
        #expect(keys.0?.hashValue == keys.1?.hashValue)
    }

    @Test("is the same from an event and from values")
    func values() throws {
        let values: Item = ["b": .string("y"), "a": .string("x")]
        #expect(try Self.key(#"{"a":{"S":"x"},"b":{"S":"y"}}"#) == ItemKey(values))
    }

    @Test(
        "differs where a name, a value or the place between them differs",
        arguments: [
            (#"{"a":{"S":"x"}}"#, #"{"a":{"S":"y"}}"#),
            (#"{"a":{"S":"x"}}"#, #"{"b":{"S":"x"}}"#),
            (#"{"a":{"S":"bc"}}"#, #"{"ab":{"S":"c"}}"#),
            (#"{"a":{"S":"x"}}"#, #"{"a":{"S":"x"},"b":{"S":""}}"#),
            (#"{"a":{"S":"\u00e9"}}"#, #"{"a":{"S":"e\u0301"}}"#),
        ]
    )
    func different(_ keys: (String, String)) throws {
        #expect(try Self.key(keys.0) != Self.key(keys.1))
    }
}
