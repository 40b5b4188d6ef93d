// The options of `redrive`: what is understood, what is refused, and how it ends.

import Foundation
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
            ("arn:aws:sqs:eu-central-1:123456789012:q", .queue("q")),
            ("s3://failed/aws/lambda/", .bucket("failed", prefix: "aws/lambda/")),
            ("s3://failed", .bucket("failed", prefix: "")),
            ("arn:aws:s3:::failed", .bucket("failed", prefix: "")),
            ("dynamodb:letters", .table("letters")),
            ("letters.jsonl", .file("letters.jsonl")), ("-", .file("-")),
        ]
    )
    func origins(_ text: String, _ origin: RedriveOrigin) {
        #expect(RedriveOrigin(argument: text) == origin)
    }

    @Test(
        "a place that is not complete is none",
        arguments: ["", "sqs:", "s3://", "arn:aws:sns:eu-central-1:1:t", "arn:x"]
    )
    func incomplete(_ text: String) {
        #expect(RedriveOrigin(argument: text) == nil)
    }

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
        #expect(run.output.contains("1 of 1 record was handled."))
        #expect(run.output.contains("--from \(path).remaining.jsonl"))
        #expect(run.errors.contains("line 2"))
        #expect(try folder.read("in.jsonl.remaining.jsonl") == "hello\n")
        #expect(try folder.read("out.jsonl").contains(#""SequenceNumber":"1""#))
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
    }
}
