// What `@StreamItem` writes, compiled: the same results as the synthesized `Codable` conformance of the same members.

#if Macros
public import DynamoDBStreamEvents
import Foundation
import Testing

@StreamItem
struct Line: Codable, Equatable {
    let sku: String
    var price: Decimal
}

/// Not Codable by itself.
@StreamItem
struct Address: Equatable {
    let city: String
    @AttributeName("zip_code") let zip: String
}

struct Customer: Decodable {
    let name: String
    let address: Address
    let others: [String: [Address?]]
}

@StreamItem
struct Order: Codable, Equatable {
    static let table = "orders"

    let id: String, owner: String
    var total: Int
    let note: String?
    var paid: Bool?
    let lines: [Line]
    let first: Line?
    let tags: Set<String>
    @AttributeSet var marks: Set<Int>
    let created: Date
    let updated: Date?
    let blob: Data
    let raw: AttributeValue
    let counts: [String: Int]
    let status: Status
    let `default`: Double
    let version: Int = 3
    var observed: Int { didSet { total = observed } }
    var secret = "local"

    lazy var summary: String = "\(id): \(total)"
    var isPaid: Bool { paid ?? false }
    var doubled: Int {
        get { total * 2 }
        set { total = newValue / 2 }
    }

    enum Status: String, Codable { case open, paid }

    private enum CodingKeys: String, CodingKey {
        case id = "order_id"
        case owner, total, note, paid, lines, first, tags, marks, created, updated, blob, raw, counts, status, `default`
        case observed = "observed-at"
    }

    static func == (first: Order, second: Order) -> Bool {
        first.id == second.id && first.owner == second.owner && first.total == second.total
            && first.note == second.note && first.paid == second.paid && first.lines == second.lines
            && first.first == second.first && first.tags == second.tags && first.marks == second.marks
            && first.created == second.created && first.updated == second.updated && first.blob == second.blob
            && first.raw == second.raw && first.counts == second.counts && first.status == second.status
            && first.default == second.default && first.observed == second.observed && first.secret == second.secret
    }
}

@StreamItem
public struct Open {
    public let id: String
    public let other: AttributeValue?
}

/// Goes the way of `Codable`, for what is decoded through it is not the outermost type.
private struct ThroughCodable<Model: Decodable>: Decodable {
    let model: Model
    init(from decoder: any Decoder) throws { model = try Model(from: decoder) }
}

private func record(_ image: String) throws -> StreamRecord {
    let json = """
        {"Records":[{"eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"o"}},"NewImage":\(image)}}]}
        """
    return try #require(StreamEvent(Array(json.utf8)).records.first)
}

