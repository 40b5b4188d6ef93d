// Records in every form they are kept in, and what is said of those that are none.

import LambdaStreams
import Testing

@testable import LambdaStreamsCommand

@Suite("Record files")
struct RecordFileTests {
    private static func record(_ number: Int, more: String = "") -> String {
        #"{"eventID":"\#(number)","dynamodb":{"SequenceNumber":"\#(number)","ApproximateCreationDateTime":1}\#(more)}"#
    }

    static let forms: [(name: String, text: String, shards: [String?])] = [
        ("an event", #"{"Records":[\#(record(1)),\#(record(2))]}"#, [nil, nil]),
        ("an event with its shard", #"{"shardId":"s","Records":[\#(record(1)),\#(record(2))]}"#, ["s", "s"]),
        ("GetRecords", #"{"Records":[\#(record(1)),\#(record(2))],"NextShardIterator":"x"}"#, [nil, nil]),
        ("an array", "[\n\(record(1)),\n\(record(2))]", [nil, nil]),
        ("JSON lines", "\(record(1))\n\n\(record(2))\n", [nil, nil]),
        ("lines of events", "{\"Records\":[\(record(1))]}\n{\"Records\":[\(record(2))]}", [nil, nil]),
        (
            "shards beside records",
            #"[\#(record(1, more: #","shardId":"a""#)),{"shardId":"b","record":\#(record(2))}]"#, ["a", "b"]
        ),
        ("a byte order mark", "\u{FEFF}[\(record(1)),\(record(2))]", [nil, nil]),
    ]

    @Test("each form gives its records", arguments: forms.indices)
    func eachForm(_ index: Int) throws {
        let form = Self.forms[index]
        let records = try RecordFile(name: "records", text: Array(form.text.utf8)).records()
        #expect(records.map(\.sequenceNumber) == ["1", "2"])
        #expect(records.map(\.shardID) == form.shards)
        // A function should not see what was noted beside a record.
        #expect(records.map { String(decoding: $0.json, as: UTF8.self) } == [Self.record(1), Self.record(2)])
    }

    static let broken: [(text: String, says: String)] = [
        ("", "has no records"),
        (" \n ", "has no records"),
        (#"{"Records":[]}"#, "has no records"),
        ("{", "records:1:2: this is not JSON"),
        ("\(record(1))\n{x}\n", "records:2:2: this is not JSON"),
        ("[\n1]", "record 1: this is not a stream record"),
        (#"[{"a":1,"b":2}]"#, "record 1: this is not a stream record, but an object with a, b"),
        ("\(record(1))\n{\"Records\":[{\"dynamodb\":{}}]}", "record 1 of line 2: dynamodb.SequenceNumber is missing"),
        (#"[{"dynamodb":{"SequenceNumber":"12x"}}]"#, "is missing, or is not decimal digits"),
        (#"{"shardId":5,"Records":[\#(record(1))]}"#, "the file: shardId is not the name of a shard"),
        (#"[\#(record(1, more: #","shardId":"e\u0301""#))]"#, "record 1: shardId is not the name of a shard"),
        (#"[\#(record(1, more: #","shardId":"a","parentShardId":"""#))]"#, "record 1: parentShardId is not the name"),
    ]

    @Test("what is no record is named with its place", arguments: broken.indices)
    func eachBroken(_ index: Int) throws {
        let (text, says) = Self.broken[index]
        #expect {
            _ = try RecordFile(name: "records", text: Array(text.utf8)).records()
        } throws: { error in
            "\(error)".contains(says)
        }
    }

    @Test("records that are out of order are ordered by shard, and one that is there twice is taken once")
    func order() throws {
        let numbers = [(3, "a"), (1, "b"), (1, "a"), (2, "a"), (3, "a")]
        let lines = numbers.map { Self.record($0.0, more: #","shardId":"\#($0.1)""#) }.joined(separator: "\n")
        let feed = try RecordFeed(RecordFile(name: "records", text: Array(lines.utf8)).records())
        #expect(feed.duplicates == 1 && feed.isReordered)
        #expect(feed.sequenceNumbers == ["1", "2", "3", "1"])
    }

    @Test("shards may alternate, and a record may be there in another notation")
    func notation() throws {
        let lines = [(1, "a"), (1, "b"), (2, "a"), (2, "b")].map {
            Self.record($0.0, more: #","shardId":"\#($0.1)""#)
        }
        let again = lines[3].replacing(",", with: " , ")
        let text = (lines + [again]).joined(separator: "\n")
        let feed = try RecordFeed(RecordFile(name: "records", text: Array(text.utf8)).records())
        #expect(feed.duplicates == 1 && !feed.isReordered)
    }

    @Test("two changes of one sequence number are an error that names both")
    func sameNumber() throws {
        let other = Self.record(2, more: #","eventName":"REMOVE""#)
        let text = [Self.record(1), Self.record(2), other].joined(separator: "\n")
        let records = try RecordFile(name: "records", text: Array(text.utf8)).records()
        #expect(throws: RecordError.sameNumber(file: "r.jsonl", places: ["line 2", "line 3"])) {
            try RecordFeed(records, of: "r.jsonl")
        }
    }

    @Test("a plan makes as many records as asked for, in order, the same for the same seed")
    func generated() throws {
        let records = try records(1)
        #expect(records.count == 1000)
        #expect(Set(records.map(\.shardID)).count == 3)
        // An item stays in its shard.
        let places = try records.map { record in
            let record = try #require(
                try StreamEvent(Array("{\"Records\":[".utf8) + record.json + Array("]}".utf8)).records.first
            )
            return try #require(record.keys?["id"]?.string)
        }
        #expect(Set(zip(places, records).map { "\($0) \($1.shardID ?? "")" }).count == 50)
        #expect(records.map(\.sequenceNumber) == records.map(\.sequenceNumber).sorted())
        #expect(try records.map(\.json) == self.records(1).map(\.json))
        #expect(try records.map(\.json) != self.records(2).map(\.json))
        let text = Array("[".utf8) + records.map(\.json).joined(separator: [UInt8(ascii: ",")]) + Array("]".utf8)
        #expect(try RecordFile(name: "made up", text: Array(text)).records().count == 1000)
    }

    private func records(_ seed: UInt64) throws -> [RecordText] {
        try GeneratedRecords(count: 1000, keys: 50, rate: 100, shards: 3, seed: seed).records()
    }
}
