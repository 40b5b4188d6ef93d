// Keys beside those that Powertools make: Python's and JavaScript's were computed by these languages themselves.

import DynamoDBStreamEvents
import Idempotency
import Testing

@Suite("Keys of Powertools")
struct PowertoolsKeyTests {
    @Test(
        "Python",
        arguments: [
            (#""o-1""#, #""o-1""#, "cbcbdb948de16bfe7e49a81f91500ab1"),
            ("7", "7", "8f14e45fceea167a5a36dedd4bea2543"),
            ("1.0", "1.0", "e4c2e8edac362acab7123654b9e73432"),
            ("1e21", "1e+21", "38a923a3cb27e544925237630940729f"),
            ("1E-7", "1e-07", "463d2cea642f243feede99a193027ce8"),
            ("-0.0", "-0.0", "e80c77464a0cfaf2c46a5574f6bc76b9"),
            ("9007199254740993", "9007199254740993", "322d1e02970a2deaaf671adaf4e026c7"),
            ("false", "false", "68934a3e9455fa72420237eb05902327"),
            (#"{"z":1,"a":3,"B":2}"#, #"{"B": 2, "a": 3, "z": 1}"#, "e49a799e1308f5a7ec255cd83a578cc7"),
            (
                #"{"2":"two","10":"ten","01":"one","A":1,"b":2}"#,
                #"{"01": "one", "10": "ten", "2": "two", "A": 1, "b": 2}"#, "a174f6d4f5cf6a9843ebdb1770459f71"
            ),
            (#"{"a":[{"b":2,"a":1},3]}"#, #"{"a": [{"a": 1, "b": 2}, 3]}"#, "315fbe0288fb56e58aa5eb344d383449"),
            (#"["o-1","u-9"]"#, #"["o-1", "u-9"]"#, "5d9b0c765511700242af5c6605216051"),
            (
                "\"é😀\u{2028}\\/<>&\u{7F}\"", "\"\\u00e9\\ud83d\\ude00\\u2028/<>&\\u007f\"",
                "d97a9b38d92651712b23db97bdab1f0b"
            ),
            (#""1.10""#, #""1.10""#, "3c895c4290954425fb9da91ac229696f"),
            (
                #""4421584500000000017450439091""#, #""4421584500000000017450439091""#,
                "a540ff51f1dbcb2f45106df9a2ca2e32"
            ),
            (
                """
                [1e400,-1e400,1e16,1e15,123456789012345680.0,1e-5,0.0001,-0,5e-324,1.7976931348623157e308,0.1,100.0,2e-3]
                """,
                """
                [Infinity, -Infinity, 1e+16, 1000000000000000.0, 1.2345678901234568e+17, 1e-05, 0.0001, 0, 5e-324, \
                1.7976931348623157e+308, 0.1, 100.0, 0.002]
                """, "37c12cb082bf2f84fc50912703d9aa25"
            ),
            (
                #"{"\ud83d\ude00":1,"\uffff":2,"\ud800":3,"a\u0000":4}"#,
                #"{"a\u0000": 4, "\ud800": 3, "\uffff": 2, "\ud83d\ude00": 1}"#, "1540a4c7a35830fdc5804977fcf978c8"
            ),
        ]
    )
    func python(json: String, text: String, key: String) throws {
        try expect(.powertoolsPython, json, text, key)
    }

    @Test(
        "TypeScript",
        arguments: [
            ("{}", "{}", "mZFLkyvTelC5g8XnyQrpOw=="),
            (#"{"z":1,"a":3,"B":2}"#, #"{"a":3,"B":2,"z":1}"#, "YBVUnIFfud8pmqPj4DbF+Q=="),
            (
                #"{"b":2,"A":1,"10":"ten","01":"one","2":"two"}"#,
                #"{"2":"two","10":"ten","01":"one","A":1,"b":2}"#, "vls7a/RCfzDhAcx9L8w7bw=="
            ),
            (
                "[0,1e-7,0.000001,1e20,1e21,9007199254740993]",
                "[0,1e-7,0.000001,100000000000000000000,1e+21,9007199254740992]", "hCPIZAZfLY41brk9q76UeQ=="
            ),
            (
                #""c4ca4238a0b923820dcc509a6f75849b""#, #""c4ca4238a0b923820dcc509a6f75849b""#,
                "5HPBJkL2zArhs74/m7N+ag=="
            ),
            (#"{"__proto__":{"x":1},"a":1}"#, #"{"a":1}"#, "u2y1xo30ZSlByvZSo2by2A=="),
            (
                #"{"b":1,"B":2,"b":3,"ß":1,"É":2,"é":1,"ΟΔΟΣ":1,"οδος":2,"οδοσ":3,"İ":4,"i̇":5}"#,
                #"{"b":3,"B":2,"İ":4,"i̇":5,"ß":1,"É":2,"é":1,"ΟΔΟΣ":1,"οδος":2,"οδοσ":3}"#,
                "w88dCMETRR8kbunjylNzrA=="
            ),
            (
                #"{"\ud800":1,"\udfff":"\udc00x","\ud83d\ude00":2,"\uffff":3}"#,
                "{\"\\ud800\":1,\"😀\":2,\"\\udfff\":\"\\udc00x\",\"\u{FFFF}\":3}", "MoB+FuLT/vKXCDmazIv1Qg=="
            ),
            (
                "[-0,-0.0,1e400,9007199254740993,123456789012345678901234567890,1.5e-10,0.1,1e20,-1e-6]",
                "[0,0,null,9007199254740992,1.2345678901234568e+29,1.5e-10,0.1,100000000000000000000,-0.000001]",
                "l38I+rK8eAkLmAPM/qxMGQ=="
            ),
            (
                #"{"4294967295":1,"4294967294":2,"-1":3,"1.5":4,"00":5,"0":6}"#,
                #"{"0":6,"4294967294":2,"-1":3,"00":5,"1.5":4,"4294967295":1}"#, "Vl+zpNDGXbfYAqUsEk9TLA=="
            ),
            (
                #""a\u0000\u001f\u007f\u2028/\"\\""#, "\"a\\u0000\\u001f\u{7F}\u{2028}/\\\"\\\\\"",
                "vn1tnOWsHbyg0Y/FPAAoaA=="
            ),
        ]
    )
    func typeScript(json: String, text: String, key: String) throws {
        try expect(.powertoolsTypeScript, json, text, key)
    }

    @Test(
        "Java: bare scalars, containers as Jackson writes them",
        arguments: [
            (#""o-1""#, "o-1"), ("7", "7"), ("1.0", "1.0"), ("true", "true"), ("1e7", "1.0E7"),
            ("9999999.5", "9999999.5"),
            ("0.001", "0.001"), ("0.0001", "1.0E-4"), ("-0", "0"), ("-0.0", "-0.0"), ("1e400", "Infinity"),
            ("123456789012345678901234567890", "123456789012345678901234567890"), (#""\ud800x""#, "?x"),
            (#"{"z":1,"a":[null,1.50,"é/\u001f\n"],"z":2}"#, #"{"z":2,"a":[null,1.5,"é/\u001F\n"]}"#),
            ("[1e400]", #"["Infinity"]"#),
        ]
    )
    func java(json: String, text: String) throws {
        try expect(.powertoolsJava, json, text, MD5.digest(of: Array(text.utf8)).hexadecimal)
    }

    @Test(
        ".NET: bare scalars, containers as they stand",
        arguments: [
            (#""o-1""#, "o-1"), ("7", "7"), ("1.0", "1.0"), ("true", "True"), ("false", "False"),
            (#"{ "z" : 1, "a":"\u00e9" }"#, #"{ "z" : 1, "a":"\u00e9" }"#), (#""\u00e9""#, "é"),
        ]
    )
    func dotNet(json: String, text: String) throws {
        try expect(.powertoolsDotNet, json, text, MD5.digest(of: Array(text.utf8)).hexadecimal)
    }

    @Test("an event id has one key in Java and .NET", arguments: [KeyStrategy.powertoolsJava, .powertoolsDotNet])
    func eventID(strategy: KeyStrategy) throws {
        let payload = KeyPayload("c4ca4238a0b923820dcc509a6f75849b")
        #expect(try strategy.key(of: payload) == "28c8edde3d61a0411511d3b1866f0636")
    }

    @Test("a SHA-256 of Java loses its leading zeros")
    func leadingZeros() throws {
        let payload = KeyPayload("286")
        let digest = SHA256.digest(of: Array("286".utf8)).hexadecimal
        #expect(digest.hasPrefix("00"))
        #expect(
            try KeyStrategy.powertoolsJava.hashed(by: .sha256).key(of: payload) == String(digest.drop { $0 == "0" })
        )
        #expect(try KeyStrategy.powertoolsDotNet.hashed(by: .sha256).key(of: payload) == digest)
    }

    @Test("half a surrogate pair has no key in .NET")
    func loneSurrogate() throws {
        let payload = try KeyPayload(json: Array(#""\ud800""#.utf8))
        #expect(throws: KeyError.loneSurrogate) { try KeyStrategy.powertoolsDotNet.key(of: payload) }
    }

    private func expect(_ strategy: KeyStrategy, _ json: String, _ text: String, _ key: String) throws {
        let payload = try KeyPayload(json: Array(json.utf8))
        #expect(try String(decoding: strategy.canonicalText(of: payload), as: UTF8.self) == text)
        #expect(try strategy.validation(of: payload) == key)
    }
}
