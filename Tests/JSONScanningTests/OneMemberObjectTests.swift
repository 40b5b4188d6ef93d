// Objects of one member take a word of the index only when that member is a scalar.

import JSONScanning
import Testing

@Suite("Objects of one member")
struct OneMemberObjectTests {
    @Test(
        "keep the value of their member, whatever it is",
        arguments: [
            ##"{"S":"x"}"##, #""x""#, "5", "-1.5e3", "true", "null", "[]", "{}", "[1]", #"{"b":{"S":"x"}}"#,
            #"{"b":{}}"#,
            #"{"b":[{"S":"x"}]}"#, #"{ "S" : "x" }"#,
        ]
    )
    func nested(value: String) throws {
        for text in ["{\"a\":\(value)}", "{ \"a\" : \(value) }", "[{\"a\":\(value)}]", "{\"z\":{\"a\":\(value)}}"] {
            let root = try JSONDocument(Array(text.utf8)).root
            let object = root.kind == .array ? root.elements.first { _ in true } : root["z"] ?? root
            let member = try #require(object?.singleMember)
            #expect(member.repairedName == "a")
            #expect(String(decoding: member.value.jsonText, as: UTF8.self) == value, "\(text)")
            #expect(object?["a"].map { String(decoding: $0.jsonText, as: UTF8.self) } == value)
            #expect(String(decoding: root.jsonText, as: UTF8.self) == text)
        }
    }
}
