// The options of `redrive`: what is understood, what is refused, and how it ends.

import AWSServices
import ArgumentParser
import EventSourceMapping
import Foundation
import RecordReplay
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Redrive, the command")
struct RedriveCommandTests {
    @Test(
        "a place is a queue, a bucket or a file",
        arguments: [
            ("sqs:orders-failed", RedriveOrigin.queue("orders-failed")),
            ("sqs:https://sqs.eu-central-1.amazonaws.com/1/q", .queue("https://sqs.eu-central-1.amazonaws.com/1/q")),
            ("https://sqs.eu-central-1.amazonaws.com/1/q", .queue("https://sqs.eu-central-1.amazonaws.com/1/q")),
            ("arn:aws:sqs:eu-central-1:123456789012:q", .queue("arn:aws:sqs:eu-central-1:123456789012:q")),
            ("s3://failed/aws/lambda/", .bucket("failed", prefix: "aws/lambda/")),
            ("s3://failed", .bucket("failed", prefix: "")),
            ("arn:aws:s3:::failed", .bucket("failed", prefix: "")),
            ("dynamodb:letters", .table("letters")),
            ("letters.jsonl", .file("letters.jsonl")), ("-", .file("-")),
            (
                "stream:arn:aws:dynamodb:eu-central-1:1:table/t/stream/2026-01-01T00:00:00.000",
                .stream("arn:aws:dynamodb:eu-central-1:1:table/t/stream/2026-01-01T00:00:00.000")
            ),
            (
                "arn:aws:dynamodb:eu-central-1:1:table/t/stream/2026-01-01T00:00:00.000",
                .stream("arn:aws:dynamodb:eu-central-1:1:table/t/stream/2026-01-01T00:00:00.000")
            ),
        ]
    )
    func origins(_ text: String, _ origin: RedriveOrigin) throws {
        #expect(try RedriveOrigin(place: text) == origin)
    }

    @Test(
        "a place that is not complete is none",
        arguments: [
            ("", "A place has a name."), ("sqs:", "a queue's name"), ("s3://", "a bucket's name"),
            ("arn:aws:sns:eu-central-1:1:t", "A topic keeps no messages"), ("arn:x", "not an ARN"),
            ("stream:", "A stream's ARN is"), ("stream:orders", "A stream's ARN is"),
            ("stream:arn:aws:dynamodb:eu-central-1:1:table/t", "That is the table's ARN, and the stream's is"),
            ("arn:aws:dynamodb:eu-central-1:123456789012:table/t", "give dynamodb:t."),
            ("stream:arn:aws:sqs:eu-central-1:1:t", "A stream's ARN is"),
            ("arn:aws:sqs:eu-central-1:1:t", "A queue's ARN is arn:partition:sqs:region:account:name."),
            ("arn:aws:s3:::failed/aws/lambda/", "A bucket's ARN is"),
        ]
    )
    func incomplete(_ text: String, _ says: String) async throws {
        #expect(throws: ValidationError.self) { try RedriveOrigin(place: text) }
        let run = try await CommandRun.lambdaStreams(["redrive", "--from", text, "--dry-run"])
        #expect(run.status == 64 && run.errors.contains(says), "\(run.errors)")
    }

    private static let ofStream = ["--from", "stream:arn:aws:dynamodb:eu-central-1:1:table/t/stream/2026"]

