// Encoding: what becomes what, and that it comes back.

import DynamoDBStreamEvents
import Foundation
import Testing

@Suite("Encoding")
struct EncodingTests {
    enum Status: String, Codable { case open, closed }
    enum Shape: Codable, Equatable { case circle(radius: Double), none }

    struct Everything: Codable, Equatable {
        var string = "é\n\"\\"
        var empty = ""
        var int = Int.min
        var uint64 = UInt64.max
        var int8: Int8 = -128
        var wide = UInt128.max
        var double = 0.1
        var tiny = 1e-130
        var float: Float = 0.1
        var bool = true
        var bytes: [UInt8] = [0, 255]
        var noBytes: [UInt8] = []
        var noInts: [Int] = []
        var data = Data([1, 2, 3])
        var date = Date(timeIntervalSince1970: 1_763_694_000.123456)
        var early = Date(timeIntervalSince1970: -1.25)
        var id = UUID()
        var url = URL(string: "https://example.com/a?b=c#d")
        var decimal = Decimal(string: "1234567890123456789012345678.9012345678")
        var status = Status.closed
        var shape = Shape.circle(radius: 2)
        var optional: Int?
        var list: [Int?] = [1, nil, 3]
        var nested = ["a": [["b": 1]]]
        var set: Set<String> = ["x", "y"]
        var raw: AttributeValue = .numberSet([1, 2])
        var item: Item = ["a": nil]
        var number: AttributeNumber = 7
        var sequenceNumber = SequenceNumber("13021600000000001596893679")
    }

    @Test("a round trip is the identity, in memory, through an event, and in plain JSON")
    func roundTrip() throws {
        let everything = Everything()
        let encoded = try AttributeValueEncoder().encodeItem(everything)
        #expect(try encoded.decode(Everything.self) == everything)
        #expect(try item(text(encoded.json)).decode(Everything.self) == everything)
        var plain = everything
        // Without tags a set of numbers is a list of them.
        plain.raw = [1, 2]
        let json = try AttributeValueEncoder().encodePlainJSON(plain)
        #expect(try AttributeValueDecoder().decodePlainJSON(Everything.self, from: json) == plain)
    }

