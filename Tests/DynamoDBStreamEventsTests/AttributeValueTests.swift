// Values: the ten kinds, kept exactly, compared by what they mean.

import DynamoDBStreamEvents
import Testing

@Suite("Attribute values")
struct AttributeValueTests {
    @Test(
        "each kind reads as what it is",
        arguments: [
            (#"{"S":""}"#, AttributeValue.string("")), (#"{"S":"é\n"}"#, "é\n"), (#"{"N":"-1.50"}"#, .number(-1.5)),
            (#"{"B":"AAEqQQ=="}"#, .binary([0, 1, 42, 65])), (#"{"B":""}"#, .binary([])), (#"{"BOOL":true}"#, true),
            (#"{"BOOL":false}"#, false), (#"{"NULL":true}"#, nil), (#"{"L":[]}"#, []), (#"{"M":{}}"#, [:]),
            (#"{"L":[{"S":"a"},{"L":[{"N":"1"}]}]}"#, ["a", [1]]),
            (#"{"M":{"a":{"M":{"b":{"N":"2"}}}}}"#, ["a": ["b": 2]]),
            (#"{"SS":["a","b"]}"#, .stringSet(["b", "a"])), (#"{"NS":["1","2.0"]}"#, .numberSet([2, 1])),
            (#"{"BS":["QQ==","QkI="]}"#, .binarySet([[66, 66], [65]])), (#"{"SS":[]}"#, .stringSet([])),
        ] as [(String, AttributeValue)]
    )
    func kinds(json: String, value: AttributeValue) throws {
        let read = try #require(item(#"{"a":\#(json)}"#)["a"])
        #expect(read == value)
        #expect(read.hashValue == value.hashValue)
        #expect(try item(#"{"a":\#(text(value.json))}"#)["a"] == value)
    }

    @Test(
        "what makes no sense is kept as it came",
        arguments: [
            #"{"X":"1"}"#, #"{"S":1}"#, #"{"S":"1","N":"1"}"#, "{}", "1", "\"a\"", "null", #"{"N":"x"}"#, #"{"B":"*"}"#,
            #"{"SS":["a",1]}"#, #"{"S":"\ud800"}"#, #"{"NULL":null}"#, #"{ "XX" : [ 1, {"S":"x"} ] }"#,
        ]
    )
    func unknown(json: String) throws {
        #expect(try item(#"{"a":\#(json)}"#)["a"] == .unknown(json: json))
        #expect(text(AttributeValue.unknown(json: json).json) == json)
    }

    @Test("nested values are reached by names and positions")
    func paths() throws {
        let item = try item(#"{"lines":{"L":[{"M":{"price":{"N":"1"}}},{"M":{"price":{"N":"2"}}}]}}"#)
        #expect(item["lines"]?[1]?["price"] == 2)
        #expect(item["lines"]?[2] == nil)
        #expect(item["lines"]?[-1] == nil)
        #expect(item["lines"]?["price"] == nil)
    }

    @Test("an item compares, hashes and iterates the same as a view and in memory")
    func items() throws {
        let json = #"{ "b":{"N":"1.0"}, "a":{"S":"x"} }"#
        let view = try item(json)
        let values: Item = ["a": "x", "b": 1]
        #expect(view == values)
        #expect(view.hashValue == values.hashValue)
        #expect(view.count == 2)
        #expect(values.count == 2)
        #expect(view.names == ["b", "a"])
        #expect(values.map(\.name) == ["a", "b"])
        #expect(view.map(\.value) == [.number(1), "x"])
        #expect(text(view.json) == json)
        #expect(text(values.json) == #"{"a":{"S":"x"},"b":{"N":"1"}}"#)
        #expect(Dictionary(view) == ["a": "x", "b": 1])
        var changed = view
        changed["c"] = nil
        changed["a"] = "y"
        #expect(changed != view)
        #expect(view["a"] == "x")
    }

    @Test(
        "numbers are equal when they are worth the same",
        arguments: [
            ("1", "1.0"), ("1", "1E0"), ("100", "1e2"), ("0.001", "1E-3"), ("0", "-0"), ("0", "0.000e5"), ("007", "7"),
            ("-1.50", "-1.5"),
            ("123456789012345678901234567890.12345678", "1.2345678901234567890123456789012345678E29"),
            (String(repeating: "9", count: 38), "9." + String(repeating: "9", count: 37) + "e37"),
        ]
    )
    func equalNumbers(first: String, second: String) throws {
        let first = try #require(AttributeNumber(first))
        let second = try #require(AttributeNumber(second))
        #expect(first == second)
        #expect(first.hashValue == second.hashValue)
        #expect(!(first < second) && !(second < first))
    }

    @Test("numbers are ordered by what they are worth")
    func numberOrder() throws {
        let texts = [
            "-1E125", "-20", "-3", "-2.5", "-0.1", "-1e-130", "0", "1E-130", "0.09", "0.1", "0.11", "2", "10", "1e2",
            "101",
            "123456789012345678901234567890", "1E125",
        ]
        let numbers = texts.compactMap { AttributeNumber($0) }
        #expect(numbers.shuffled().sorted().map(\.text) == texts)
    }

    @Test(
        "text that is no decimal number is none",
        arguments: ["", "-", ".", "1.2.3", "e5", "1e", "1e+", "0x10", "nan", "inf", "1 ", "１"]
    )
    func noNumbers(text: String) {
        #expect(AttributeNumber(text) == nil)
    }

    @Test("integers are exact or nil")
    func integers() throws {
        func exactly<Integer: FixedWidthInteger>(_ text: String, _: Integer.Type) throws -> Integer? {
            try #require(AttributeNumber(text)).exactly(Integer.self)
        }
        #expect(try exactly("1", Int.self) == 1)
        #expect(try exactly("1.0", Int.self) == 1)
        #expect(try exactly("1E2", UInt8.self) == 100)
        #expect(try exactly("-128", Int8.self) == -128)
        #expect(try exactly("-129", Int8.self) == nil)
        #expect(try exactly("128", Int8.self) == nil)
        #expect(try exactly("256", UInt8.self) == nil)
        #expect(try exactly("-1", UInt8.self) == nil)
        #expect(try exactly("-0", UInt8.self) == 0)
        #expect(try exactly("1.5", Int.self) == nil)
        #expect(try exactly("1E-1", Int.self) == nil)
        #expect(try exactly("9223372036854775807", Int64.self) == .max)
        #expect(try exactly("-9223372036854775808", Int64.self) == .min)
        #expect(try exactly("9223372036854775808", Int64.self) == nil)
        #expect(try exactly("18446744073709551615", UInt64.self) == .max)
        #expect(try exactly("1" + String(repeating: "0", count: 100), Int.self) == nil)
        #expect(try exactly("1E999999999999", Int.self) == nil)
        #expect(try exactly("0E999999999999", Int.self) == 0)
        #expect(try exactly("170141183460469231731687303715884105727", Int128.self) == .max)
    }

    @Test("the difference between two images names what was added, removed and changed")
    func diff() throws {
        let json = recordJSON(
            "MODIFY",
            new: #"{"id":{"S":"1"},"n":{"N":"1.0"},"s":{"SS":["b","a"]},"new":{"NULL":true},"x":{"S":"2"}}"#,
            old: #"{"id":{"S":"1"},"n":{"N":"1"},"s":{"SS":["a","b"]},"old":{"NULL":true},"x":{"N":"2"}}"#
        )
        let diff = try #require(event(json).records.first?.diff)
        #expect(diff.added == ["new"])
        #expect(diff.removed == ["old"])
        #expect(diff.changed == ["x"])
        #expect(diff.names == ["new", "old", "x"])
        #expect(try event(recordJSON("INSERT", new: #"{"a":{"S":""}}"#)).records.first?.diff?.added == ["a"])
        #expect(try event(recordJSON("REMOVE", old: #"{"a":{"S":""}}"#)).records.first?.diff?.removed == ["a"])
        #expect(try event(recordJSON("MODIFY", new: "{}", viewType: "NEW_IMAGE")).records.first?.diff == nil)
    }
}
