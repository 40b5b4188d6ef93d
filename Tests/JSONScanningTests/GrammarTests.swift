// What is JSON and what is not: every class of RFC 8259's rules.

import JSONScanning
import Testing

@Suite("The grammar")
struct GrammarTests {
    @Test(
        "what RFC 8259 allows is accepted",
        arguments: [
            "null", "true", "false", "0", "-0", "1", "-1", "10", "0.0", "-0.0", "1.5", "0e1", "0e+1", "0e-1", "1E22",
            "1E-2", "1E+2", "20e1", "123e45", "123.456e78", "-123123123123123123123123123123", "1.0e999999",
            #""""#, #"" ""#, #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u0060\u012a\u12AB""#,
            #""\uD801\udc37""#, #""\ud83d\ude39\ud83d\udc8d""#, #""\uD800""#, #""\uDFAA""#, #""\uD888\u1234""#,
            #""new\u000Aline""#, "\"\u{7F}\"", "\"é\"", "\"€\"", "\"𝄞\"", "\"\u{10FFFF}\"", "\"\u{FFFF}\"",
            "\"\u{2028}\u{2029}\"", "\"asd \"", "[]", "[ ]", "[[]   ]", "[1]", "[1,2]", "[ 1 , 2 ]", "[null]",
            "[\"a\",1,null,true,{}]", "[1,null,null,null,2]", "[2] ", " [1]", "\n[\t1\r\n]\n", "{}", "{ }",
            #"{"":0}"#, #"{"a":"b"}"#, #"{"a":[]}"#, #"{"a":"b","a":"c"}"#, #"{"a":"b","a":"b"}"#,
            #"{ "min": -1.0e+28, "max": 1.0e+28 }"#, #"{"foo\u0000bar": 42}"#, #"{"a":{"b":{"c":null}}}"#,
            #"{"S":"a"}"#, #"{"S": "a"}"#, #"{"S":"a" }"#, #"{"S":"a","N":"1"}"#, #"[{"S":""},{"S":""}]"#,
        ]
    )
    func accepted(text: String) {
        #expect(accepts(bytes(text)))
        #expect(ReferenceValidator.accepts(bytes(text)))
    }

    @Test(
        "what RFC 8259 does not allow is refused",
        arguments: [
            "", " ", "\u{FEFF}", "\u{FEFF}{}", "nul", "nulll", "tru", "fals", "True", "NULL", "nan", "NaN", "Infinity",
            "-Infinity", "-", "+1", "01", "-01", "-012", "00", "1.", "-2.", ".5", "-.5", "2.e3", "2.e+3", "0.e1", "1e",
            "1e+",
            "1eE2", "0e", "0E", "0.3e", "0.3e+", "1.0e", "1.0e-", "9.e+", "1 000.0", "0x1", "1_000", "-1x", "1a", "1+2",
            "1.2.3", "++1", "-foo", "- 1", "１", "\"", "\"a", #""\"#, #""\""#, #""\x00""#, #""\a""#, #""\u""#, #""\u1""#,
            #""\u12""#, #""\u123""#, #""\u123g""#, #""\uD800\u""#, #""\uD800\uD""#, #""\U0041""#, #""\'""#, "'a'",
            "\"a\nb\"",
            "\"a\tb\"", "\"\u{0}\"", "\"\u{1F}\"", "\"a\"b", "a", "[", "]", "[1", "[1,", "[,1]", "[1,]", "[1,,2]",
            "[,]",
            "[1 2]", "[1:2]", "[\"\": 1]", "[]]", "[1]x", "[a", "[1,\n1\n,1", "[{}", "[\"a", "[3[4]]", "{", "}", "{}}",
            "{,}",
            "{1:1}", "{a:1}", "{'a':1}", #"{"a"}"#, #"{"a" 1}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1,}"#,
            #"{"a":1,,"b":2}"#,
            #"{"a"::1}"#, #"{"a":1 "b":2}"#, #"{"a":1]"#, #"{"a":1}{"b":2}"#, #"{"a":1}/**/"#, #"{"a":1}#"#, "/**/1",
            "// \n1",
            #"{"a":/**/1}"#, #"{:"b"}"#, #"{"a":"a" 123}"#, "{null:null}", "{[1]:2}", "[1}", "{]", #"{"S":"a"#,
            #"{"S":"a""#,
            #"{"S":"a"]"#, #"{""":"a"}"#, #"{"\":"a"}"#, "[\u{A0}1]", "[1]\u{0B}", "[1]\u{0C}", "\u{0}", "[\u{0}]",
            "1,", ",",
            "[true,tru]", "<html>", "[nu]", "[1]\u{0}",
        ]
    )
    func refused(text: String) {
        #expect(!accepts(bytes(text)))
        #expect(!ReferenceValidator.accepts(bytes(text)))
    }

    @Test(
        "bytes that are not UTF-8 are refused inside a string and outside",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x22], [0xE0, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xF0, 0x9D, 0x84],
        ] as [[UInt8]]
    )
    func notUTF8(sequence: [UInt8]) {
        for padding in 0..<10 {
            let text = [UInt8](repeating: 0x61, count: padding)
            #expect(!accepts([0x22] + text + sequence + text + [0x22]))
            #expect(!accepts([0x5B] + sequence + [0x5D]))
            #expect(!ReferenceValidator.accepts([0x22] + text + sequence + text + [0x22]))
        }
    }

    @Test("an error says at which byte it is and what was expected there")
    func errors() {
        func error(_ text: String) -> JSONError? {
            do throws(JSONError) {
                _ = try JSONDocument(bytes(text))
                return nil
            } catch {
                return error
            }
        }
        #expect(error("") == .malformed(offset: 0, expected: .value))
        #expect(error("[1,]") == .malformed(offset: 3, expected: .value))
        #expect(error("[1") == .malformed(offset: 2, expected: .commaOrEndOfArray))
        #expect(error(#"{"a" 1}"#) == .malformed(offset: 5, expected: .colon))
        #expect(error(#"{"a":1,}"#) == .malformed(offset: 7, expected: .key))
        #expect(error("{1}") == .malformed(offset: 1, expected: .keyOrEndOfObject))
        #expect(error("\"abc") == .malformed(offset: 4, expected: .endOfString))
        #expect(error("\"a\nb\"") == .malformed(offset: 2, expected: .escapedControlCharacter))
        #expect(error("1 2") == .malformed(offset: 2, expected: .endOfDocument))
        #expect(error("trux")?.description == "expected true, false or null at byte 0")
    }

    @Test("nesting is bounded, and a container at the bound is fine")
    func depth() throws {
        let limits = JSONLimits(maximumDepth: 5)
        let fine = String(repeating: "[", count: 5) + String(repeating: "]", count: 5)
        _ = try JSONDocument(bytes(fine), limits: limits)
        #expect(throws: JSONError.tooDeep(offset: 5, limit: 5)) { try JSONDocument(bytes("[\(fine)]"), limits: limits) }
        #expect(throws: JSONError.tooDeep(offset: 5, limit: 5)) {
            try JSONDocument(bytes(#"[[[[[{"S":"x"}]]]]]"#), limits: limits)
        }
        #expect(throws: JSONError.tooDeep(offset: 128, limit: 128)) {
            try JSONDocument([UInt8](repeating: 0x5B, count: 1_000_000))
        }
    }

    @Test("size is bounded")
    func size() {
        #expect(throws: JSONError.tooLarge(byteCount: 3, limit: 2)) {
            try JSONDocument(bytes("123"), limits: JSONLimits(maximumByteCount: 2))
        }
    }
}
