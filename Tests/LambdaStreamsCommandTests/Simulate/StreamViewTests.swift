// What a simulation does with images that the stream of the template's table does not have.

import EventSourceMapping
import Foundation
import LambdaStreams
import Moto
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Simulate, the stream's view type")
struct StreamViewTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let oldStatus = #"{"dynamodb":{"OldImage":{"status":{"S":["OPEN"]}}}}"#

    private func template(_ view: String) throws -> String {
        try folder.write(
            """
            Resources:
              Orders: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: \(view)}}}
              Projector:
                Type: AWS::Serverless::Function
                Properties:
                  Events:
                    Changes:
                      Type: DynamoDB
                      Properties: {Stream: !GetAtt Orders.StreamArn, StartingPosition: TRIM_HORIZON}
            """,
            to: "template.yaml"
        )
    }

    private func simulate(_ options: [String], input: String? = nil) async throws -> (
        verdict: [String: Any], text: String
    ) {
        let run = try await CommandRun.lambdaStreams(
            ["simulate", "--output", "json"] + options + ["--", Products.scriptedFunction],
            input: input,
            environment: [
                "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
            ]
        )
        let verdict = try? JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        return (verdict ?? [:], run.output + run.errors)
    }

    /// The images of the records, and the view types that they name.
    private static func images(_ records: [RecordText]) throws -> (images: Set<String>, views: Set<String>) {
        var found: (images: Set<String>, views: Set<String>) = ([], [])
        for record in records {
            let event = try StreamEvent(Array(#"{"Records":["#.utf8) + record.json + Array("]}".utf8))
            let change = try #require(event.records.first)
            if change.newImage != nil { found.images.insert("NewImage") }
            if change.oldImage != nil { found.images.insert("OldImage") }
            if let view = change.streamViewType { found.views.insert(view.description) }
        }
        return found
    }

    @Test("generated records have the images of the view type alone", arguments: StreamView.allCases)
    func generated(_ view: StreamView) throws {
        let records = try GeneratedRecords(count: 300, keys: 10, rate: 100, shards: 1, seed: 1, view: view).records()
        let found = try Self.images(records)
        #expect(found.images == Set(["NewImage", "OldImage"]).subtracting(view.missingImages))
        #expect(found.views == [view.rawValue])
    }

    @Test("records of a file lose the other images", arguments: StreamView.allCases)
    func recordsOfFile(_ view: StreamView) throws {
        let text = try GeneratedRecords(count: 300, keys: 10, rate: 100, shards: 1, seed: 1).records()
            .map(\.json).joined(separator: [0x0A])
        let records = try RecordFile(name: "records", text: Array(text), view: view).records()
        let found = try Self.images(records)
        #expect(found.images == Set(["NewImage", "OldImage"]).subtracting(view.missingImages))
        #expect(records.contains(where: \.hasLeftOutImage) == (view != .newAndOldImages))
        let trimmed = records.filter(\.hasLeftOutImage)
        if !trimmed.isEmpty { #expect(try Self.images(trimmed).views == [view.rawValue]) }
        #expect(records.allSatisfy { $0.hasLeftOutImage || !view.missingImages.contains("OldImage") || !$0.isChange })
    }

    @Test("a filter on an image that the stream does not have matches nothing, and the verdict says so")
    func filter() async throws {
        let options = try ["--template", template("NEW_IMAGE"), "--filter", Self.oldStatus]
        let generated = try await simulate(options + ["--generate", "200"])
        #expect(generated.verdict["filtered"] as? Int == 200, "\(generated.text)")
        let warnings = try #require(generated.verdict["warnings"] as? [String])
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("no record is delivered") == true)
        #expect(warnings.first?.contains("StreamViewType leaves OldImage out") == true)
        let lines = try await CommandRun.lambdaStreams(
            ["generate-event", "--modify", "--count", "5", "--lines"]
        ).output
        let file = try await simulate(options + ["--records", "-"], input: lines)
        #expect(file.verdict["filtered"] as? Int == 5, "\(file.text)")
        #expect(
            (file.verdict["warnings"] as? [String])?.first
                == "The table's StreamViewType is NEW_IMAGE: OldImage was left out of 5 records."
        )
    }

    @Test("without a view type in the template records are delivered unchanged")
    func unknown() async throws {
        let lines = try await CommandRun.lambdaStreams(
            ["generate-event", "--modify", "--count", "5", "--lines"]
        ).output
        let run = try await simulate(["--filter", Self.oldStatus, "--records", "-"], input: lines)
        #expect(run.verdict["handled"] as? Int == 5 && run.verdict["warnings"] as? [String] == [], "\(run.text)")
    }

    @Test("a live stream's own view type decides")
    func live() async throws {
        let moto = try Moto.shared()
        let table = "views-\(UUID().uuidString)"
        try await moto.createTable(table, key: "id", hasStream: true, view: "KEYS_ONLY")
        let run = try await simulate([
            "--table", table, "--endpoint-url", moto.endpoint, "--checkpoint-file", folder.file("place"),
            "--until-idle",
            "300ms", "--filter", Self.oldStatus,
        ])
        let warnings = try #require(run.verdict["warnings"] as? [String], "\(run.text)")
        #expect(warnings.contains { $0.contains("StreamViewType leaves OldImage out") })
    }
}

extension RecordText {
    /// Whether it is of an item that was there before.
    fileprivate var isChange: Bool { !String(decoding: json, as: UTF8.self).contains(#""eventName":"INSERT""#) }
}
