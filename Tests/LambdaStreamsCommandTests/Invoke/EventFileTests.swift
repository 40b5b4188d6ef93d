// The forms in which `invoke` reads events, and what it says of a file that is not one of them.

import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Event files")
struct EventFileTests {
    struct Form: Sendable, CustomStringConvertible {
        let description: String
        let text: String
        let events: [String]
    }

    private static func record(_ number: Int) -> String { #"{"eventID":"\#(number)","dynamodb":{"Keys":{}}}"# }

    private static let message = #"{"messageId":"m-1","body":"{}","eventSource":"aws:sqs"}"#
    private static let both = #"{"Records":[\#(record(1)),\#(record(2))]}"#
    private static let event = "{\n  \"Records\": []\n}\n"

    static let forms = [
        Form(description: "an event is unchanged", text: event, events: [event]),
        Form(description: "any other JSON is unchanged", text: " [1, 2] ", events: [" [1, 2] "]),
        Form(description: "each line is an event", text: "1\n\n{\"a\":2}\n", events: ["1", #"{"a":2}"#]),
        Form(description: "an array of records is one event", text: "[\(record(1)),\n\(record(2))]\n", events: [both]),
        Form(description: "lines of records are one event", text: "\(record(1))\n\(record(2))\n", events: [both]),
        Form(
            description: "so are those of a dead-letter sink",
            text: #"{"reason":"x","record":\#(record(1))}"#
                + "\n" + #"{"reason":"y","record":\#(record(2))}"#,
            events: [both]
        ),
        Form(description: "a record is an event", text: record(1), events: [#"{"Records":[\#(record(1))]}"#]),
        Form(description: "messages too", text: "[\(message)]", events: [#"{"Records":[\#(message)]}"#]),
        Form(
            description: "records among events are events of their own",
            text: #"{"Records":[]}"# + "\n\(record(1))",
            events: [#"{"Records":[]}"#, #"{"Records":[\#(record(1))]}"#]
        ),
        Form(
            description: "an event of another source is unchanged",
            text: #"{"eventSource":"aws:kafka","records":{}}"#,
            events: [#"{"eventSource":"aws:kafka","records":{}}"#]
        ),
        Form(description: "a byte order mark is left out", text: "\u{FEFF}{}", events: ["{}"]),
    ]

    @Test("are read in every form that simulate reads", arguments: forms)
    func eachForm(_ form: Form) throws {
        let events = try EventFile.events(in: InputText("events", Array(form.text.utf8), limit: 1 << 20))
        #expect(events.map { String(decoding: $0, as: UTF8.self) } == form.events)
    }

    @Test(
        "that are not JSON are refused with their place, as those of simulate are",
        arguments: [
            ("{\n\"Records\": [}", ":2:13: this is not JSON; expected "),
            ("{\"Records\":[]}\n{x}\n", ":2:2: this is not JSON"),
            ("hello", ":1:1: this is not JSON"),
        ]
    )
    func broken(_ text: String, _ says: String) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(text, to: "broken.json")
        for arguments in [["invoke", "--event"], ["simulate", "--records"]] {
            let run = try await CommandRun.lambdaStreams(arguments + [file, "--", Products.obedientFunction])
            #expect(run.status == 2 && run.errors.contains(file + says), "\(run.errors)")
        }
    }

    @Test("of generated lines are one batch")
    func generatedLines() async throws {
        let lines = try await CommandRun.lambdaStreams(["generate-event", "--count", "3", "--lines"]).output
        let run = try await CommandRun.lambdaStreams(
            ["invoke", "--event", "-", "--", Products.executable("OrderProjector")],
            input: lines
        )
        #expect(run.status == 0 && run.output == #"{"batchItemFailures":[]}"# + "\n", "\(run.errors)")
    }
}
