// Bytes decide: what Swift's String takes for equal is not equal in DynamoDB.

import DynamoDBStreamEvents
import JSONScanning
import Testing

/// One character that is written in two ways.
private let composed = "caf\u{E9}"
private let decomposed = "cafe\u{301}"

@Suite("Names and strings are compared by their bytes")
struct NormalizationTests {
    private func both() throws -> Item {
        try item("{\"\(composed)\":{\"N\":\"1\"},\"\(decomposed)\":{\"N\":\"2\"}}")
    }

    @Test("ExactText tells apart what String does not")
    func exactText() {
        #expect(composed == decomposed)
        #expect(ExactText(composed) != ExactText(decomposed))
        #expect(ExactText(composed) == ExactText(composed))
        #expect(Set([composed, decomposed].map(ExactText.init)).count == 2)
        #expect(ExactText(decomposed) < ExactText(composed))
        #expect(ExactText("\u{212A}") != "K" && "\u{212A}" == "K")
        #expect(
            [composed, decomposed, "caff"].sortedByBytes().map { Array($0.utf8) } == [
                Array(decomposed.utf8), Array("caff".utf8), Array(composed.utf8),
            ]
        )
    }

    @Test("two attributes whose names differ by normalization are two, in views and in values")
    func items() throws {
        let view = try both()
        let values = try AttributeValueEncoder().encodeItem(Both())
        var changed = view
        changed["other"] = true
        changed["other"] = nil
        for item in [view, values, changed] {
            #expect(item.count == 2)
            #expect(item[composed] == 1)
            #expect(item[decomposed] == 2)
            #expect(item.names.map { $0.utf8.count }.sorted() == [5, 6])
            #expect(Set(item.map { $0.value }) == [1, 2])
            #expect(item == view && item.hashValue == view.hashValue)
        }
        #expect(Item([composed: 1]) != Item([decomposed: 1]))
        #expect(Set([Item([composed: 1]), Item([decomposed: 1])]).count == 2)
        #expect(try item(text(values.json)) == values)
        var one: Item = [:]
        one[composed] = 1
        one[decomposed] = 2
        #expect(one.count == 2)
        #expect(one.names == [decomposed, composed])
    }

    struct Both: Encodable {
        struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(_ name: String) { stringValue = name }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(1, forKey: Key(composed))
            try container.encode(2, forKey: Key(decomposed))
        }
    }

    @Test(
        "values that differ by normalization differ, however deep",
        arguments: [
            { (text: String) -> AttributeValue in .string(text) },
            { .stringSet([$0, "x"]) },
            { .list([.string($0)]) },
            { .map(["a": .string($0)]) },
            { .map(Item([$0: 1])) },
            { .unknown(json: "{\"X\":\"\($0)\"}") },
        ] as [@Sendable (String) -> AttributeValue]
    )
    func values(make: @Sendable (String) -> AttributeValue) throws {
        #expect(make(composed) == make(composed))
        #expect(make(composed) != make(decomposed))
        #expect(Set([make(composed), make(decomposed), make(composed)]).count == 2)
        let difference = ItemDifference(from: ["a": make(composed)], to: ["a": make(decomposed)])
        #expect(difference.changed == ["a"])
    }

    @Test("a change from one normalization to the other is a difference")
    func difference() throws {
        let old = "{\"name\":{\"S\":\"\(composed)\"}}"
        let new = "{\"name\":{\"S\":\"\(decomposed)\"}}"
        let change = try #require(event(recordJSON("MODIFY", new: new, old: old)).records.first)
        #expect(change.diff?.changed == ["name"])
        let renamed = ItemDifference(from: [composed: 1], to: [decomposed: 1])
        #expect(renamed.added.map { $0.utf8.count } == [6])
        #expect(renamed.removed.map { $0.utf8.count } == [5])
        #expect(renamed != ItemDifference(from: [decomposed: 1], to: [composed: 1]))
        #expect(ItemDifference(from: [:], to: [composed: 1]) != ItemDifference(from: [:], to: [decomposed: 1]))
    }

    @Test(
        "a model reads the attribute of exactly its name, under every strategy",
        arguments: [
            AttributeValueDecoder(), AttributeValueDecoder(keyDecodingStrategy: .convertFromSnakeCase),
            AttributeValueDecoder(keyDecodingStrategy: .custom { $0 }),
        ]
    )
    func models(decoder: AttributeValueDecoder) throws {
        struct Model: Decodable {
            let first: Int
            let second: Int
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Both.Key.self)
                #expect(container.allKeys.count == 2)
                first = try container.decode(Int.self, forKey: Both.Key(composed))
                second = try container.decode(Int.self, forKey: Both.Key(decomposed))
            }
        }
        let model = try both().decode(Model.self, using: decoder)
        #expect(model.first == 1 && model.second == 2)
    }

    @Test("a dictionary, which can hold only one of them, is an error and loses nothing")
    func dictionaries() throws {
        struct ByHand: ItemDecodable {
            let names: [String: Int]
            init(from reader: inout ItemReader) throws { names = try reader.read("names") }
        }
        for names in [[composed, decomposed], (0..<30).map { "a\($0)" } + [decomposed, composed]] {
            let json = "{" + names.map { "\"\($0)\":{\"N\":\"1\"}" }.joined(separator: ",") + "}"
            #expect(throws: AttributeDecodingError.self) { try item(json).decode([String: Int].self) }
            #expect(throws: AttributeDecodingError.self) {
                try item("{\"names\":{\"M\":\(json)}}").decode(ByHand.self)
            }
            #expect(throws: AttributeDecodingError.self) {
                try AttributeValueDecoder().decodePlainJSON(
                    [String: [String: Int]].self,
                    from: bytes("{" + names.map { "\"\($0)\":{}" }.joined(separator: ",") + "}")
                )
            }
            #expect(try item(json).decode(Item.self).count == names.count)
        }
        #expect(Dictionary(try both()).count == 1)
    }

    @Test("words from outside are known only when their bytes are")
    func words() {
        #expect(StreamViewType("KEYS_ONLY") == .keysOnly)
        // The Kelvin sign is canonically equivalent to K.
        #expect(StreamViewType("\u{212A}EYS_ONLY") == .other("\u{212A}EYS_ONLY"))
        #expect(StreamViewType.other(composed) != .other(decomposed))
        #expect(EventName.other(composed) != .other(decomposed))
        #expect(Set([EventName.other(composed), .other(decomposed), .insert]).count == 3)
        #expect(UserIdentity(type: composed, principalID: nil) != UserIdentity(type: decomposed, principalID: nil))
        #expect(
            RemovalCause.other(UserIdentity(type: nil, principalID: composed))
                != .other(UserIdentity(type: nil, principalID: decomposed))
        )
        #expect(TimeWindow(start: composed, end: "") != TimeWindow(start: decomposed, end: ""))
        #expect(TimeWindow(start: composed, end: "") == TimeWindow(start: composed, end: ""))
    }
}
