// Decoding takes time in proportion to the item: what the decoder looks at doubles when the item does, whatever a type
// asks for, in whichever order, under whichever strategy.

import DynamoDBStreamEvents
import JSONScanning
import Synchronization
import Testing

@Suite("Decoding is linear")
struct LinearDecodingTests {
    // MARK: What types ask for

    struct Row: Decodable {
        let id: Int
        let note: String?
        let missing: String?
    }

    struct RowByHand: ItemDecodable, Decodable {
        let id: Int
        init(from reader: inout ItemReader) throws {
            id = try reader.read("id")
            _ = reader.contains("missing")
        }
        init(from decoder: any Decoder) throws { try self.init(itemFrom: decoder) }
    }

    struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Asks for the members one by one, in the order that `Order` makes of them.
    struct OneByOne<Order: KeyOrder>: Decodable {
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: AnyKey.self)
            for key in Order.order(container.allKeys) {
                guard container.contains(key), try !container.decodeNil(forKey: key) else { continue }
                if container.contains(AnyKey(stringValue: key.stringValue + "?")) { throw Unexpected() }
                let nested = try container.nestedContainer(keyedBy: AnyKey.self, forKey: key)
                _ = try nested.decodeIfPresent(Int.self, forKey: AnyKey(stringValue: "id"))
                let parent = try container.superDecoder(forKey: key)
                _ = try parent.container(keyedBy: AnyKey.self).decodeIfPresent(
                    Int.self,
                    forKey: AnyKey(stringValue: "id")
                )
                _ = try container.decode(Row.self, forKey: key)
            }
            _ = try? container.superDecoder()
        }
    }

    struct Unexpected: Error {}

    protocol KeyOrder { static func order(_ keys: [AnyKey]) -> [AnyKey] }
    enum AsTheyCome: KeyOrder { static func order(_ keys: [AnyKey]) -> [AnyKey] { keys } }
    enum Reversed: KeyOrder { static func order(_ keys: [AnyKey]) -> [AnyKey] { keys.reversed() } }
    enum Shuffled: KeyOrder {
        static func order(_ keys: [AnyKey]) -> [AnyKey] {
            keys.indices.map { keys[($0 * 7_919) % keys.count] }
        }
    }

    /// Tries one form after the other, each of which fails with a path.
    enum OneOf: Decodable {
        case flag(Bool), text(String), row(Row), other
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self = .flag(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode(Row.self) {
                self = .row(value)
            } else {
                _ = decoder.codingPath
                self = .other
            }
        }
    }

    /// Goes by the container's count, as hand-written types do.
    struct ByCount: Decodable {
        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            while let count = container.count, container.currentIndex < count {
                if try container.decodeNil() { continue }
                if (try? container.decode(Bool.self)) != nil { continue }
                let nested = try container.nestedContainer(keyedBy: AnyKey.self)
                _ = try nested.decodeIfPresent(Int.self, forKey: AnyKey(stringValue: "id"))
            }
        }
    }

    // MARK: Items of any size

    private static func row(_ number: Int) -> String {
        #"{"M":{"id":{"N":"\#(number)"},"note":{"S":"x"}}}"#
    }

    private static func map(_ count: Int, _ name: (Int) -> String = { "attribute_\($0)" }) throws -> Item {
        try item("{" + (0..<count).map { "\"\(name($0))\":\(row($0))" }.joined(separator: ",") + "}")
    }

    private static func list(_ count: Int, _ element: (Int) -> String = row) throws -> Item {
        try item("{\"list\":{\"L\":[" + (0..<count).map(element).joined(separator: ",") + "]}}")
    }

    private static let strategies: [(String, AttributeValueDecoder)] = [
        ("default", AttributeValueDecoder()),
        ("snake case", AttributeValueDecoder(keyDecodingStrategy: .convertFromSnakeCase)),
        ("custom", AttributeValueDecoder(keyDecodingStrategy: .custom { $0 == "list" ? $0 : "\($0)" })),
    ]

    /// The most work for one member or element: several searches, and the share of making an index.
    private static let mostWorkEach = 60

    private func expectLinear(_ name: String, _ work: (Int) throws -> Int, at location: SourceLocation) rethrows {
        let (small, large) = (try work(250), try work(2_000))
        #expect(large <= 2_000 * Self.mostWorkEach, "\(name): \(large)", sourceLocation: location)
        // Hashes differ from run to run and the lengths of their chains with them, by a few in a hundred.
        #expect(large < small * 10, "\(name): \(small), then \(large)", sourceLocation: location)
    }

    private func expectLinear<Model: Decodable>(
        _ type: Model.Type,
        at location: SourceLocation = #_sourceLocation,
        _ make: (Int) throws -> Item
    ) throws {
        for (name, decoder) in Self.strategies {
            try expectLinear("\(type), \(name)", { try decoder.work(toDecode: type, from: make($0)) }, at: location)
        }
    }

    @Test("dictionaries of models, by Codable and by hand")
    func dictionaries() throws {
        try expectLinear([String: Row].self) { try Self.map($0) }
        try expectLinear([String: RowByHand].self) { try Self.map($0) }
        try expectLinear([Int: Row].self) { try Self.map($0, { "\($0)" }) }
        try expectLinear([String: [String: Int?]].self) { count in
            let entries = (0..<count).map { #""a\#($0)":{"M":{"id":{"N":"1"},"none":{"NULL":true}}}"# }
            return try item("{\(entries.joined(separator: ","))}")
        }
    }

    @Test("members asked for one by one, in any order, with searches that find nothing between")
    func oneByOne() throws {
        try expectLinear(OneByOne<AsTheyCome>.self) { try Self.map($0) }
        try expectLinear(OneByOne<Reversed>.self) { try Self.map($0) }
        try expectLinear(OneByOne<Shuffled>.self) { try Self.map($0) }
        try expectLinear(OneByOne<Shuffled>.self) { try Self.map($0, { "\\u0061\($0)é" }) }
    }

    @Test("a model that reads two of many attributes")
    func fewOfMany() throws {
        try expectLinear(Row.self) {
            try item(
                "{\"id\":{\"N\":\"1\"}," + (0..<$0).map { "\"a\($0)\":{\"S\":\"x\"}" }.joined(separator: ",") + "}"
            )
        }
    }

    @Test("lists and sets")
    func lists() throws {
        try expectLinear([String: [Row]].self) { try Self.list($0) }
        try expectLinear([String: [RowByHand]].self) { try Self.list($0) }
        try expectLinear([String: ByCount].self) { try Self.list($0) }
        try expectLinear([String: Set<Int>].self) { count in
            try item("{\"s\":{\"NS\":[" + (0..<count).map { "\"\($0)\"" }.joined(separator: ",") + "]}}")
        }
    }

    @Test("forms that are tried one after the other, so that every element fails twice with its path")
    func failures() throws {
        try expectLinear([String: [OneOf]].self) { try Self.list($0) }
        try expectLinear([String: [OneOf]].self) { try Self.list($0, { _ in #"{"N":"1"}"# }) }
        try expectLinear([String: OneOf].self) { try Self.map($0) }
    }

    @Test("plain JSON, the state of a window")
    func plainJSON() throws {
        for (name, decoder) in Self.strategies {
            let work = { (count: Int) in
                let json = "{" + (0..<count).map { #""a\#($0)":{"id":\#($0),"note":"x"}"# }.joined(separator: ",") + "}"
                return try decoder.work(toDecode: [String: Row].self, fromPlainJSON: bytes(json))
                    + decoder.work(toDecode: OneByOne<Reversed>.self, fromPlainJSON: bytes(json))
                    + decoder.work(toDecode: [String: OneOf].self, fromPlainJSON: bytes(json))
            }
            try expectLinear("plain JSON, \(name)", { try work($0) / 3 }, at: #_sourceLocation)
        }
    }

    @Test("a strategy converts each name once for a container, and no dictionary's")
    func conversions() throws {
        let count = Mutex(0)
        let decoder = AttributeValueDecoder(
            keyDecodingStrategy: .custom { name in
                count.withLock { $0 += 1 }
                return name
            }
        )
        let item = try Self.map(300)
        _ = try item.decode(OneByOne<Shuffled>.self, using: decoder)
        // The container's own, and the two of each row in each of its three containers.
        #expect(count.withLock { $0 } == 300 + 300 * 2 * 3)
        count.withLock { $0 = 0 }
        _ = try item.decode([String: Row].self, using: decoder)
        #expect(count.withLock { $0 } == 300 * 2)
    }

    @Test("an item's attributes looked up by name in a loop")
    func items() throws {
        func steps(_ count: Int) throws -> Int {
            let item = try Self.map(count)
            for name in item.names.reversed() {
                if item[name] == nil || item[name + "?"] != nil { throw Unexpected() }
            }
            return item.lookupSteps
        }
        try expectLinear("look-ups", steps, at: #_sourceLocation)
    }

    @Test("names that come twice are found among any number", arguments: [1, 2, 15, 16, 17, 48, 49, 500])
    func repeatedNames(count: Int) throws {
        let distinct = (0..<count).map { "\"attribute-with-one-beginning-\($0)\":{\"N\":\"1\"}" }
        #expect(try item("{\(distinct.joined(separator: ","))}").decode([String: Int].self).count == count)
        for repeated in Set([0, count / 2, count - 1]) {
            let json = "{\((distinct + [distinct[repeated]]).joined(separator: ","))}"
            #expect(throws: AttributeDecodingError.self) { try item(json).decode([String: Int].self) }
            #expect(throws: AttributeDecodingError.self) { try item(json).decode(RowByHand.self) }
            let escaped = "\"\\u0061" + distinct[repeated].dropFirst(2)
            let spelled = "{\((distinct + [escaped]).joined(separator: ","))}"
            #expect(throws: AttributeDecodingError.self) { try item(spelled).decode([String: Int].self) }
        }
    }
}
