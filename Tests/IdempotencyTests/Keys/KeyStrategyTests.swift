// What may be a key, what is missing, and this package's own form.

import DynamoDBStreamEvents
import Idempotency
import Testing

@Suite("Idempotency keys")
struct KeyStrategyTests {
    @Test("texts and parts are keys that can be read")
    func readable() throws {
        #expect(try KeyStrategy.plain.key(of: KeyPayload("order-1")) == "order-1")
        #expect(try KeyStrategy.plain.key(of: KeyPayload(AttributeNumber("7").map(AttributeValue.number))) == "7")
        let parts = KeyPayload(parts: [KeyPayload("arn:aws:dynamodb:…/stream/1"), KeyPayload("c4ca4238")])
        #expect(try KeyStrategy.plain.key(of: parts) == "arn:aws:dynamodb:…/stream/1|c4ca4238")
    }

    @Test("payloads that differ have keys that differ")
    func injective() throws {
        let texts = [
            "a", "b", "a|b", #"a\"#, #"a\|b"#, "|", #"\"#, "sha256:00", "md5:00", String(repeating: "a", count: 600),
        ]
        var payloads = texts.map { KeyPayload($0) }
        for first in texts { payloads += texts.map { KeyPayload(parts: [KeyPayload(first), KeyPayload($0)]) } }
        payloads += try ["7", "true", "[7]", #"{"a":1}"#, #"{"a":"1"}"#].map { try KeyPayload(json: Array($0.utf8)) }
        let keys = try payloads.map { try KeyStrategy.plain.key(of: $0) }
        #expect(Set(keys).count == keys.count)
        #expect(keys.allSatisfy { ($0?.utf8.count ?? .max) <= 512 })
    }

    @Test("spellings of one JSON value have one key")
    func spellings() throws {
        let spellings = [
            #"{"a":1,"b":[1.50,"é"]}"#, #"{ "b": [15e-1, "\u00e9"], "a": 1.0 }"#, #"{"a":2,"b":[1.5,"é"],"a":1}"#,
        ]
        let keys = try spellings.map { try KeyStrategy.plain.key(of: KeyPayload(json: Array($0.utf8))) }
        #expect(Set(keys).count == 1)
        #expect(keys[0]?.hasPrefix("sha256:") == true)
    }

    @Test("integers beyond 2^53 stay apart")
    func largeIntegers() throws {
        let keys = try ["[9007199254740992]", "[9007199254740993]"].map {
            try KeyStrategy.plain.key(of: KeyPayload(json: Array($0.utf8)))
        }
        #expect(keys[0] != keys[1])
    }

    @Test(
        "what is missing, by strategy",
        arguments: [
            ("null", "plain python typeScript java dotNet"), (#""""#, "plain python dotNet"),
            ("{}", "plain python java"), ("[]", "plain python java"), ("[null,null]", "plain python java"),
            (#"{"a":null,"b":null}"#, "plain python java"), (#"{"a":1,"a":null}"#, "plain python java"),
            ("0", ""), ("false", ""), ("0.0", ""), (#"[null,""]"#, ""), (#"{"a":null,"b":0}"#, ""), (#"" ""#, ""),
        ]
    )
    func missing(json: String, strategies: String) throws {
        let payload = try KeyPayload(json: Array(json.utf8))
        for (name, strategy) in Self.strategies {
            #expect(try (strategy.key(of: payload) == nil) == strategies.contains(name), "\(name)")
        }
    }

    @Test("a payload that is absent is missing everywhere", arguments: [nil, AttributeValue.null])
    func absent(attribute: AttributeValue?) throws {
        for (_, strategy) in Self.strategies { #expect(try strategy.key(of: KeyPayload(attribute)) == nil) }
    }

    @Test("a key of which a part is missing is missing, where Powertools make it one key for all")
    func missingPart() throws {
        let payload = KeyPayload(parts: [KeyPayload("tenant"), .absent])
        #expect(try KeyStrategy.plain.key(of: payload) == nil)
        #expect(try KeyStrategy.powertoolsPython.key(of: payload) != nil)
        #expect(
            try String(decoding: KeyStrategy.powertoolsPython.canonicalText(of: payload), as: UTF8.self)
                == #"["tenant", null]"#
        )
    }

    @Test("an item is its typed JSON, an attribute what its type tag holds")
    func attributes() throws {
        func text(_ payload: KeyPayload) throws -> String {
            String(decoding: try KeyStrategy.powertoolsTypeScript.canonicalText(of: payload), as: UTF8.self)
        }
        #expect(try text(KeyPayload(Item(["id": "o-1", "n": 7]))) == #"{"id":{"S":"o-1"},"n":{"N":"7"}}"#)
        #expect(try text(KeyPayload(AttributeValue.number(7))) == #""7""#)
        #expect(try text(KeyPayload(AttributeValue.bool(false))) == "false")
        #expect(try text(KeyPayload(AttributeValue.list(["a", 1]))) == #"[{"S":"a"},{"N":"1"}]"#)
        #expect(try text(KeyPayload(AttributeValue.map(["a": nil]))) == #"{"a":{"NULL":true}}"#)
        #expect(try text(KeyPayload(AttributeValue.binary([1, 2, 3]))) == #""AQID""#)
    }

    @Test("what is no JSON, or too much of it, is refused", arguments: ["", "{", "nan", "[1,]", "\"\u{1}\""])
    func malformed(json: String) {
        #expect(throws: KeyError.self) { try KeyPayload(json: Array(json.utf8)) }
    }

    @Test("the prefix of Powertools is the function and the operation")
    func prefix() {
        #expect(KeyStrategy.prefix(functionName: "orders-fn", operation: "app.handler") == "orders-fn.app.handler")
        #expect(KeyStrategy.prefix(functionName: "orders-fn") == "orders-fn")
    }

    private static let strategies: [(name: String, strategy: KeyStrategy)] = [
        ("plain", .plain), ("python", .powertoolsPython), ("typeScript", .powertoolsTypeScript),
        ("java", .powertoolsJava), ("dotNet", .powertoolsDotNet),
    ]
}
