// Models that read themselves and are not Decodable: they are taken wherever Decodable ones are.

import DynamoDBStreamEvents
import Foundation
import Testing

@Suite("Models that are ItemDecodable only")
struct ReaderOnlyTests {
    private struct Order: ItemDecodable, Equatable {
        let id: String
        init(id: String) { self.id = id }
        init(from reader: inout ItemReader) throws { id = try reader.read("id") }
    }

    /// `Decodable` by its reader, as `@StreamItem` makes it, and so a member of `Codable` types.
    private struct Line: ItemDecodable, Decodable {
        let id: String
        init(from reader: inout ItemReader) throws { id = try reader.read("id") }
        init(from decoder: any Decoder) throws { try self.init(itemFrom: decoder) }
    }

    private static let json = #"{"id":{"S":"a"}}"#

    @Test("items, values, changes, keys, plain JSON and the states of windows decode into them")
    func everywhere() throws {
        let order = Order(id: "a")
        let item = try item(Self.json)
        #expect(try item.decode(Order.self) == order)
        #expect(try Item(["id": "a"]).decode(Order.self) == order)
        #expect(try AttributeValueDecoder().decode(Order.self, from: item) == order)
        #expect(try AttributeValue.map(["id": "a"]).decode(Order.self) == order)
        #expect(try AttributeValueDecoder().decode(Order.self, from: .map(["id": "a"])) == order)
        #expect(try AttributeValueDecoder().decodePlainJSON(Order.self, from: bytes(#"{"id":"a"}"#)) == order)
        #expect(try record(new: Self.json).change(as: Order.self) == .inserted(order))
        #expect(try record(new: Self.json).keyChange(as: Order.self) == .inserted(Order(id: "o-1")))
        let window = try StreamEvent(bytes(#"{"Records":[],"state":{"id":"a"}}"#))
        #expect(try window.state(as: Order.self) == order)
        #expect(throws: AttributeDecodingError.self) { try AttributeValue.string("a").decode(Order.self) }
    }

    @Test("one that is Decodable by its reader is a member of Codable types, lists and dictionaries")
    func nested() throws {
        struct Order: Decodable {
            let one: Line
            let many: [Line]
            let named: [String: Line]
            let none: Line?
        }
        let line = #"{"M":{"id":{"S":"a"}}}"#
        let order = try item(
            "{\"one\":\(line),\"many\":{\"L\":[\(line)]},\"named\":{\"M\":{\"x\":\(line)}}}"
        ).decode(Order.self)
        #expect(order.one.id == "a" && order.many.count == 1 && order.named["x"]?.id == "a" && order.none == nil)
        #expect(try JSONDecoder().decode(Line.self, from: Data(Self.json.utf8)).id == "a")
        #expect(try decodingError(Order.self, from: "{\"one\":{\"M\":{\"id\":{\"N\":\"1\"}}}}").hasPrefix("one.id: "))
    }
}
