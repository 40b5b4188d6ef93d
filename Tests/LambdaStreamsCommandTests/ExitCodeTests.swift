// The exit codes: one table, in each --help and in the documentation, and true.

import ArgumentParser
import Foundation
import Testing

@testable import LambdaStreamsCommand

@Suite("Exit codes")
struct ExitCodeTests {
    private static let ended = #"{"exit":1}"#
    private static let projector = Products.executable("OrderProjector")
    /// One bad order, in a batch of its own.
    private static let poison =
        #"{"eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"a"}},"NewImage":{},"SequenceNumber":"1"}}"#

    private static let deadLetter =
        #"{"version":"1.0","reason":"Permanent","record":{"dynamodb":{"Keys":{"id":{"S":"a"}},"SequenceNumber":"1"}}}"#
    /// The state of a window that could not be closed went with its last event.
    private static let lostWindow = """
        {"version":"1.0","DDBStreamBatchInfo":{"shardId":"s","streamArn":"arn:aws:dynamodb:us-east-1:123456789012:table/t/\
        stream/2026-01-01T00:00:00.000"},"timeWindowInfo":{"isFinalInvokeForWindow":true}}
        """

    struct Ending: Sendable, CustomStringConvertible {
        let code: CommandExit
        let arguments: [String]
        var input: String?

        init(_ code: CommandExit, _ arguments: [String], input: String? = nil) {
            self.code = code
            self.arguments = arguments
            self.input = input
        }

        var description: String { "\(code.rawValue): \(arguments.joined(separator: " "))" }
    }

    static let endings: [Ending] = [
        Ending(.done, ["invoke", "--", projector]),
        Ending(.finding, ["invoke", "--event", "-", "--", Products.obedientFunction], input: ended),
        Ending(.badInput, ["invoke", "--event", "none.json", "--", projector]),
        Ending(.badInput, ["invoke", "--", "/bin/false"]),
        Ending(.wrongOptions, ["invoke"]),
        Ending(.wrongOptions, ["invoke", "--env", "NAME", "--", projector]),
        Ending(.wrongOptions, ["invoke", "--timeout", "soon", "--", projector]),
        Ending(.wrongOptions, ["invoke", "--repeat", "0", "--", projector]),
        Ending(.wrongOptions, ["invoke", "--env", "A=1", "--env", "A=2", "--", projector]),
        Ending(.wrongOptions, ["invoke", "--serve", "99999", "--", projector]),
        Ending(.wrongOptions, ["invoke", "--serve", "0", "--event", "-", "--", projector]),
        Ending(.done, ["simulate", "--generate", "3", "--", projector]),
        Ending(
            .discarded,
            [
                "simulate", "--records", "-", "--maximum-retry-attempts", "0", "--report-batch-item-failures", "true",
                "--destination", "arn:aws:sqs:us-east-1:123456789012:failed", "--", projector,
            ],
            input: poison
        ),
        Ending(
            .lost,
            [
                "simulate", "--records", "-", "--maximum-retry-attempts", "0", "--report-batch-item-failures", "true",
                "--", projector,
            ],
            input: poison
        ),
        Ending(.badInput, ["simulate", "--records", "-", "--", projector], input: ""),
        Ending(.badInput, ["simulate", "--generate", "1", "--", "/bin/false"]),
        Ending(.wrongOptions, ["simulate", "--", projector]),
        Ending(.finding, ["check", "-"], input: template(retries: -1)),
        Ending(
            .done,
            ["check", "-", "--ignore", "unlimited-retries", "--ignore", "destination-never-used"],
            input: template(retries: -1)
        ),
        Ending(.unknown, ["check", "-"], input: template(retries: "!Ref Retries")),
        Ending(.done, ["check", "-", "--parameter", "Retries=4"], input: template(retries: "!Ref Retries")),
        Ending(.wrongOptions, ["check", "-", "--ignore", "nothing"], input: template(retries: 4)),
        Ending(.done, ["check", "--rules"]),
        Ending(.badInput, ["check", "none.yaml"]),
        Ending(.badInput, ["check", "-", "--parameter", "None=1"], input: template(retries: 5)),
        Ending(.wrongOptions, ["check", "-", "--parameter", "None"], input: template(retries: 5)),
        Ending(.wrongOptions, ["check", "-", "--parameter", "A=1", "--parameter", "A=2"], input: template(retries: 5)),
        Ending(.wrongOptions, ["check"]),
        Ending(.done, ["generate-event"]),
        Ending(.badInput, ["generate-event", "--item", "{"]),
        Ending(.wrongOptions, ["generate-event", "--count", "0"]),
        Ending(.wrongOptions, ["generate-event", "--item", "{}", "--item", "{}"]),
        Ending(.done, ["redrive", "--from", "-", "--dry-run"], input: deadLetter),
        Ending(.done, ["redrive", "--from", "-", "--dry-run"], input: ""),
        Ending(.finding, ["redrive", "--from", "-", "--dry-run"], input: "hello"),
        Ending(.lost, ["redrive", "--from", "-", "--dry-run"], input: lostWindow),
        Ending(.badInput, ["redrive", "--from", "none.jsonl", "--dry-run"]),
        Ending(.badInput, ["redrive", "--from", "-", "--", "/bin/false"], input: deadLetter),
        Ending(.wrongOptions, ["redrive", "--from", "-"]),
        Ending(.badInput, ["init", "/dev/null/Orders"]),
        Ending(.wrongOptions, ["init", "my-orders"]),
        Ending(.wrongOptions, ["fly"]),
        Ending(.done, ["--help"]),
    ]

