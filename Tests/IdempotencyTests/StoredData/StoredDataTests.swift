// Results as each of the Powertools stores them, read and written.

import DynamoDBStreamEvents
import Idempotency
import Testing

@Suite("Stored results")
struct StoredDataTests {
    @Test(
        "every writer's form reads as JSON",
        arguments: [
            (nil, "null"), (.string("null"), "null"),
            (.string(#"{"a": "\u00e9", "b": 1}"#), #"{"a": "\u00e9", "b": 1}"#),
            (.string("hello"), #""hello""#), (.string(#""hello""#), #""hello""#), (.string(""), #""""#),
            (.string(#"say "x""#), #""say \"x\"""#), (.string("NaN"), #""NaN""#), (.null, "null"),
            (.bool(false), "false"),
            (.number(0), "0"), (.list([]), "[]"), (.map([:]), "{}"),
            (.map(["statusCode": 200, "body": ["ok", nil]]), #"{"body":["ok",null],"statusCode":200}"#),
        ] as [(AttributeValue?, String)]
    )
    func reading(attribute: AttributeValue?, json: String) throws {
        #expect(String(decoding: StoredData(attribute).json, as: UTF8.self) == json)
    }

    struct Reply: Codable, Hashable { let statusCode: Int }

    @Test("a reply is the same from Python, Java, .NET and TypeScript")
    func replies() throws {
        let forms: [AttributeValue] = [
            .string(#"{"statusCode": 200}"#), .string(#"{"statusCode":200}"#), .map(["statusCode": 200]),
        ]
        for form in forms { #expect(try StoredData(form).decode(Reply.self) == Reply(statusCode: 200)) }
        #expect(try StoredData(nil).decode(Reply?.self) == nil)
    }

    @Test("text that Java stored as it is stays text", arguments: ["hello", "7", "true", "[1]", "{broken", "é\n"])
    func bareText(text: String) throws {
        #expect(try StoredData(.string(text)).decode(String.self) == text)
    }

    @Test("falsy results are themselves")
    func falsy() throws {
        #expect(try StoredData(.string("0")).decode(Int.self) == 0)
        #expect(try StoredData(.string("false")).decode(Bool.self) == false)
        #expect(try StoredData(.string(#""""#)).decode(String.self) == "")
        #expect(try StoredData(.string("[]")).decode([Int].self) == [])
        #expect(try StoredData(.string("{}")).decode([String: Int].self) == [:])
    }

    @Test("a result of another type is an error")
    func wrongType() {
        #expect(throws: (any Error).self) { try StoredData(.string("hello")).decode(Reply.self) }
        #expect(throws: (any Error).self) { try StoredData(.number(7)).decode(String.self) }
    }

    @Test(
        "results are written as each reader needs them",
        arguments: [
            (.json, .string(#"{"b":1,"a":"é"}"#)), (.powertoolsPython, .string(#"{"a": "\u00e9", "b": 1}"#)),
            (.powertoolsJava, .string(#"{"b":1,"a":"é"}"#)), (.powertoolsTypeScript, .map(["a": "é", "b": 1])),
        ] as [(StoredDataFormat, AttributeValue)]
    )
    func writing(format: StoredDataFormat, attribute: AttributeValue) throws {
        let json = Array(#"{"b":1,"a":"é"}"#.utf8)
        let written = try format.attribute(json: json)
        #expect(written == attribute)
        #expect(try StoredData(written).decode([String: AttributeValue].self) == ["a": "é", "b": 1])
    }

    @Test("text is bare for Java, and quoted for all others")
    func writingText() throws {
        let json = Array(#""a\nb""#.utf8)
        #expect(try StoredDataFormat.powertoolsJava.attribute(json: json) == "a\nb")
        #expect(try StoredDataFormat.json.attribute(json: json) == .string(#""a\nb""#))
        #expect(try StoredDataFormat.powertoolsTypeScript.attribute(json: json) == "a\nb")
    }

    @Test(
        "a number that DynamoDB cannot store is refused as an attribute, and stored as JSON",
        arguments: ["1e126", "1e-131"]
    )
    func numbers(text: String) throws {
        let json = Array("[\(text)]".utf8)
        #expect(throws: StoredDataError.numberBeyondDynamoDB(text: text)) {
            try StoredDataFormat.powertoolsTypeScript.attribute(json: json)
        }
        #expect(try StoredDataFormat.json.attribute(json: json) == .string("[\(text)]"))
    }

    @Test("what is no JSON is refused")
    func malformed() {
        #expect(throws: StoredDataError.notJSON(offset: 0)) { try StoredDataFormat.json.attribute(json: []) }
    }
}