    @Test("values become the attributes that DynamoDB has for them")
    func mapping() throws {
        let item = try AttributeValueEncoder().encodeItem(Everything())
        #expect(item["string"] == "é\n\"\\")
        #expect(item["uint64"]?.number?.text == "18446744073709551615")
        #expect(item["float"]?.number?.text == "0.1")
        #expect(item["bytes"] == .binary([0, 255]))
        #expect(item["noBytes"] == .binary([]))
        #expect(item["noInts"] == [])
        #expect(item["data"] == .binary([1, 2, 3]))
        #expect(
            item["date"]?.number?.text == "1763694000.123456001" || item["date"]?.number?.text == "1763694000.123456"
        )
        #expect(item["early"]?.number?.text == "-1.25")
        #expect(item["url"] == "https://example.com/a?b=c#d")
        #expect(item["decimal"]?.number?.text == "1234567890123456789012345678.9012345678")
        #expect(item["status"] == "closed")
        #expect(item["shape"] == ["circle": ["radius": 2]])
        #expect(item["optional"] == nil)
        #expect(item["list"] == [1, nil, 3])
        #expect(item["item"] == ["a": nil])
        #expect(item["raw"] == .numberSet([1, 2]))
    }

    @Test("dates follow their strategy both ways")
    func dates() throws {
        let date = Date(timeIntervalSince1970: 1_480_642_020.5)
        let milliseconds = AttributeValueEncoder(dateEncodingStrategy: .epochMilliseconds)
        #expect(try milliseconds.encode(date).number?.text == "1480642020500")
        let iso = AttributeValueEncoder(dateEncodingStrategy: .iso8601)
        #expect(try iso.encode(date) == "2016-12-02T01:27:00.5Z")
        let custom = AttributeValueEncoder(dateEncodingStrategy: .custom { .string("\($0.seconds)") })
        #expect(try custom.encode(date) == "1480642020")
        #expect(
            try iso.encode(date).decode(Date.self, using: AttributeValueDecoder(dateDecodingStrategy: .iso8601)) == date
        )
    }

    @Test("NaN and the infinities are refused, and the error names the path")
    func notANumber() throws {
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(throws: AttributeEncodingError.self) { try AttributeValueEncoder().encode(value) }
        }
        #expect(throws: AttributeEncodingError.self) { try AttributeValueEncoder().encode(Decimal.nan) }
        do throws(AttributeEncodingError) {
            _ = try AttributeValueEncoder().encode(["a": [1, Float.nan]])
            Issue.record("encoded")
        } catch {
            #expect(error.description == "a[1]: DynamoDB has no number for nan")
        }
    }

    struct Article: Codable, Equatable {
        @AttributeSet var tags: Set<String>
        @AttributeSet var ranks: Set<Int>
        @AttributeSet var hashes: Set<Data>
        var plain: Set<String> = []
    }

    @Test("sets are sets on request, and an empty one is left out and read back as empty")
    func sets() throws {
        let article = Article(tags: ["b", "a"], ranks: [2, 1], hashes: [Data([1])])
        let item = try AttributeValueEncoder().encodeItem(article)
        #expect(
            item == [
                "tags": .stringSet(["a", "b"]), "ranks": .numberSet([1, 2]), "hashes": .binarySet([[1]]), "plain": [],
            ]
        )
        #expect(try item.decode(Article.self) == article)
        let empty = Article(tags: [], ranks: [], hashes: [])
        #expect(try AttributeValueEncoder(setEncodingStrategy: .sets).encodeItem(empty) == [:])
        #expect(try ([:] as Item).decode(Article.self) == empty)
        let sets = AttributeValueEncoder(setEncodingStrategy: .sets)
        #expect(try sets.encode(["a": Set(["x"])]) == ["a": .stringSet(["x"])])
        #expect(throws: AttributeEncodingError.self) { try sets.encode(Set<String>()) }
        #expect(throws: AttributeEncodingError.self) { try sets.encode(Set([true])) }
    }

    @Test("values written by other coders keep their tags")
    func otherCoders() throws {
        let value: AttributeValue = [
            "a": [1, "x", nil, true, .binary([65])], "s": .stringSet(["x"]), "b": .binarySet([[1]]),
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(value)
        #expect(try JSONDecoder().decode(AttributeValue.self, from: json) == value)
        #expect(try item("{\"v\":\(String(decoding: json, as: UTF8.self))}")["v"] == value)
    }

    @Test("only what becomes a map is an item")
    func items() throws {
        #expect(throws: AttributeEncodingError.self) { try AttributeValueEncoder().encodeItem([1]) }
    }

    @Test(
        "moments are written as ISO 8601 and read back",
        arguments: [
            ("1970-01-01T00:00:00Z", EpochTime(seconds: 0)), ("2000-02-29T23:59:59Z", EpochTime(seconds: 951_868_799)),
            ("1969-12-31T23:59:59.5Z", EpochTime(seconds: -1, nanoseconds: 500_000_000)),
            ("0000-01-01T00:00:00Z", EpochTime(seconds: -62_167_219_200)),
            ("9999-12-31T23:59:59Z", EpochTime(seconds: 253_402_300_799)),
            ("2026-11-21T03:04:05.000000001Z", EpochTime(seconds: 1_795_230_245, nanoseconds: 1)),
        ]
    )
    func iso8601(text: String, time: EpochTime) {
        #expect(EpochTime(iso8601: text) == time)
        #expect(time.iso8601 == text)
    }

    @Test(
        "what is no ISO 8601 moment is refused",
        arguments: [
            "", "2026", "2026-11-21", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T03:04:05", "2026-11-21T03:04:05.Z", "2026-11-21T03:04:05Zx", "2026-11-21T03:04:05+2:00",
            "2026-11-00T00:00:00Z",
        ]
    )
    func noMoments(text: String) {
        #expect(EpochTime(iso8601: text) == nil)
    }
}
