// The filter language: which values a pattern lets through, and which patterns are none.

import EventSourceMapping
import JSONScanning
import Testing

@Suite("Filters")
struct FilterTests {
    struct Vector: Sendable, CustomStringConvertible {
        let record: String
        let pattern: String
        let isMatch: Bool

        init(_ record: String, _ pattern: String, _ isMatch: Bool) {
            self.record = record
            self.pattern = pattern
            self.isMatch = isMatch
        }

        /// A value in the member `v` of a record.
        init(value: String, tests: String, _ isMatch: Bool) {
            self.init("{\"v\":\(value)}", "{\"v\":\(tests)}", isMatch)
        }

        var description: String { "\(record) | \(pattern) is \(isMatch)" }
    }

    static let vectors: [Vector] = [
        Vector(#"{"N":"1234"}"#, #"{"N":["1234"]}"#, true),
        Vector(value: #""300""#, tests: #"[{"numeric":[">",100]}]"#, false),
        Vector(value: "101.0", tests: #"[{"numeric":[">",100]}]"#, true),
        Vector(value: "null", tests: #"[{"numeric":[">",100]}]"#, false),
        Vector(value: "5", tests: #"[{"numeric":[">",0,"<=",5]}]"#, true),
        Vector(value: "5.1", tests: #"[{"numeric":[">",0,"<=",5]}]"#, false),
        Vector(value: "0", tests: #"[{"numeric":[">",0,"<=",5]}]"#, false),
        Vector(value: "5", tests: #"[{"numeric":["=",5.0]}]"#, true),
        Vector(value: "-1", tests: #"[{"numeric":["<",0]}]"#, true),
        Vector(value: "300", tests: "[300.0]", true),
        Vector(value: "3.0e2", tests: "[300]", true),
        Vector(value: #""300""#, tests: "[300]", false),
        Vector(value: "[]", tests: "[null]", false),
        Vector(value: "[]", tests: #"[{"exists":true}]"#, false),
        Vector(value: "[]", tests: #"[{"exists":false}]"#, true),
        Vector(value: "null", tests: "[null]", true),
        Vector(value: "null", tests: #"[{"exists":true}]"#, true),
        Vector(value: #""""#, tests: #"[""]"#, true),
        Vector(value: #""null""#, tests: "[null]", false),
        Vector(value: "true", tests: "[true]", true),
        Vector(value: #""true""#, tests: "[true]", false),
        Vector("{}", #"{"v":[{"anything-but":"x"}]}"#, false),
        Vector(value: "null", tests: #"[{"anything-but":"x"}]"#, true),
        Vector(value: #""x""#, tests: #"[{"anything-but":["x","y"]}]"#, false),
        Vector(value: #""z""#, tests: #"[{"anything-but":["x","y"]}]"#, true),
        Vector(value: "7", tests: #"[{"anything-but":[7]}]"#, false),
        Vector(value: "8", tests: #"[{"anything-but":7}]"#, true),
        Vector(value: "12", tests: #"[{"anything-but":{"prefix":"init"}}]"#, true),
        Vector(value: #""init-1""#, tests: #"[{"anything-but":{"prefix":"init"}}]"#, false),
        Vector(value: #""post-init""#, tests: #"[{"anything-but":{"prefix":["init","test"]}}]"#, true),
        Vector(value: #""test-1""#, tests: #"[{"anything-but":{"prefix":["init","test"]}}]"#, false),
        Vector(value: #""a.png""#, tests: #"[{"anything-but":{"suffix":".png"}}]"#, false),
        Vector(value: #""ALICE""#, tests: #"[{"anything-but":{"equals-ignore-case":["alice","bob"]}}]"#, false),
        Vector(value: #""a/b/c""#, tests: #"[{"anything-but":{"wildcard":"a/*/c"}}]"#, false),
        Vector("{}", #"{"v":[{"anything-but":["roses"]},{"exists":false}]}"#, true),
        Vector("{}", #"{"u":{"v":[{"anything-but":["roses"]},{"exists":false}]}}"#, true),
        Vector(#"{"V":"x"}"#, #"{"v":["x"]}"#, false),
        Vector(#"{"a.b":"v"}"#, #"{"a":{"b":["v"]}}"#, true),
        Vector(#"{"a":{"b":"v"}}"#, #"{"a.b":["v"]}"#, true),
        Vector(#"{"l":[{"key1":"v"},{"id":"x"}]}"#, #"{"l":{"id":[{"exists":true}]}}"#, true),
        Vector(#"{"body":"{\"a\":1}"}"#, #"{"body":{"a":[1]}}"#, false),
        Vector(value: #""/Users/ls_user/dir/doc.txt""#, tests: #"[{"wildcard":"/Users/*/doc.txt"}]"#, true),
        Vector(value: #""/Users/doc.txt""#, tests: #"[{"wildcard":"/Users/*/doc.txt"}]"#, false),
        Vector(value: #""""#, tests: #"[{"wildcard":""}]"#, false),
        Vector(value: #""x""#, tests: #"[{"wildcard":""}]"#, false),
        Vector(value: #""""#, tests: #"[{"wildcard":"*"}]"#, true),
        Vector(value: #""aa""#, tests: #"[{"wildcard":"a*a"}]"#, true),
        Vector(value: #""a""#, tests: #"[{"wildcard":"a*a"}]"#, false),
        Vector(value: #""abcbcd""#, tests: #"[{"wildcard":"a*bc*d"}]"#, true),
        Vector(value: #""a*b""#, tests: #"[{"wildcard":"a\\*b"}]"#, true),
        Vector(value: #""axb""#, tests: #"[{"wildcard":"a\\*b"}]"#, false),
        Vector(value: #""EvEnTb-1""#, tests: #"[{"prefix":{"equals-ignore-case":"EventB"}}]"#, true),
        Vector(value: #""x.PNG""#, tests: #"[{"suffix":{"equals-ignore-case":".png"}}]"#, true),
        Vector(value: #""""#, tests: #"[{"equals-ignore-case":""}]"#, true),
        Vector(value: #""Alice""#, tests: #"[{"equals-ignore-case":"alice"}]"#, true),
        Vector(value: #""x""#, tests: #"[{"prefix":""}]"#, true),
        Vector(value: #""a.png""#, tests: #"[{"suffix":".png"}]"#, true),
        Vector(value: #""png""#, tests: #"[{"suffix":".png"}]"#, false),
        Vector(value: #""10.0.0.77""#, tests: #"[{"cidr":"10.0.0.0/24"}]"#, true),
        Vector(value: #""10.0.1.77""#, tests: #"[{"cidr":"10.0.0.0/24"}]"#, false),
        Vector(value: #""10.0.0.130""#, tests: #"[{"cidr":"10.0.0.128/25"}]"#, true),
        Vector(value: #""2001:db8::1""#, tests: #"[{"cidr":"2001:db8::/32"}]"#, true),
        Vector(value: #""2001:db9::1""#, tests: #"[{"cidr":"2001:db8::/32"}]"#, false),
        Vector(value: #""neither""#, tests: #"[{"cidr":"0.0.0.0/0"}]"#, false),
        Vector(
            #"{"Organizations":{"L":[{"S":"a"},{"S":"b"}]}}"#,
            #"{"Organizations":{"L":{"S":[{"exists":true}]}}}"#,
            true
        ),
        // Of two elements of an array no match is put together.
        Vector(#"{"l":[{"a":1,"b":2},{"a":3,"b":4}]}"#, #"{"l":{"a":[1],"b":[4]}}"#, false),
        Vector(#"{"l":[{"a":1,"b":2},{"a":3,"b":4}]}"#, #"{"l":{"a":[3],"b":[4]}}"#, true),
        Vector(#"{"a":1,"b":2}"#, #"{"$or":[{"a":[9]},{"b":[2]}]}"#, true),
        Vector(#"{"a":1,"b":2}"#, #"{"$or":[{"a":[9]},{"b":[8]}]}"#, false),
        Vector(#"{"a":1,"b":2,"c":3}"#, #"{"c":[4],"$or":[{"a":[1]},{"b":[2]}]}"#, false),
        Vector(#"{"d":{"a":1}}"#, #"{"d":{"$or":[{"a":[1]},{"b":[2]}]}}"#, true),
        // The last of a repeated name counts.
        Vector(#"{"a":1}"#, #"{"a":[2],"a":[1]}"#, true),
        Vector(#"{"\u0061":"\u00e9"}"#, #"{"a":["é"]}"#, true),
    ]

    @Test("a value passes or not", arguments: vectors)
    func matches(_ vector: Vector) throws {
        let criteria = try FilterCriteria(patterns: [vector.pattern])
        #expect(try criteria.matches(JSONDocument(Array(vector.record.utf8)).root) == vector.isMatch)
    }

    static let invalid = [
        "single-string", #"[{"eventName": ["INSERT"=123}]"#, "not-json", "[]", "42", "{}", #"{"a":{}}"#,
        #"{"a":42}"#, #"{"a":"x"}"#, #"{"a":[]}"#, #"{"a":null}"#, #"{"a":[["x"]]}"#,
        #"{"a":[{"numeric":10}]}"#, #"{"a":[{"numeric":[">",0,"<"]}]}"#, #"{"a":[{"numeric":[">",0,">",0]}]}"#,
        #"{"a":[{"numeric":["<",5,">",0]}]}"#, #"{"a":[{"numeric":[">",5,"<",0]}]}"#, #"{"a":[{"numeric":[]}]}"#,
        #"{"a":[{"numeric":[">","0"]}]}"#, #"{"a":[{"numeric":["<>",0]}]}"#,
        #"{"a":[{"NUMERIC":["=",1]}]}"#, #"{"a":[{"EXISTS":true}]}"#, #"{"a":[{"exists":"true"}]}"#,
        #"{"a":[{"anything-but":null}]}"#, #"{"a":[{"anything-but":[]}]}"#, #"{"a":[{"anything-but":["a",1]}]}"#,
        #"{"a":[{"anything-but":{"prefix":""}}]}"#, #"{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"a"}}}]}"#,
        #"{"a":[{"prefix":1}]}"#, #"{"a":[{"prefix":"a","suffix":"b"}]}"#, #"{"a":[{"equals-ignore-case":["a"]}]}"#,
        #"{"a":[{"wildcard":"a:**:b"}]}"#, #"{"a":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}"#,
        #"{"a":[{"wildcard":"a\\b"}]}"#,
        #"{"a":[{"cidr":"10.0.0.0"}]}"#, #"{"a":[{"cidr":"10.0.0.0/33"}]}"#, #"{"a":[{"cidr":"10.0.0/24"}]}"#,
        #"{"$or":[{"a":[1]}]}"#, #"{"$or":[{"a":[1]},{"prefix":["b"]}]}"#,
    ]

    @Test("a pattern is none", arguments: invalid)
    func refuses(_ pattern: String) throws {
        let error = #expect(throws: AdmissionError.self) { try FilterCriteria(patterns: [pattern]) }
        #expect(error?.code == .invalidParameterValue)
        #expect(error?.message == "Invalid filter pattern definition.")
        #expect(error?.detail?.isEmpty == false)
    }

    @Test("of several filters one is enough; more than the quota of five are noted, and more than ten are too many")
    func several() throws {
        let patterns = (0..<11).map { "{\"a\":[\($0)]}" }
        for count in [5, 6, 10] {
            let filters = try FilterCriteria(patterns: Array(patterns[..<count]))
            #expect(filters.matches(try JSONDocument(Array(#"{"a":4}"#.utf8)).root))
            #expect(filters.notes().contains { $0.contains("quota of 5") } == (count > 5))
        }
        #expect(throws: AdmissionError.self) { try FilterCriteria(patterns: patterns) }
    }

    @Test("alternatives that multiply beyond a thousand are refused")
    func combinations() {
        let choice = #"{"$or":[{"a":[1]},{"b":[1]}]}"#
        let nested = (0..<10).map { "\"f\($0)\":\(choice)" }.joined(separator: ",")
        #expect(throws: AdmissionError.self) { try FilterCriteria(patterns: ["{\(nested)}"]) }
    }

    @Test("what is unlikely to be meant is noted")
    func notes() throws {
        func notes(_ pattern: String) throws -> Int { try FilterCriteria(patterns: [pattern]).notes().count }
        #expect(try notes(#"{"dynamodb":{"NewImage":{"a":[{"exists":false}]}}}"#) == 1)
        #expect(try notes(#"{"dynamodb":{"NewImage":{"a":{"N":[{"numeric":[">",1]}]}}}}"#) == 1)
        #expect(try notes(#"{"eventSource":["aws:dynamodb"]}"#) == 1)
        #expect(try notes(#"{"dynamodb":{"NewImage":{"a":{"S":[{"wildcard":"a*"},{"cidr":"10.0.0.0/8"}]}}}}"#) == 2)
        #expect(try notes(#"{"dynamodb":{"NewImage":{"a":{"S":[{"exists":true}]}}}}"#) == 0)
    }

    // MARK: Findings

    struct Finding: Sendable, CustomStringConvertible {
        let patterns: [String]
        let found: [(FilterFinding.Kind, FilterFinding.Effect)]
        var view: StreamView?
        var description: String { patterns.joined(separator: " or ") }
    }

    private static func image(_ attribute: String) -> String { #"{"dynamodb":{"NewImage":{\#(attribute)}}}"# }

    static let findings: [Finding] = [
        // Numbers are text, at any depth.
        Finding(patterns: [image(#""n":{"N":[5]}"#)], found: [(.numericOnString, .nothingDelivered)]),
        Finding(
            patterns: [image(#""l":{"L":{"N":[{"numeric":["<",5]}]}}"#)],
            found: [(.numericOnString, .nothingDelivered)]
        ),
        Finding(
            patterns: [image(#""m":{"M":{"a":{"L":{"M":{"b":{"NS":[1]}}}}}}"#)],
            found: [(.numericOnString, .nothingDelivered)]
        ),
        Finding(patterns: [image(#""n":{"N":[{"numeric":[">",1]},"7"]}"#)], found: [(.numericOnString, .testDead)]),
        Finding(patterns: [image(#""n":{"N":["5",{"anything-but":"7"}]}"#)], found: []),
        // Objects have no value.
        Finding(patterns: [image(#""a":[{"exists":true}]"#)], found: [(.existsOnObject, .nothingDelivered)]),
        Finding(patterns: [image(#""a":[{"exists":false}]"#)], found: [(.existsOnObject, .matchesEverything)]),
        Finding(patterns: [image(#""a":{"L":[{"exists":true}]}"#)], found: [(.existsOnObject, .nothingDelivered)]),
        Finding(
            patterns: [image(#""a":{"M":{"b":[{"exists":true}]}}"#)],
            found: [(.existsOnObject, .nothingDelivered)]
        ),
        Finding(
            patterns: [#"{"dynamodb":{"NewImage":[{"exists":true}]}}"#],
            found: [(.existsOnObject, .nothingDelivered)]
        ),
        Finding(patterns: [image(#""a":{"S":[{"exists":true}]}"#)], found: []),
        Finding(patterns: [image(#""a":{"L":{"S":[{"exists":true}]}}"#)], found: []),
        // Slips.
        Finding(patterns: [#"{"data":{"a":["x"]}}"#], found: [(.neverMatches, .nothingDelivered)]),
        Finding(patterns: [#"{"body":{"a":["x"]}}"#], found: [(.neverMatches, .nothingDelivered)]),
        Finding(patterns: [#"{"NewImage":{"a":{"S":["x"]}}}"#], found: [(.neverMatches, .nothingDelivered)]),
        Finding(patterns: [#"{"eventName":["insert"]}"#], found: [(.neverMatches, .nothingDelivered)]),
        Finding(patterns: [#"{"eventName":["INSERT","UPDATE"]}"#], found: [(.neverMatches, .testDead)]),
        Finding(patterns: [#"{"eventName":[{"prefix":"INS"}]}"#], found: []),
        Finding(patterns: [image(#""status":["open"]"#)], found: [(.neverMatches, .nothingDelivered)]),
        Finding(patterns: [image(#""status":{"s":["open"]}"#)], found: [(.neverMatches, .nothingDelivered)]),
        Finding(patterns: [image(#""b":{"BOOL":["true"]}"#)], found: [(.neverMatches, .nothingDelivered)]),
        Finding(patterns: [image(#""b":{"BOOL":[true]}"#)], found: []),
        Finding(patterns: [#"{"dynamodb":{"ApproximateCreationDateTime":[{"numeric":[">",0]}]}}"#], found: []),
        Finding(patterns: [#"{"userIdentity":{"type":["Service"]}}"#], found: []),
        // A dot may be part of a name or a step.
        Finding(patterns: [#"{"dynamodb.NewImage.a.S":["x"]}"#], found: []),
        Finding(patterns: [image(#""a.b":{"S":["x"]}"#)], found: []),
        // Images.
        Finding(patterns: [image(#""a":{"S":["x"]}"#)], found: [(.withoutImage, .nothingDelivered)], view: .keysOnly),
        Finding(patterns: [image(#""a":{"S":[{"exists":false}]}"#)], found: [], view: .oldImage),
        Finding(
            patterns: [#"{"eventName":["REMOVE"],"dynamodb":{"NewImage":{"a":{"S":["x"]}}}}"#],
            found: [(.neverMatches, .nothingDelivered)]
        ),
        Finding(
            patterns: [#"{"eventName":["REMOVE"],"dynamodb":{"NewImage":{"a":{"S":[{"exists":false}]}}}}"#],
            found: []
        ),
        // One of several.
        Finding(
            patterns: [#"{"data":{"a":["x"]}}"#, #"{"eventName":["INSERT"]}"#],
            found: [(.neverMatches, .filterDead)]
        ),
        Finding(
            patterns: [#"{"data":{"a":["x"]}}"#, #"{"eventName":["insert"]}"#],
            found: [(.neverMatches, .nothingDelivered), (.neverMatches, .nothingDelivered)]
        ),
        Finding(
            patterns: [#"{"$or":[{"eventName":["INSERT"]},{"data":{"a":["x"]}}]}"#],
            found: [(.neverMatches, .testDead)]
        ),
    ]

    @Test("a filter that cannot be meant is found, with what comes of it", arguments: findings)
    func find(_ finding: Finding) throws {
        let found = try FilterCriteria(patterns: finding.patterns).findings(view: finding.view)
        #expect(found.map(\.kind) == finding.found.map(\.0), "\(found)")
        #expect(found.map(\.effect) == finding.found.map(\.1), "\(found)")
    }

    @Test("a pattern of many dots is read in time")
    func manyDots() throws {
        let name = (0..<400).map { $0 % 2 == 0 ? "a" : "M" }.joined(separator: ".")
        #expect(
            try FilterCriteria(patterns: [#"{"dynamodb":{"NewImage":{"\#(name)":{"S":["x"]}}}}"#]).findings().isEmpty
        )
    }
}
