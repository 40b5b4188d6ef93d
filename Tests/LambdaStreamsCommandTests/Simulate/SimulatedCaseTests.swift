// Every case of the mapping through the command, with a function process that answers by the case's script: the
// delivery log is that of the mapping alone, byte for byte.

import EventSourceMapping
import Foundation
import MappingCases
import TemporaryFiles
import Testing

@Suite("Cases through simulate")
struct SimulatedCaseTests {
    static let cases = MappingCase.all.filter { !$0.needsPlatform }

    @Test("most cases can be played by a process")
    func present() {
        #expect(Self.cases.count > 60)
    }

    @Test("each case ends as it does in process", arguments: cases)
    func each(_ mappingCase: MappingCase) async throws {
        let folder = try TemporaryFolder()
        let mapping = try folder.write(String(decoding: mappingCase.configuration, as: UTF8.self), to: "mapping.json")
        let records = try folder.write(mappingCase.records.map(Self.line).joined(), to: "records.jsonl")
        let file = Products.package.appendingPathComponent("Tests/MappingCases/Cases/\(mappingCase.name).json").path
        var arguments = [
            "simulate", "--mapping", mapping, "--records", records, "--seed", "1", "--no-advice",
            "--log", folder.file("log.jsonl"), "--destination-log", folder.file("failed.jsonl"),
            "--undeliverable-first", "\(mappingCase.destinationFailures)",
        ]
        if let start = mappingCase.start { arguments += ["--start", start.description] }
        if let outage = mappingCase.interruptions.first {
            let from = outage.lowerBound.milliseconds - (mappingCase.start ?? MappingCase.epoch).milliseconds
            let to = outage.upperBound.milliseconds - (mappingCase.start ?? MappingCase.epoch).milliseconds
            arguments += ["--outage", "\(from)ms-\(to)ms"]
        }
        arguments += Self.options(mappingCase.policies)
        arguments += ["--", Products.scriptedFunction, "--case", file]
        let run = try await CommandRun.lambdaStreams(arguments)
        let expected = try await mappingCase.run(seed: 1)
        let log = try folder.read("log.jsonl").replacing(
            "a rehearsed failure of the destination",
            with: "403 AccessDenied"
        )
        #expect(log == expected.log, "\(mappingCase.title) \(run.errors)")
        let messages = try folder.read("failed.jsonl").split(separator: "\n")
        #expect(messages.count == expected.messages.count)
        #expect(try run.status == Self.status(expected, mappingCase))
    }

    private static func line(_ record: CaseRecord) -> String {
        let parent = record.parentID.map { #""parentShardId":"\#($0)","# } ?? ""
        let json = String(decoding: record.json, as: UTF8.self)
        return #"{"shardId":"\#(record.shardID)",\#(parent)"record":\#(json)}"# + "\n"
    }

    private static func options(_ policies: MappingPolicies) -> [String] {
        [
            "--split-rounding", policies.splitRounding.rawValue,
            "--partly-expired-batch", policies.partlyExpiredBatch.rawValue,
            "--state-after-partial-failure", policies.stateAfterPartialFailure.rawValue,
            "--state-after-early-termination", policies.stateAfterEarlyTermination.rawValue,
            "--parallel-checkpoint", policies.parallelCheckpoint.rawValue,
            "--unreadable-response", policies.unreadableResponse.rawValue,
        ] + (policies.consolidatesAdjacentFailures ? ["--consolidate-failures"] : [])
    }

    /// 4 where anything was dropped or a report was ignored, 3 where a message was sent, else 0.
    private static func status(_ deliveries: Deliveries, _ mappingCase: MappingCase) throws -> Int32 {
        let hasDropped = deliveries.entries.contains { if case .dropped = $0 { true } else { false } }
        let mapping = try EventSourceMappingConfiguration(json: mappingCase.configuration)
        let ignoresReports =
            !mapping.reportsBatchItemFailures && deliveries.warnings.contains { $0.contains("batchItemFailures") }
        if hasDropped || ignoresReports { return 4 }
        if !deliveries.messages.isEmpty { return 3 }
        // What was written before a mapping that starts at LATEST is not delivered.
        return deliveries.warnings.contains { $0.contains("LATEST") } ? 1 : 0
    }
}
