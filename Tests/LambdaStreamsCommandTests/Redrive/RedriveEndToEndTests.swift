// From failures under `simulate --send` to a whole projection, by `redrive`.

import AWSServices
import Foundation
import Moto
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Redrive, from end to end")
struct RedriveEndToEndTests {
    private let failed: FailedTable

    init() throws { failed = try FailedTable() }

    @Test("through the repaired function the projection becomes that of a run without failures")
    func whole() async throws {
        let (table, queue) = try await failed.fail()
        let dry = try await failed.command(
            [
                "redrive", "--from", "sqs:\(failed.name)", "--endpoint-url", failed.moto.endpoint, "--unfiltered",
                "--dry-run",
            ]
        )
        #expect(dry.status == 0, "\(dry.output) \(dry.errors)")
        #expect(dry.output.contains("would be handled"))
        #expect(dry.output.contains("GetRecords"))
        // Saved, the records outlive the stream.
        let saved = try await failed.command(
            [
                "redrive", "--from", "sqs:\(failed.name)", "--endpoint-url", failed.moto.endpoint, "--unfiltered",
                "--save",
                failed.folder.file("saved"), "--json",
            ]
        )
        #expect(saved.status == 0, "\(saved.output) \(saved.errors)")
        let run = try await failed.command(failed.redrive())
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        #expect(run.errors.contains("--skip-if-newer"))
        #expect(failed.projection() == table)
        #expect(try await failed.bodies(queue).isEmpty)
        // Nothing is left to do.
        let again = try await failed.command(failed.redrive())
        #expect(again.status == 0 && again.output.contains("There were no records."), "\(again.output)")
        // And the saved file alone brings back the same.
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: failed.folder.file("saved")).first)
        let count = failed.changes().count
        let fromFile = try await failed.command(
            [
                "redrive", "--from", failed.folder.file("saved/\(file)"), "--to", "file",
                failed.folder.file("records.jsonl"),
                "--endpoint-url", "http://127.0.0.1:9",
            ]
        )
        #expect(fromFile.status == 0, "\(fromFile.output) \(fromFile.errors)")
        #expect(failed.changes().count == count)
        let records = try String(contentsOfFile: failed.folder.file("records.jsonl"), encoding: .utf8)
        #expect(records.split(separator: "\n").count > 30)
    }
}
