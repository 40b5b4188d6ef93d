// Decoding into types: every rule, and every defect known of other decoders.

import DynamoDBStreamEvents
import Foundation
import Testing

/// One property, so that a test is about one value.
struct Box<Value: Codable>: Codable {
    let value: Value
}

extension Box: Equatable where Value: Equatable {}

func decode<Value: Codable>(
    _ json: String,
    as type: Value.Type = Value.self,
    using decoder: AttributeValueDecoder = AttributeValueDecoder()
) throws -> Value {
    try item(#"{"other":{"S":"x"},"value":\#(json)}"#).decode(Box<Value>.self, using: decoder).value
}

@Suite("Decoding")
struct DecodingTests {
    @Test("integers take every spelling of a whole number that fits")
    func integers() throws {
        for text in ["100", "100.0", "1E2", "1.00e+2", "0100", "1000E-1"] {
            #expect(try decode(#"{"N":"\#(text)"}"#, as: Int.self) == 100)
            #expect(try decode(#"{"N":"\#(text)"}"#, as: Int8.self) == 100)
            #expect(try decode(#"{"N":"\#(text)"}"#, as: UInt64.self) == 100)
        }
        #expect(try decode(#"{"N":"-9223372036854775808"}"#, as: Int64.self) == .min)
        #expect(try decode(#"{"N":"18446744073709551615"}"#, as: UInt64.self) == .max)
        #expect(try decode(#"{"N":"340282366920938463463374607431768211455"}"#, as: UInt128.self) == .max)
        #expect(
            try decodingError(Box<Int>.self, from: #"{"value":{"N":"1.5"}}"#) == "value: expected an integer, found 1.5"
        )
        #expect(
            try decodingError(Box<Int8>.self, from: #"{"value":{"N":"128"}}"#) == "value: 128 does not fit into Int8"
        )
        #expect(try decodingError(Box<UInt>.self, from: #"{"value":{"N":"-1"}}"#) == "value: -1 does not fit into UInt")
        #expect(
            try decodingError(Box<Int>.self, from: #"{"value":{"S":"1"}}"#)
                == "value: expected an integer, found a string"
        )
        #expect(try decodingError(Box<Int>.self, from: #"{"value":{"N":"one"}}"#) == "value: \"one\" is not a number")
    }

    @Test("floating point numbers take the nearest value and refuse what is out of range")
    func floatingPoint() throws {
        #expect(try decode(#"{"N":"0.1"}"#, as: Double.self) == 0.1)
        #expect(try decode(#"{"N":"1E-130"}"#, as: Double.self) == 1e-130)
        #expect(try decode(#"{"N":"0.1"}"#, as: Float.self) == 0.1)
        #expect(try decode(#"{"N":"+.5"}"#, as: Double.self) == 0.5)
        #expect(try decode(#"{"N":"5."}"#, as: Double.self) == 5)
        #expect(
            try decodingError(Box<Float>.self, from: #"{"value":{"N":"1E99"}}"#)
                == "value: 1E99 does not fit into Float"
        )
        #expect(throws: AttributeDecodingError.self) { try item(#"{"value":{"N":"nan"}}"#).decode(Box<Double>.self) }
        #expect(throws: AttributeDecodingError.self) { try item(#"{"value":{"N":"0x1"}}"#).decode(Box<Double>.self) }
    }

    @Test("empty lists and maps decode into empty arrays and dictionaries")
    func empty() throws {
        #expect(try decode(#"{"L":[]}"#, as: [String].self) == [])
        #expect(try decode(#"{"L":[]}"#, as: [[Int]].self) == [])
        #expect(try decode(#"{"M":{}}"#, as: [String: Int].self) == [:])
        #expect(try decode(#"{"L":[{"L":[]},{"L":[{"N":"1"}]}]}"#, as: [[Int]].self) == [[], [1]])
    }

    @Test("the three sets decode into sets and arrays")
    func sets() throws {
        #expect(try decode(#"{"SS":["a","b"]}"#, as: Set<String>.self) == ["a", "b"])
        #expect(try decode(#"{"SS":["a","b"]}"#, as: [String].self) == ["a", "b"])
        #expect(try decode(#"{"NS":["1","2.0"]}"#, as: Set<Int>.self) == [1, 2])
        #expect(try decode(#"{"NS":["1.5"]}"#, as: [Double].self) == [1.5])
        #expect(try decode(#"{"NS":["1.5","1.50"]}"#, as: Set<Decimal>.self) == [Decimal(1.5)])
        #expect(try decode(#"{"BS":["QQ==","QkI="]}"#, as: Set<Data>.self) == [Data("A".utf8), Data("BB".utf8)])
        #expect(try decode(#"{"BS":["QQ=="]}"#, as: [[UInt8]].self) == [[65]])
        #expect(try decode(#"{"L":[{"S":"a"},{"S":"a"}]}"#, as: Set<String>.self) == ["a"])
        let id = UUID()
        #expect(try decode(#"{"SS":["\#(id)"]}"#, as: Set<UUID>.self) == [id])
        #expect(try item("{}").decode(Box<Set<Int>>.self).value == [])
        #expect(
            try decodingError(Box<[Int]>.self, from: #"{"value":{"NS":["1","x"]}}"#)
                == "value[1]: \"x\" is not a number"
        )
        #expect(
            try decodingError(Box<[Int]>.self, from: #"{"value":{"SS":["1"]}}"#).hasPrefix(
                "value[0]: expected an integer"
            )
        )
    }

    enum Status: String, Codable { case open, closed }
    enum Level: Int, Codable { case low = 1, high }
    enum Shape: Codable, Equatable { case circle(radius: Double), square(Int), none }

    @Test("enums decode by raw value and with payloads")
    func enums() throws {
        #expect(try decode(#"{"S":"open"}"#, as: Status.self) == .open)
        #expect(try decode(#"{"N":"2"}"#, as: Level.self) == .high)
        #expect(try decode(#"{"SS":["open","closed"]}"#, as: Set<Status>.self) == [.open, .closed])
        #expect(try decode(#"{"M":{"circle":{"M":{"radius":{"N":"1.5"}}}}}"#, as: Shape.self) == .circle(radius: 1.5))
        #expect(try decode(#"{"M":{"square":{"M":{"_0":{"N":"2"}}}}}"#, as: Shape.self) == .square(2))
        #expect(try decode(#"{"M":{"none":{"M":{}}}}"#, as: Shape.self) == .none)
        #expect(try decodingError(Box<Status>.self, from: #"{"value":{"S":"EXPLODE"}}"#).hasPrefix("value: "))
    }

    @Test("an optional is nil for NULL and for a missing attribute, and present otherwise")
    func optionals() throws {
        #expect(try decode(#"{"NULL":true}"#, as: Int?.self) == nil)
        #expect(try decode(#"{"N":"1"}"#, as: Int?.self) == 1)
        #expect(try item("{}").decode(Box<Int?>.self).value == nil)
        #expect(try decode(#"{"L":[{"N":"1"},{"NULL":true}]}"#, as: [Int?].self) == [1, nil])
        #expect(try decode(#"{"L":[{"NULL":true},{"S":"a"}]}"#, as: [String?].self) == [nil, "a"])
        #expect(try decode(#"{"M":{"a":{"NULL":true},"b":{"N":"1"}}}"#, as: [String: Int?].self) == ["a": nil, "b": 1])
        #expect(try decodingError(Box<Int>.self, from: "{}") == "value: is missing")
        #expect(
            try decodingError(Box<Int>.self, from: #"{"value":{"NULL":true}}"#)
                == "value: expected an integer, found NULL"
        )
    }

    struct Line: Codable, Equatable {
        let price: Int
        let tags: [String]
    }
    struct Nested: Codable, Equatable {
        let id: String
        let lines: [Line]
        let byName: [String: Line]
    }

    @Test("nested types decode, and errors name the path")
    func nested() throws {
        let lines = #"{"L":[{"M":{"tags":{"L":[]},"price":{"N":"1"}}},{"M":{"price":{"N":"2"},"tags":{"SS":["x"]}}}]}"#
        let json =
            #"{"lines":\#(lines),"byName":{"M":{"a":{"M":{"price":{"N":"3"},"tags":{"L":[{"S":"y"}]}}}}},"id":{"S":"1"}}"#
        let expected = Nested(
            id: "1",
            lines: [Line(price: 1, tags: []), Line(price: 2, tags: ["x"])],
            byName: ["a": Line(price: 3, tags: ["y"])]
        )
        #expect(try item(json).decode(Nested.self) == expected)
        let broken = json.replacing(#"{"N":"2"}"#, with: #"{"N":"2.5"}"#)
        #expect(try decodingError(Nested.self, from: broken) == "lines[1].price: expected an integer, found 2.5")
        #expect(
            try decodingError(Nested.self, from: json.replacing("price", with: "cost")) == "lines[0].price: is missing"
        )
        #expect(
            try decodingError(Nested.self, from: json.replacing(#"{"S":"y"}"#, with: #"{"Q":"y"}"#))
                == "byName.a.tags[0]: expected a string, found the type tag \"Q\" is not known"
        )
        let record = try record(new: broken)
        #expect(throws: StreamRecordError.self) { try record.change(as: Nested.self) }
        do {
            _ = try record.change(as: Nested.self)
        } catch {
            #expect(error.description == "NewImage.lines[1].price: expected an integer, found 2.5")
        }
    }

    @Test("a name that is there twice, and half a surrogate pair, are errors where they are read")
    func defects() throws {
        #expect(
            try decodingError(Box<Int>.self, from: #"{"value":{"N":"1"},"value":{"N":"2"}}"#)
                == "value: the attribute is there twice"
        )
        #expect(
            try decodingError(Box<String>.self, from: #"{"value":{"S":"\udc00"}}"#)
                == "value: the string has half of a surrogate pair"
        )
        #expect(
            try decodingError(Box<String>.self, from: #"{"value":{"S":"a","N":"1"}}"#)
                == "value: expected a string, found the value has more than one type tag: S, N"
        )
    }

    struct Manual: Decodable, Equatable {
        let first: [String]
        let second: Int
        let third: String
        let rest: [Int]
        let isAtEnd: Bool

        enum Keys: String, CodingKey { case list, map, name }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            var inner = try list.nestedUnkeyedContainer()
            first = [try inner.decode(String.self), try inner.decode(String.self)]
            second = try list.nestedContainer(keyedBy: Keys.self).decode(Int.self, forKey: .name)
            let superDecoder = try list.superDecoder()
            third = try superDecoder.singleValueContainer().decode(String.self)
            var rest: [Int] = []
            while !list.isAtEnd { rest.append(try list.decodeNil() ? -1 : list.decode(Int.self)) }
            self.rest = rest
            isAtEnd = inner.isAtEnd
        }
    }

    @Test("nested containers of a list are its elements, and each one is left behind")
    func nestedContainers() throws {
        let model = try item(
            #"{"list":{"L":[{"L":[{"S":"a"},{"S":"b"}]},{"M":{"name":{"N":"1"}}},{"S":"c"},{"N":"2"},{"NULL":true},{"N":"3"}]}}"#
        ).decode(Manual.self)
        #expect(model.first == ["a", "b"])
        #expect(model.second == 1)
        #expect(model.third == "c")
        #expect(model.rest == [2, -1, 3])
        #expect(model.isAtEnd)
    }

    class Animal: Codable {
        let name: String
        init(name: String) { self.name = name }
    }
    final class Dog: Animal {
        let tricks: Int
        enum Keys: String, CodingKey { case tricks, animal }
        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            tricks = try container.decode(Int.self, forKey: .tricks)
            try super.init(from: container.superDecoder(forKey: .animal))
        }
        init(name: String, tricks: Int) {
            self.tricks = tricks
            super.init(name: name)
        }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(tricks, forKey: .tricks)
            try super.encode(to: container.superEncoder(forKey: .animal))
        }
    }

    @Test("a super decoder is the one of its key")
    func superDecoder() throws {
        let dog = try item(#"{"tricks":{"N":"3"},"name":{"S":"wrong"},"animal":{"M":{"name":{"S":"Rex"}}}}"#).decode(
            Dog.self
        )
        #expect(dog.name == "Rex")
        #expect(try AttributeValueEncoder().encodeItem(dog) == ["tricks": 3, "animal": ["name": "Rex"]])
    }

    struct UserInfo: Decodable {
        let tenant: String?
        init(from decoder: any Decoder) throws {
            tenant = decoder.userInfo[CodingUserInfoKey(rawValue: "tenant")!] as? String
        }
    }

    @Test("userInfo reaches the type")
    func userInfo() throws {
        var decoder = AttributeValueDecoder()
        decoder.userInfo[try #require(CodingUserInfoKey(rawValue: "tenant"))] = "acme"
        #expect(try item("{}").decode(UserInfo.self, using: decoder).tenant == "acme")
    }

    struct Camel: Codable, Equatable {
        let createdAt: Int
        let byUserName: [String: Int]
    }

    @Test("key strategies rename attributes and leave the keys of dictionaries alone")
    func keyStrategies() throws {
        let snake = #"{"created_at":{"N":"1"},"by_user_name":{"M":{"some_one":{"N":"2"}}}}"#
        let model = Camel(createdAt: 1, byUserName: ["some_one": 2])
        #expect(
            try item(snake).decode(Camel.self, using: AttributeValueDecoder(keyDecodingStrategy: .convertFromSnakeCase))
                == model
        )
        let encoder = AttributeValueEncoder(keyEncodingStrategy: .convertToSnakeCase)
        #expect(try encoder.encodeItem(model) == item(snake))
        let prefixed = #"{"_createdAt":{"N":"1"},"_byUserName":{"M":{"some_one":{"N":"2"}}}}"#
        let custom = AttributeValueDecoder(keyDecodingStrategy: .custom { String($0.dropFirst()) })
        #expect(try item(prefixed).decode(Camel.self, using: custom) == model)
        #expect(
            try AttributeValueEncoder(keyEncodingStrategy: .custom { "_\($0)" }).encodeItem(model) == item(prefixed)
        )
    }

    struct Money: AttributeValueConvertible, Codable, Equatable {
        let cents: Int
        init(cents: Int) { self.cents = cents }
        init(attributeValue: AttributeValue) throws {
            guard let text = attributeValue.string, let cents = Int(text.filter(\.isNumber)) else { throw Refusal() }
            self.cents = cents
        }
        var attributeValue: AttributeValue { .string("EUR \(cents / 100).\(cents % 100)") }
        struct Refusal: Error, CustomStringConvertible { var description: String { "no money" } }
    }

    @Test("a type's own mapping goes before its Codable conformance")
    func convertible() throws {
        #expect(try decode(#"{"S":"EUR 12.34"}"#, as: Money.self) == Money(cents: 1234))
        #expect(try decode(#"{"SS":["EUR 12.34"]}"#, as: [Money].self) == [Money(cents: 1234)])
        #expect(try AttributeValueEncoder().encode(Money(cents: 1234)) == "EUR 12.34")
        #expect(try decodingError(Box<Money>.self, from: #"{"value":{"N":"1"}}"#) == "value: no money")
    }

    @Test("values and items decode as they are")
    func values() throws {
        #expect(try decode(#"{"NS":["1"]}"#, as: AttributeValue.self) == .numberSet([1]))
        #expect(try decode(#"{"M":{"a":{"Q":1}}}"#, as: Item.self) == ["a": .unknown(json: #"{"Q":1}"#)])
        #expect(try decode(#"{"N":"1.50"}"#, as: AttributeNumber.self).text == "1.50")
        #expect(try item(#"{"a":{"N":"1"}}"#).decode([String: AttributeValue].self) == ["a": 1])
        #expect(try item(#"{"a":{"N":"1"}}"#).decode(Item.self) == ["a": 1])
    }

    @Test("values in memory decode by the same rules")
    func inMemory() throws {
        let item: Item = ["id": "1", "lines": [["price": 1, "tags": .stringSet(["x"])]], "byName": [:]]
        #expect(try item.decode(Nested.self).lines == [Line(price: 1, tags: ["x"])])
        #expect(try AttributeValue.list([1, 2]).decode([Int].self) == [1, 2])
        #expect(try AttributeValue.number(1.5).decode(Double.self) == 1.5)
        #expect(throws: AttributeDecodingError.self) { try AttributeValue.unknown(json: "{").decode(Int.self) }
        do throws(AttributeDecodingError) {
            _ = try AttributeValue.list([1, ["price": 1.5]]).decode([[String: Int]].self)
        } catch {
            #expect(error.description == "[0]: expected a map, found a number")
        }
        do throws(AttributeDecodingError) {
            _ = try AttributeValue.list([["price": 1.5]]).decode([[String: Int]].self)
        } catch {
            #expect(error.description == "[0].price: expected an integer, found 1.5")
        }
    }
}
