// `lambda-streams generate-event`: what it makes is an event.

import LambdaStreams
import Testing

@Suite("lambda-streams generate-event")
struct GenerateEventTests {
    @Test("makes as many records as asked for, in ascending order, the same for the same seed")
    func records() async throws {
        let arguments = ["generate-event", "--count", "50", "--items", "5", "--insert", "--modify", "--remove"]
        let run = try await CommandRun.lambdaStreams(arguments + ["--seed", "7"])
        #expect(run.status == 0)
        let event = try StreamEvent(Array(run.output.utf8))
        let records = event.records
        #expect(records.count == 50)
        let numbers = try records.map { try #require($0.sequenceNumber) }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(Set(records.map(\.eventName)) == [.insert, .modify, .remove])
        for record in records { try record.validate() }
        let again = try await CommandRun.lambdaStreams(arguments + ["--seed", "7"])
        let other = try await CommandRun.lambdaStreams(arguments + ["--seed", "8"])
        #expect(again.output == run.output && other.output != run.output)
    }

    @Test(
        "takes an item as plain JSON and as DynamoDB's",
        arguments: [
            #"{"id":"o-1","total":1.50,"tags":["a",null],"nested":{"S":"x","is":true}}"#,
            #"{"id":{"S":"o-1"},"total":{"N":"1.50"},"tags":{"L":[{"S":"a"},{"NULL":true}]},"nested":{"M":{"S":{"S":"x"},"is":{"BOOL":true}}}}"#,
        ]
    )
    func items(_ item: String) async throws {
        let run = try await CommandRun.lambdaStreams(["generate-event", "--item", item])
        let record = try #require(try StreamEvent(Array(run.output.utf8)).records.first)
        #expect(record.eventName == .insert && record.keys?["id"] == "o-1")
        let image = try #require(record.newImage)
        #expect(image["total"]?.number?.text == "1.50")
        #expect(image["tags"] == ["a", nil] && image["nested"] == ["S": "x", "is": true])
    }

    @Test("makes what the options say")
    func options() async throws {
        let removal = [
            "--remove", "--ttl", "--table", "carts", "--view-type", "KEYS_ONLY", "--key", "pk", "--key", "sk",
        ]
        let item = ["--item", #"{"pk":"a","sk":1,"more":true}"#]
        let run = try await CommandRun.lambdaStreams(["generate-event"] + removal + item)
        let record = try #require(try StreamEvent(Array(run.output.utf8)).records.first)
        #expect(record.eventName == .remove && record.oldImage == nil)
        #expect(record.keys == ["pk": "a", "sk": 1])
        #expect(run.output.contains(":table/carts/stream/") && run.output.contains("dynamodb.amazonaws.com"))
        let lines = try await CommandRun.lambdaStreams(["generate-event", "--count", "3", "--lines"])
        #expect(lines.output.split(separator: "\n").count == 3)
    }

    @Test(
        "refuses what makes no record",
        arguments: [
            (["--modify", "--item", "{}"], Int32(64), "--old-item"), (["--count", "0"], 64, "--count"),
            (["--ttl"], 64, "--remove"), (["--item", "{"], 2, "is not JSON"), (["--item", #"{"no":"key"}"#], 2, "id"),
            (["--item", "/nonexistent.json"], 2, "no such file"), (["--view-type", "SOME"], 64, "view-type"),
            (["--item", #"{"id":"a","n":1e999}"#], 2, "1e999"),
            // Half of a surrogate pair, in each place that a text can have.
            (["--item", #"{"id":"a","t":"\u270a\ud83d"}"#], 2, "the text of t has half of a surrogate pair"),
            (["--item", #"{"id":"a","\ud83d":1}"#], 2, "a name has half"),
            (["--item", #"{"id":"a","l":[1,["\udc00"]]}"#], 2, "half of a surrogate pair"),
            (["--item", #"{"id":"a","m":{"x":{"\ud83dx":1}}}"#], 2, "half of a surrogate pair"),
            (["--item", #"{"id":{"S":"\ud83d"}}"#], 2, "half of a surrogate pair"),
            (["--item", #"{"id":{"S":"a"},"s":{"SS":["b","\ude00\ud83d"]}}"#], 2, "half of a surrogate pair"),
            (["--remove", "--old-item", #"{"id":"a","t":"\ud83d"}"#], 2, "half of a surrogate pair"),
            // What no table has, in plain JSON and in DynamoDB's.
            (["--item", #"{"id":"a","n":1,"n":2}"#], 2, "has n twice"),
            (["--item", #"{"id":"a","m":{"x":[{"n":1,"n":2}]}}"#], 2, "has n twice"),
            (["--item", #"{"id":{"S":"a"},"n":{"N":"1"},"n":{"N":"2"}}"#], 2, "has n twice"),
            (["--item", #"{"id":"a","":1}"#], 2, "an empty name"),
            (["--item", #"{"id":{"S":"a"},"m":{"M":{"":{"N":"1"}}}}"#], 2, "m: an attribute has an empty name"),
            (["--item", #"{"id":{"S":"a"},"n":{"N":"many"}}"#], 2, "not a value of DynamoDB"),
            (["--item", #"{"id":{"S":"a"},"n":{"N":1}}"#], 2, "not a value of DynamoDB"),
            (["--item", #"{"id":{"S":"a"},"n":{"N":"1e500"}}"#], 2, "1e500"),
            (["--item", #"{"id":{"S":"a"},"s":{"NS":["1","1.0"]}}"#], 2, "an element that appears twice"),
            (["--item", #"{"id":{"S":"a"},"s":{"NS":["1","1e200"]}}"#], 2, "1e200"),
            (["--item", #"{"id":{"S":"a"},"s":{"SS":[]}}"#], 2, "an empty set"),
            (["--item", #"{"id":{"S":"a"},"b":{"B":"?"}}"#], 2, "not a value of DynamoDB"),
            (["--item", #"{"id":{"S":"a"},"l":{"L":[{"NULL":false}]}}"#], 2, "l[0] is"),
            (["--item", #"{"id":{"S":"a"},"m":{"M":{"b":{"X":1}}}}"#], 2, "m: b is"),
            (
                ["--modify", "--item", #"{"id":"a"}"#, "--old-item", #"{"id":{"S":"a"},"s":{"BS":[]}}"#], 2,
                "an empty set"
            ),
        ]
    )
    func refusals(_ arguments: [String], _ code: Int32, _ words: String) async throws {
        let run = try await CommandRun.lambdaStreams(["generate-event"] + arguments)
        #expect(run.status == code && run.output.isEmpty && run.errors.contains(words), "\(run.errors)")
    }

    @Test("names that differ in their bytes are two attributes")
    func exactNames() async throws {
        let item = "{\"id\":\"a\",\"\u{E9}\":1,\"e\u{301}\":2}"
        let run = try await CommandRun.lambdaStreams(["generate-event", "--item", item])
        let record = try #require(try StreamEvent(Array(run.output.utf8)).records.first)
        #expect(record.newImage?["\u{E9}"] == 1 && record.newImage?["e\u{301}"] == 2)
    }

    @Test("events of queues and Kinesis streams, and options of one source that mean nothing for another")
    func otherSources() async throws {
        let queue = try await CommandRun.lambdaStreams([
            "generate-event", "--source", "sqs", "--name", "orders.fifo", "--group", "c-1", "--body", #"{"id":"o-1"}"#,
            "--body", "text",
        ])
        #expect(queue.status == 0, "\(queue.errors)")
        let messages = try SQSEvent(payload: Array(queue.output.utf8)).records
        #expect(messages.map(\.body) == [#"{"id":"o-1"}"#, "text"])
        #expect(messages.allSatisfy { $0.isFromFIFOQueue && $0.messageGroupID == "c-1" })
        let stream = try await CommandRun.lambdaStreams(["generate-event", "--source", "kinesis", "--count", "3"])
        let records = try KinesisEvent(payload: Array(stream.output.utf8)).records
        #expect(records.count == 3)
        #expect(records.first?.data == Array(#"{"id":"r-1"}"#.utf8))
        let refusals = [
            ["--source", "sqs", "--insert"], ["--source", "kinesis", "--region", "eu-central-1"],
            ["--source", "sqs", "--table", "customers"], ["--source", "sqs", "--view-type", "KEYS_ONLY"],
            ["--source", "kinesis", "--seed", "7"], ["--body", "x"], ["--source", "sns"],
        ]
        for refused in refusals {
            let run = try await CommandRun.lambdaStreams(["generate-event"] + refused)
            #expect(run.status == 64, "\(refused): \(run.errors)")
        }
    }
}