    @Test(
        "options that contradict each other are refused with a sentence",
        arguments: [
            (["--from", "f"], "Say where the records go"),
            (["--from", "f", "--save", "d", "--to", "file", "x"], "--save keeps records"),
            (["--from", "f", "--save", "d", "--dry-run"], "--save and --dry-run"),
            (["--from", "sqs:q", "--remaining", "r", "--dry-run"], "--remaining is for files"),
            (["--from", "f", "--delete-objects", "--dry-run"], "--delete-objects"),
            (["--from", "f", "--visibility-timeout", "60s", "--dry-run"], "--visibility-timeout is for queues"),
            (["--from", "sqs:q", "--visibility-timeout", "1s", "--dry-run"], "3s to 12h"),
            (["--from", "f", "--unfiltered", "--filter", "{}", "--dry-run"], "the filters come from one place"),
            (["--from", "f", "--function", "F", "--dry-run"], "--function needs --template"),
            (["--from", "f", "--shard", "s", "--dry-run"], "--shard is for --from stream:ARN"),
            (["--from", "sqs:q", "--progress-file", "p", "--dry-run"], "--progress-file is for --from stream:ARN"),
            (Self.ofStream + ["--sequence-number", "1", "--dry-run"], "--sequence-number needs --shard"),
            (Self.ofStream + ["--shard", "s", "--sequence-number", "x", "--dry-run"], "takes the digits"),
            (
                Self.ofStream + [
                    "--shard", "s", "--sequence-number", "1", "--since", "2026-01-01T00:00:00Z", "--dry-run",
                ],
                "the reading has one beginning"
            ),
            (Self.ofStream + ["--save", "d"], "--save is for messages"),
            (Self.ofStream + ["--discard-lost", "--dry-run"], "--discard-lost is for messages"),
            (Self.ofStream + ["--delete-objects", "--dry-run"], "--delete-objects is for messages"),
            (Self.ofStream + ["--remaining", "r", "--dry-run"], "--remaining is for files"),
            (Self.ofStream + ["--visibility-timeout", "60s", "--dry-run"], "--visibility-timeout is for queues"),
            (["--from", "f", "--guard", "last-applied", "--skip-if-newer", "v", "--dry-run"], "one of them decides"),
            (["--dry-run"], "--from"),
            (["--from", "sqs:", "--dry-run"], "--from"),
        ]
    )
    func contradictions(_ arguments: [String], _ says: String) async throws {
        let run = try await CommandRun.lambdaStreams(["redrive"] + arguments)
        #expect(run.status == 64, "\(run.errors)")
        #expect(run.errors.contains(says), "\(run.errors)")
    }