private func item(_ image: String) throws -> Item { try #require(record(image).newImage) }

@Suite("StreamItem")
struct StreamItemTests {
    private static let whole = #"""
        {"order_id":{"S":"o-1"},"owner":{"S":"me"},"total":{"N":"1E2"},"note":{"NULL":true},"paid":{"BOOL":true},\#
        "lines":{"L":[{"M":{"sku":{"S":"a"},"price":{"N":"1.10"}}}]},"first":{"M":{"sku":{"S":"b"},"price":{"N":"2"}}},\#
        "tags":{"SS":["x","y"]},"marks":{"NS":["1","2"]},"created":{"N":"60"},"updated":{"N":"61.5"},\#
        "blob":{"B":"QUI="},"raw":{"NS":["1"]},"counts":{"M":{"k":{"N":"1"}}},"status":{"S":"paid"},\#
        "default":{"N":"0.5"},"observed-at":{"N":"9"},"secret":{"S":"not read"},"version":{"N":"4"}}
        """#
    private static let sparse = #"""
        {"order_id":{"S":"o-1"},"owner":{"S":"me"},"total":{"N":"1"},"lines":{"L":[]},"created":{"N":"60"},\#
        "blob":{"B":""},"raw":{"NULL":true},"counts":{"M":{}},"status":{"S":"open"},"default":{"N":"1"},\#
        "observed-at":{"N":"9"}}
        """#

    @Test("items decode as they do through Codable", arguments: [whole, sparse])
    func equality(json: String) throws {
        let item = try item(json)
        let byCodable = try item.decode(ThroughCodable<Order>.self).model
        let order = try item.decode(Order.self)
        #expect(order == byCodable)
        #expect(order.version == 3 && order.secret == "local")
        #expect(try record(json).change(as: Order.self).new == byCodable)
    }

    @Test("a struct that is not Codable by itself is a member of structs that are")
    func nestedInCodable() throws {
        let address = #"{"M":{"city":{"S":"Ulm"},"zip_code":{"S":"89073"}}}"#
        let json = #"{"name":{"S":"A"},"address":\#(address),"others":{"M":{"x":{"L":[\#(address),{"NULL":true}]}}}}"#
        let expected = try item(#"{"city":{"S":"Ulm"},"zip_code":{"S":"89073"}}"#).decode(Address.self)
        #expect(expected.zip == "89073")
        let customer = try item(json).decode(Customer.self)
        #expect(customer.address == expected && customer.others == ["x": [expected, nil]])
        #expect(try record(json).change(as: Customer.self).new?.address == expected)
        #expect(Address.self as Any is any Decodable.Type)
    }

    @Test("every property has what the item has")
    func values() throws {
        let order = try item(Self.whole).decode(Order.self)
        #expect(order.id == "o-1" && order.owner == "me" && order.total == 100)
        #expect(order.note == nil && order.paid == true)
        #expect(order.lines == [Line(sku: "a", price: Decimal(string: "1.10") ?? 0)])
        #expect(order.first == Line(sku: "b", price: 2))
        #expect(order.tags == ["x", "y"] && order.marks == [1, 2])
        #expect(order.updated == Date(timeIntervalSince1970: 61.5))
        #expect(order.raw == .numberSet([1]) && order.counts == ["k": 1])
        #expect(order.status == .paid && order.default == 0.5 && order.observed == 9)
    }

    @Test(
        "errors are those of Codable, path and reason",
        arguments: [
            (#""total":{"N":"1E2"}"#, #""total":{"N":"1.5"}"#), (#""order_id""#, #""id""#),
            (#""price":{"N":"1.10"}"#, #""price":{"S":"1"}"#), (#"{"S":"paid"}"#, #"{"S":"lost"}"#),
            (#""created":{"N":"60"},"#, ""), (#""tags":{"SS":["x","y"]}"#, #""tags":{"S":"x"}"#),
        ]
    )
    func errors(original: String, replacement: String) throws {
        let item = try item(Self.whole.replacing(original, with: replacement))
        func failure<Model: Decodable>(_ type: Model.Type) -> String {
            do throws(AttributeDecodingError) {
                _ = try item.decode(type)
                return "decoded"
            } catch {
                return "\(error)"
            }
        }
        #expect(failure(Order.self) == failure(ThroughCodable<Order>.self))
        #expect(failure(Order.self) != "decoded")
    }

    @StreamItem
    struct Defaults: Equatable {
        var status = "open"
        var count = -1
        var ratio: Double = 0.5
        var note: String? = "none"
        var tags: Set<String> = ["new"]
        var lines: [Line] = [Line(sku: "gift", price: 0)]
    }

    @Test(
        "a missing attribute leaves a default where Codable would fail, and is nil or an empty set where it would not"
    )
    func defaults() throws {
        var expected = Defaults()
        expected.note = nil
        expected.tags = []
        #expect(try item("{}").decode(Defaults.self) == expected)
        let given = #"{"status":{"S":"s"},"count":{"N":"2"},"ratio":{"N":"3"},"note":{"S":"n"},"lines":{"L":[]}}"#
        let decoded = try item(given).decode(Defaults.self)
        #expect(decoded == Defaults(status: "s", count: 2, ratio: 3, note: "n", tags: [], lines: []))
        #expect(throws: AttributeDecodingError.self) { try item(#"{"count":{"NULL":true}}"#).decode(Defaults.self) }
    }

    @StreamItem
    struct Named {
        @AttributeName("order-id") let id: String
        @AttributeName("a\"b\\c") var odd: Int
        @AttributeName("tag_set") @AttributeSet var tags: Set<String>
        let reader: String
    }

    @Test("an attribute's name can be any text, and a property's name too")
    func names() throws {
        let json = #"{"order-id":{"S":"1"},"a\"b\\c":{"N":"2"},"tag_set":{"SS":["t"]},"reader":{"S":"r"}}"#
        let named = try item(json).decode(Named.self)
        #expect(named.id == "1" && named.odd == 2 && named.tags == ["t"] && named.reader == "r")
    }

    @StreamItem
    struct Page<Element, Cursor: Codable & Equatable, Tag> {
        let elements: [Element]
        let next: Cursor?
        var tag: Tag.Type? { nil }
    }

    @Test("a generic struct asks of its parameters what it reads")
    func generics() throws {
        let json = #"{"elements":{"L":[{"M":{"sku":{"S":"a"},"price":{"N":"1"}}}]},"next":{"N":"5"}}"#
        let page = try item(json).decode(Page<Line, Date, Item.Type>.self)
        #expect(page.elements == [Line(sku: "a", price: 1)])
        #expect(page.next == Date(timeIntervalSince1970: 5))
    }

    @StreamItem
    package struct Shared { package let id: String }

    @StreamItem
    fileprivate struct Hidden { let id: String }

    @StreamItem
    struct Conforming: ItemDecodable { let id: String }

    @StreamItem
    struct Empty {}

    @Test("any access level, a conformance that is stated already, and no properties at all")
    func access() throws {
        let item = try item(#"{"id":{"S":"1"}}"#)
        #expect(try item.decode(Open.self).id == "1")
        #expect(try item.decode(Shared.self).id == "1")
        #expect(try item.decode(Hidden.self).id == "1")
        #expect(try item.decode(Conforming.self).id == "1")
        _ = try item.decode(Empty.self)
        #expect(Shared(id: "memberwise").id == "memberwise")
    }
}
#endif
