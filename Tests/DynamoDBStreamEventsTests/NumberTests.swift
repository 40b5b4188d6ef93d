// Numbers have a quick way for short ones and a thorough one for all: both give the same.

import DynamoDBStreamEvents
import Foundation
import Testing

@Suite("Short and long numbers")
struct NumberTests {
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    /// Spellings of every length that both ways are meant for, and what lies between them.
    static let spellings: [String] = {
        var random = Random(state: 2026)
        var spellings = [
            "0", "-0", "0.0", "-0.0", "00", "007", "1", "-1", "5.", ".5", "-.5", "1.0", "100", "1e2", "1E-2",
            "9007199254740992", "9007199254740993", "-9007199254740993", "999999999999999999", "9999999999999999999",
            "0.1", "0.3", "2.675", "123456789.123456789", "0.000000000000000001", "12345678901234567.8",
        ]
        for digits in 1...22 {
            for _ in 0..<40 {
                var text = Bool.random(using: &random) ? "-" : ""
                let point = Int.random(in: 0...digits, using: &random)
                for position in 0..<digits {
                    if position == point { text += position == 0 ? "0." : "." }
                    text += String(Int.random(in: 0...9, using: &random))
                }
                spellings.append(text)
            }
        }
        return spellings
    }()

    private func values<Value: Decodable>(
        _ type: Value.Type = Value.self,
        using decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws -> [Value?] {
        try Self.spellings.map { text in
            let item = try item("{\"value\":{\"N\":\"\(text)\"}}")
            return try? item.decode([String: Value].self, using: decoder)["value"]
        }
    }

    /// The same number, spelled so long that it goes the thorough way.
    private static func lengthened(_ text: String) -> String {
        if text.lowercased().contains("e") { return text }
        return text + (text.contains(".") ? "" : ".") + "0000000000000000000"
    }

    @Test("a Double is the nearest one, to the last bit")
    func doubles() throws {
        for (text, value) in zip(Self.spellings, try values(Double.self)) {
            #expect(value?.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }

    @Test("a Decimal is exact")
    func decimals() throws {
        for (text, value) in zip(Self.spellings, try values(Decimal.self)) {
            let expected = Decimal(string: text)
            #expect(value == expected, "\(text)")
            #expect(value?.description == expected?.description, "\(text)")
            #expect(value?.hashValue == expected?.hashValue, "\(text)")
            guard let value, let expected else { continue }
            #expect(value + 1 == expected + 1 && value * 3 == expected * 3 && (value < 0) == (expected < 0), "\(text)")
        }
    }

    @Test("an integer is whole or an error")
    func integers() throws {
        for (text, value) in zip(Self.spellings, try values(Int64.self)) {
            let number = try #require(AttributeNumber(text))
            #expect(value == number.exactly(Int64.self), "\(text)")
        }
    }

    @Test("a Date is that of its text, whatever the unit")
    func dates() throws {
        for (text, value) in zip(Self.spellings, try values(Date.self)) {
            let longer = Self.lengthened(text)
            let item = try item("{\"value\":{\"N\":\"\(longer)\"}}")
            #expect(value == (try? item.decode([String: Date].self)["value"]), "\(text)")
        }
        let milliseconds = AttributeValueDecoder(dateDecodingStrategy: .epochMilliseconds)
        for (text, value) in zip(Self.spellings, try values(Date.self, using: milliseconds)) {
            let longer = Self.lengthened(text)
            let item = try item("{\"value\":{\"N\":\"\(longer)\"}}")
            #expect(value == (try? item.decode([String: Date].self, using: milliseconds)["value"]), "\(text)")
        }
    }
}
