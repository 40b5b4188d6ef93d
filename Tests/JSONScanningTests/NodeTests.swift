// Reading values back through the index.

import JSONScanning
import SeededNumbers
import Testing

@Suite("Values of a document")
struct NodeTests {
    @Test("scalars read as what they are")
    func scalars() throws {
        #expect(try scan("null").isNull)
        #expect(try scan("true").bool == true)
        #expect(try scan("false").bool == false)
        #expect(try scan("-12.50e+1").numberText == "-12.50e+1")
        #expect(try scan(#""text""#).string() == "text")
        #expect(try scan("1").string() == nil)
        #expect(try scan(#""1""#).numberText == nil)
    }

    @Test(
        "escapes are undone",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9é""#, "éé"), (#""\ud83d\ude00""#, "😀"),
            (#""a\u0000b""#, "a\0b"), (#""\u005C\u0022""#, "\\\""), (#""\\""#, "\\"), (#""\\\\\"""#, "\\\\\""),
            (#""\uFFFF\u20AC""#, "\u{FFFF}€"),
        ]
    )
    func escapes(json: String, text: String) throws {
        #expect(try scan(json).string() == text)
        #expect(try scan("{\"S\":\(json)}")["S"]?.string() == text)
        #expect(try scan("[1,{ \"SS\" : \(json) }]").elements.map { try $0["SS"]?.string() } == [nil, text])
    }

    @Test(
        "half of a surrogate pair is an error where its string is read",
        arguments: [#"\ud800"#, #"a\udc00b"#, #"\ud800\ud800"#, #"\ud800x"#, #"\ud83d\n"#, #"\ud83d\u0041"#]
    )
    func loneSurrogates(text: String) throws {
        let node = try scan("[\"\(text)\"]").elements.first { _ in true }
        #expect(throws: JSONError.loneSurrogate(offset: 1)) { try node?.string() }
    }

    @Test("elements come in order, whatever they are")
    func elements() throws {
        let array = try scan(#"[1,[2,[]],{"a":{}},{"S":"x"},[],{},"s",null]"#)
        #expect(
            array.elements.map { String(decoding: $0.jsonText, as: UTF8.self) }
                == ["1", "[2,[]]", #"{"a":{}}"#, #"{"S":"x"}"#, "[]", "{}", "\"s\"", "null"]
        )
        #expect(try scan("[]").elements.isAtEnd)
        #expect(try scan("{}").elements.isAtEnd)
    }

    @Test("members come in order, duplicates included")
    func members() throws {
        let object = try scan(#"{ "a" : 1 , "b" : { "c" : [ ] } , "a" : { "S" : "x" } }"#)
        #expect(object.members.map(\.repairedName) == ["a", "b", "a"])
        #expect(
            object.members.map { String(decoding: $0.value.jsonText, as: UTF8.self) }
                == ["1", #"{ "c" : [ ] }"#, #"{ "S" : "x" }"#]
        )
        #expect(object["a"]?.numberText == "1")
        #expect(object["b"]?["c"]?.kind == .array)
        #expect(object["c"] == nil)
        #expect(object.singleMember == nil)
        #expect(object.firstRepeatedMember?.repairedName == "a")
    }

    @Test(
        "a one-member object reads the same however it is spelled",
        arguments: [
            #"{"S":"x"}"#, #"{ "S":"x"}"#, #"{"S" :"x"}"#, #"{"S": "x"}"#, #"{"S":"x" }"#, "{\n\t\"S\"\r: \"x\"\n}",
            #"{"\u0053":"x"}"#, #"{"S":"\u0078"}"#,
        ]
    )
    func singleMember(json: String) throws {
        for node in [try scan(json), try scan("[\(json)]").elements.first { _ in true }] {
            #expect(node?.kind == .object)
            #expect(node?.singleMember?.isNamed("S") == true)
            #expect(try node?.singleMember?.value.string() == "x")
            #expect(try node?["S"]?.string() == "x")
            #expect(node?["N"] == nil)
            #expect(node.map { String(decoding: $0.jsonText, as: UTF8.self) } == json)
            #expect(node?.members.map(\.repairedName) == ["S"])
        }
    }

    @Test("one-member objects within each other read level by level")
    func nestedSingleMembers() throws {
        let node = try scan(#"{"a":{"b":{"c":{"S":"x"}}}}"#)
        #expect(try node["a"]?["b"]?["c"]?["S"]?.string() == "x")
        #expect(node["a"]?["b"].map { String(decoding: $0.jsonText, as: UTF8.self) } == #"{"c":{"S":"x"}}"#)
    }

    @Test(
        "documents denser than any event are indexed all the same",
        arguments: ["{}", "[]", "0", "\"\"", "{\"\":0}", "[[[[0]]]]", "[{},{}]"]
    )
    func dense(element: String) throws {
        let array = try scan("[\(Array(repeating: element, count: 1_000).joined(separator: ","))]")
        #expect(array.elements.reduce(0) { count, _ in count + 1 } == 1_000)
        #expect(array.elements.allSatisfy { String(decoding: $0.jsonText, as: UTF8.self) == element })
    }

    @Test("names are compared by their text and not by how they are written")
    func names() throws {
        let object = try scan(#"{"a\"b":1,"\u0061":2,"ab":3,"":4,"é":5}"#)
        #expect(object.member(named: "a\"b")?.numberText == "1")
        #expect(object["a"]?.numberText == "2")
        #expect(object["ab"]?.numberText == "3")
        #expect(object[""]?.numberText == "4")
        #expect(object["é"]?.numberText == "5")
        #expect(object.member(named: "e\u{301}") == nil)
        #expect(try scan(#"{"a":"x"}"#).member(named: "a\":\"x") == nil)
    }

    @Test("a name that is there twice is found among few and among many", arguments: [2, 20, 47, 48, 49, 65, 5_000])
    func repeatedNames(count: Int) throws {
        let members = (0..<count).map { "\"attribute\($0)\":\($0)" }
        let distinct = try scan("{\(members.joined(separator: ","))}")
        #expect(distinct.firstRepeatedMember == nil)
        let twice = try scan("{\(members.joined(separator: ",")),\"\\u0061ttribute\(count / 2)\":0}")
        #expect(twice.firstRepeatedMember?.repairedName == "attribute\(count / 2)")
    }

    @Test("names that are distinct at a quick look are distinct, and most are", arguments: 0..<20)
    func quickLook(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var (decided, objects) = (0, 0)
        for _ in 0..<200 {
            let names = (0..<Int.random(in: 2...18, using: &random)).map { _ in
                let letters = Int.random(in: 0..<30, using: &random) == 0 ? "a\"\\" : "abcdefghijké"
                let length = Int.random(in: 0...11, using: &random)
                return String((0..<length).map { _ in letters.randomElement(using: &random) ?? "a" })
            }
            let members = names.map { "\(Self.quoted($0)):[]" }
            let object = try scan("{\(members.joined(separator: ","))}")
            objects += 1
            guard let count = object.document.countOfDistinctNames(of: object.place) else { continue }
            decided += 1
            #expect(count == names.count && Set(names).count == count && object.firstRepeatedMember == nil)
        }
        #expect(decided > 0 && decided < objects)
        let usual = try scan(#"{"id":[],"total":[],"status":[],"updatedAt":[]}"#)
        #expect(usual.document.countOfDistinctNames(of: usual.place) == 4)
        // Of sixteen names, two have the same one of the sixty-four bits nearly always.
        let wide = try scan("{\((0..<16).map { "\"\(seed)-\($0)\":[]" }.joined(separator: ","))}")
        #expect(wide.document.countOfDistinctNames(of: wide.place) == 16)
        let twice = try scan(#"{"id":[],"total":[],"id":[],"updatedAt":[]}"#)
        #expect(twice.document.countOfDistinctNames(of: twice.place) == nil)
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