    @Test("a file is redriven to a file; what is not understood remains, and ends with 1")
    func file() async throws {
        let folder = try TemporaryFolder()
        let record =
            #"{"eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"a"}},"NewImage":{"id":{"S":"a"}},"SequenceNumber":"1"}}"#
        let path = try folder.write(record + "\nhello\n", to: "in.jsonl")
        let run = try await CommandRun.lambdaStreams(
            ["redrive", "--from", path, "--to", "file", folder.file("out.jsonl")]
        )
        #expect(run.status == 1, "\(run.output) \(run.errors)")
        #expect(run.output.contains("1 of 1 record handled."))
        #expect(run.output.contains("\(path).remaining.jsonl"))
        #expect(run.errors.contains("line 2"))
        #expect(try folder.read("in.jsonl.remaining.jsonl") == "hello\n")
        #expect(try folder.read("out.jsonl").contains(#""SequenceNumber":"1""#))
        // The same command again tries what remains, as it is or repaired, and at last says that there is nothing.
        let again = ["redrive", "--from", path, "--to", "file", folder.file("out.jsonl")]
        #expect(try await CommandRun.lambdaStreams(again).status == 1)
        let repaired = record.replacingOccurrences(of: #""1""#, with: #""2""#)
        _ = try folder.write(repaired, to: "in.jsonl.remaining.jsonl")
        let dry = try await CommandRun.lambdaStreams(["redrive", "--from", path, "--dry-run"])
        #expect(dry.output.contains("1 record would be handled"), "\(dry.output)")
        #expect(try await CommandRun.lambdaStreams(again).status == 0)
        #expect(try folder.read("out.jsonl").contains(#""SequenceNumber":"2""#))
        let last = try await CommandRun.lambdaStreams(again)
        #expect(last.status == 0 && last.output.contains("have worked through"), "\(last.output)")
        #expect(!FileManager.default.fileExists(atPath: path + ".remaining.jsonl"))
        // Standard input has no progress; what remains goes where that is said.
        let piped = try await CommandRun.lambdaStreams(
            [
                "redrive", "--from", "-", "--to", "file", folder.file("piped.jsonl"), "--remaining",
                folder.file("rest.jsonl"), "--json",
            ],
            input: record
        )
        #expect(piped.status == 0, "\(piped.output) \(piped.errors)")
        #expect(piped.output.contains(#""handled":1"#))
    }

    @Test("a file that is not there, a queue that is not there: 2, and a sentence")
    func absent() async throws {
        let run = try await CommandRun.lambdaStreams(["redrive", "--from", "/nowhere/x", "--dry-run"])
        #expect(run.status == 2)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("/nowhere/x cannot be read"), "\(run.errors)")
        let queue = try await CommandRun.lambdaStreams(
            ["redrive", "--from", "sqs:q", "--dry-run", "--endpoint-url", "http://127.0.0.1:9"]
        )
        #expect(queue.status == 2)
        #expect(queue.errors.contains("The queue q cannot be read"))
        let table = try await CommandRun.lambdaStreams(
            ["redrive", "--from", "dynamodb:t", "--dry-run", "--endpoint-url", "http://127.0.0.1:9"]
        )
        #expect(table.status == 2)
        #expect(table.errors.contains("The table t cannot be read"), "\(table.errors)")
    }

    @Test("windows refuse what is redriven, and what is not selected is not to be tried again: both are said")
    func windows() async throws {
        let folder = try TemporaryFolder()
        let record = #"{"eventName":"REMOVE","dynamodb":{"Keys":{"id":{"S":"a"}},"SequenceNumber":"1"}}"#
        let letter = #"{"version":"1.0","reason":"Permanent","record":\#(record)}"#
        let letters = try folder.write(letter + "\n", to: "letters.jsonl")
        let mapping = try folder.write(#"{"TumblingWindowInSeconds":60}"#, to: "mapping.json")
        let command = ["redrive", "--from", letters, "--mapping", mapping, "--only", "id=b"]
        let run = try await CommandRun.lambdaStreams(command + ["--", Products.scriptedFunction])
        let errors = run.errors.split(separator: "\n").joined(separator: " ")
        #expect(errors.contains("a TumblingWindowProcessor refuses it"), "\(run.errors)")
        let output = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(output.contains("It was not selected: --only and --since leave it out."), "\(run.output)")
    }

    @Test("a template needs no values of settings that a redrive does not use")
    func unknownSettings() async throws {
        let folder = try TemporaryFolder()
        let template = try folder.write(
            """
            Parameters:
              Batch: { Type: Number }
            Resources:
              Orders:
                Type: AWS::Serverless::Function
                Properties:
                  Handler: bootstrap
                  Runtime: provided.al2023
                  CodeUri: .
                  Events:
                    Changes:
                      Type: DynamoDB
                      Properties:
                        Stream: arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000
                        StartingPosition: LATEST
                        BatchSize: !Ref Batch
                        FilterCriteria:
                          Filters:
                            - Pattern: '{"eventName":["INSERT"]}'
            """,
            to: "template.yaml"
        )
        let record = #"{"eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"a"}},"SequenceNumber":"1"}}"#
        let path = try folder.write(record + "\n", to: "in.jsonl")
        let run = try await CommandRun.lambdaStreams(["redrive", "--from", path, "--template", template, "--dry-run"])
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        #expect(run.output.contains("1 record would be handled"), "\(run.output)")
    }

    @Test("a dry run of a source that cannot be read to its end does not say that all is well")
    func brokenInDryRun() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(#"[{"dynamodb":{"Keys":{"id":{"S":"a"}},"SequenceNumber":"1"}},"#, to: "list.json")
        let run = try await CommandRun.lambdaStreams(["redrive", "--from", path, "--dry-run"])
        #expect(run.status == 1, "\(run.output)")
        #expect(run.output.contains("could not be read to its end"), "\(run.output)")
    }

    @Test("the progress shows records of records, or messages of messages where those are what is counted")
    func progressLine() async throws {
        /// Fails for two of the 302 records.
        struct Target: ReplayTarget {
            func handle(_ event: [UInt8]) async -> InvocationOutcome {
                String(decoding: event, as: UTF8.self).contains("bad") ? .functionError(message: "bad") : .success
            }
        }
        let folder = try TemporaryFolder()
        let lines = (1...302).map { number in
            let key = number > 300 ? "bad-\(number)" : "o-\(number)"
            return #"{"dynamodb":{"Keys":{"id":{"S":"\#(key)"}},"SequenceNumber":"\#(number)"}}"# + "\n"
        }
        let source = MessageFileSource(
            path: try folder.write(lines.joined(), to: "records"),
            recovery: FailureRecovery(reader: StreamRangeReader(DynamoDBStreamsClient()))
        )
        var options = ReplayOptions()
        (options.attempts, options.batchSize) = (1, 1)
        let summary = await Replay(from: source, to: Target(), options: options).run()
        func line(_ total: ReplayTotal?) -> String {
            ReplayPrinter.progress(summary, of: total, settled: 40, after: .seconds(10))
        }
        #expect(line(nil) == "302 records · 30/s · 2 failed")
        #expect(line(.records(604)) == "302 of 604 records · 30/s · 10 s left · 2 failed")
        #expect(
            line(.parcels(120, name: "messages")) == "302 records · 30/s · 40 of 120 messages · 20 s left · 2 failed"
        )
        // More came meanwhile.
        #expect(line(.parcels(30, name: "messages")).contains("40 of 40 messages · 0 s left"))
    }
}
