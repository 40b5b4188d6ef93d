// Decoding by hand: the same values and the same errors as through Codable.

import DynamoDBStreamEvents
import Foundation
import Testing

@Suite("ItemDecodable")
struct ItemDecodableTests {
    struct Line: ItemDecodable, Equatable {
        let price: Int

        init(price: Int) { self.price = price }
        init(from reader: inout ItemReader) throws { price = try reader.read("price") }
    }

    struct Order: ItemDecodable {
        let id: String
        let total: Double
        let note: String?
        let paid: Bool
        let lines: [Line]
        let tags: Set<String>
        let counts: [String: Int]
        let blob: [UInt8]
        let raw: AttributeValue
        let created: Date
        let due: Date?
        let isNew: Bool
        let missing: String?
        let missingList: [Int]?

        init(from reader: inout ItemReader) throws {
            isNew = try !reader.contains("due") && reader.read("note", as: String?.self) == nil
            id = try reader.read("id")
            total = try reader.read("total")
            note = try reader.read("note")
            paid = try reader.read("paid")
            lines = try reader.read("lines")
            tags = try reader.read("tags")
            counts = try reader.read("counts")
            blob = try reader.read("blob")
            raw = try reader.read("raw")
            created = try reader.read("created")
            due = try reader.read("due")
            missing = try reader.read("missing")
            missingList = try reader.read("missingList", as: [Int]?.self)
        }
    }

    static let json = #"""
        {"raw":{"NS":["1"]},"id":{"S":"o-1"},"lines":{"L":[{"M":{"price":{"N":"5"}}}]},"total":{"N":"1.5"},\#
        "paid":{"BOOL":true},"counts":{"M":{"a":{"N":"1"}}},"blob":{"B":"QUI="},"created":{"N":"60"},"note":{"NULL":true}}
        """#

    @Test("every kind of attribute is read, in any order, missing sets and optionals included")
    func reading() throws {
        let order = try item(Self.json).decode(Order.self)
        #expect(order.id == "o-1")
        #expect(order.total == 1.5)
        #expect(order.note == nil)
        #expect(order.paid)
        #expect(order.lines == [Line(price: 5)])
        #expect(order.tags == [])
        #expect(order.counts == ["a": 1])
        #expect(order.blob == [65, 66])
        #expect(order.raw == .numberSet([1]))
        #expect(order.created == Date(timeIntervalSince1970: 60))
        #expect(order.due == nil)
        #expect(order.isNew)
        #expect(order.missing == nil)
        #expect(order.missingList == nil)
    }

    @Test(
        "errors name the path",
        arguments: [
            (#"{"N":"5"}"#, #"{"N":"5.5"}"#, "NewImage.lines[0].price: expected an integer, found 5.5"),
            (#"{"S":"o-1"}"#, #"{"N":"1"}"#, "NewImage.id: expected a string, found a number"),
            (#""paid":"#, #""pait":"#, "NewImage.paid: is missing"),
            (#""price":"#, #""prize":"#, "NewImage.lines[0].price: is missing"),
            (
                #"{"L":[{"M":{"price":{"N":"5"}}}]}"#, #"{"S":""}"#,
                "NewImage.lines: expected a list or a set, found a string"
            ),
            (#""note":"#, #""id":"#, "NewImage.id: the attribute is there twice"),
        ]
    )
    func errors(original: String, replacement: String, message: String) throws {
        let record = try record(new: Self.json.replacing(original, with: replacement))
        do throws(StreamRecordError) {
            _ = try record.change(as: Order.self)
            Issue.record("decoded")
        } catch {
            #expect(error.description == message)
        }
    }

    struct Both: ItemDecodable, Codable {
        let way: String
        init(from reader: inout ItemReader) throws { way = "by hand, " + (try reader.read("way")) }
    }

    @Test("a type that is Codable too reads itself by hand, inside Codable types as well")
    func both() throws {
        #expect(try item(#"{"way":{"S":"x"}}"#).decode(Both.self).way == "by hand, x")
        #expect(try decode(#"{"L":[{"M":{"way":{"S":"x"}}}]}"#, as: [Both].self).map(\.way) == ["by hand, x"])
        #expect(try record(new: #"{"way":{"S":"x"}}"#).change(as: Both.self).new?.way == "by hand, x")
    }

    @Test("an item in memory is read by the same rules")
    func inMemory() throws {
        let item: Item = ["price": 3]
        #expect(try item.decode(Line.self) == Line(price: 3))
        #expect(throws: AttributeDecodingError.self) { try ([:] as Item).decode(Line.self) }
    }

    @Test("a one-attribute item is found and missed alike")
    func oneAttribute() throws {
        #expect(try item(#"{"price":{"N":"1"}}"#).decode(Line.self).price == 1)
        #expect(throws: AttributeDecodingError.self) { try item(#"{"prices":{"N":"1"}}"#).decode(Line.self) }
    }
}