    private static func template(retries: Int) -> String { template(retries: "\(retries)") }

    private static func template(retries: String) -> String {
        """
        Parameters: {Retries: {Type: Number}}
        Resources:
          Failed: {Type: AWS::S3::Bucket}
          Mapping:
            Type: AWS::Lambda::EventSourceMapping
            Properties:
              FunctionName: projector
              EventSourceArn: arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000
              StartingPosition: TRIM_HORIZON
              FunctionResponseTypes: [ReportBatchItemFailures]
              BisectBatchOnFunctionError: true
              MaximumRetryAttempts: \(retries)
              DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}
        """
    }

    @Test("are those of the table", arguments: endings)
    func each(_ ending: Ending) async throws {
        let run = try await CommandRun.lambdaStreams(ending.arguments, input: ending.input)
        #expect(run.status == ending.code.rawValue, "\(run.output)\(run.errors)")
        // What goes wrong is told on standard error alone, so that nobody takes it for a result.
        if [.badInput, .wrongOptions].contains(ending.code), ending.arguments.first != "invoke" {
            #expect(run.output == "" && run.errors != "")
        }
        guard let subcommand = ending.arguments.first.flatMap(Subcommand.init(rawValue:)) else { return }
        #expect(ending.code.meaning(of: subcommand) != nil)
    }

    @Test("show a duration in the form that the option takes")
    func durations() throws {
        let examples = try Self.options().map(\.valueName).filter { $0.wholeMatch(of: /[0-9.]+[a-z]+/) != nil }
        #expect(examples.count > 8)
        for example in examples { #expect(DurationText(argument: example) != nil, "\(example)") }
    }

    /// Of each subcommand, the options that take one value.
    private static func options() throws -> [(subcommand: String, option: String, valueName: String)] {
        let tool = try JSONSerialization.jsonObject(with: Data(LambdaStreamsCommand._dumpHelp().utf8)) as? [String: Any]
        let subcommands = (tool?["command"] as? [String: Any])?["subcommands"] as? [[String: Any]] ?? []
        return subcommands.flatMap { subcommand in
            (subcommand["arguments"] as? [[String: Any]] ?? []).compactMap { argument in
                let name = (argument["preferredName"] as? [String: Any])?["name"] as? String
                guard argument["kind"] as? String == "option", argument["isRepeating"] as? Bool == false, let name
                else { return nil }
                return (subcommand["commandName"] as? String ?? "", name, argument["valueName"] as? String ?? "")
            }
        }
    }

    @Test("refuse an option that is given twice and takes one value, before and behind its sign")
    func repeatedOptions() throws {
        let options = try Self.options()
        #expect(options.count > 80)
        for (subcommand, option, _) in options {
            for second in [["--\(option)", "2"], ["--\(option)=2"]] {
                let arguments = [subcommand, "--\(option)", "1"] + second + ["--", "f"]
                #expect(throws: ValidationError.self, "\(arguments)") { try RepeatedOption.refuse(in: arguments) }
            }
            try RepeatedOption.refuse(in: [subcommand, "--\(option)", "1", "--", "f", "--\(option)", "2"])
        }
        try RepeatedOption.refuse(in: ["invoke", "--event", "a", "--event", "b", "--watch", "--watch"])
    }

    @Test("are in the help of every subcommand and in the documentation")
    func documented() async throws {
        let page = Products.package.appendingPathComponent("Documentation/LambdaStreams.docc/Command.md")
        let documentation = try String(contentsOf: page, encoding: .utf8)
        let whole = try await CommandRun.lambdaStreams(["--help"]).output
        for subcommand in Subcommand.allCases {
            let help = try await CommandRun.lambdaStreams([subcommand.rawValue, "--help"]).output
            for code in CommandExit.allCases {
                guard let meaning = code.meaning(of: subcommand) else { continue }
                #expect(help.contains("  " + "\(code.rawValue)".padded(to: 5) + meaning + "\n"))
                #expect(whole.contains(meaning + "\n"))
                let row = code == .wrongOptions ? "| 64 | | \(meaning) |" : "| `\(subcommand.rawValue)` | \(meaning) |"
                #expect(documentation.contains(row), "\(code.rawValue) \(row)")
            }
        }
    }

    @Test("stand in help texts that fit a terminal", arguments: [[]] + Subcommand.allCases.map { [$0.rawValue] })
    func width(_ subcommand: [String]) async throws {
        let help = try await CommandRun.lambdaStreams(subcommand + ["--help"]).output
        // An option line that ArgumentParser has wrapped begins with spaces; one that it had to break does not.
        let examples = help.components(separatedBy: "USAGE:").first ?? ""
        let paragraphs = examples.components(separatedBy: "\n\n").filter { $0.hasPrefix("E") }
        #expect(!paragraphs.isEmpty)
        for line in paragraphs.joined(separator: "\n").split(separator: "\n") {
            #expect(line.hasPrefix("  ") || line == "EXAMPLES" || line == "EXIT CODES", "\(line)")
        }
    }
}
