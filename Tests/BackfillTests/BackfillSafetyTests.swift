// What speaks against a backfill before it begins: one case for each way in which it could go wrong.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import HTTPScripting
import RecordReplay
import Testing

@Suite("The safety of a backfill")
struct BackfillSafetyTests {
    private static let now = MappingInstant(iso8601: "2026-03-01T12:00:00Z") ?? .distant

    private func safety(
        _ mapping: String? = nil,
        _ change: (inout BackfillSafety) -> Void = { _ in }
    ) async throws -> [BackfillSafety.Finding] {
        var safety = BackfillSafety(
            stream: ordersStream,
            destination: .function(name: "projector"),
            protection: .lastApplied,
            mappings: [],
            itemsAsOf: Self.now
        )
        let reports = #""FunctionResponseTypes":["ReportBatchItemFailures"]"#
        if let mapping { safety.mappings = try await mappings("{\"UUID\":\"m-1\",\(reports),\(mapping)}") }
        change(&safety)
        return safety.findings
    }

    /// Mappings as Lambda lists them.
    private func mappings(_ json: String) async throws -> [FunctionMapping] {
        let server = try ScriptedServer { _ in .status(200, body: #"{"EventSourceMappings":[\#(json)]}"#) }
        return try await LambdaClient(client(of: server)).eventSourceMappings(function: "projector")
    }

    @Test("a mapping that has read the stream for long has nothing against it", arguments: ["LATEST", "TRIM_HORIZON"])
    func enabled(position: String) async throws {
        let old = #""State":"Enabled","StartingPosition":"\#(position)","LastModified":1.7722E9"#
        #expect(try await safety(old).isEmpty)
    }

    @Test("a mapping from LATEST of this minute may miss changes; one from TRIM_HORIZON does not")
    func young() async throws {
        let seconds = Self.now.milliseconds / 1_000 - 60
        func young(_ position: String) -> String {
            #""State":"Enabled","StartingPosition":"\#(position)","LastModified":\#(seconds).123"#
        }
        let finding = try #require(try await safety(young("LATEST")).first)
        #expect(finding.isRefusal)
        #expect(finding.description.contains("since 2026-03-01T12:04:00"))
        #expect(try await safety(young("TRIM_HORIZON")).isEmpty)
        // But not further back than the stream itself.
        let export = try await safety(young("TRIM_HORIZON")) { safety in
            safety.itemsAsOf = MappingInstant(iso8601: "2025-12-31T00:00:00Z") ?? Self.now
            safety.isExport = true
        }
        #expect(export.first?.isRefusal == true)
    }

    @Test("no mapping, a disabled one, and mappings that cannot be listed are refused, each with what to do")
    func notReading() async throws {
        for (findings, words) in [
            (try await safety(), "Create the mapping"),
            (
                try await safety(#""State":"Disabled","LastModified":1.7722E9"#),
                "update-event-source-mapping --uuid m-1"
            ),
            (try await safety { $0.mappings = nil }, "lambda:ListEventSourceMappings"),
            (try await safety { $0.destination = .process(name: "bootstrap") }, "--stream-read-since"),
        ] {
            #expect(findings.filter(\.isRefusal).count == 1 && findings.first?.isRefusal == true)
            #expect(findings.first?.description.contains(words) == true)
        }
    }

    @Test("the user's word counts, if the items are not older than it")
    func readSince() async throws {
        let before = MappingInstant(iso8601: "2026-03-01T11:00:00Z")
        let after = MappingInstant(iso8601: "2026-03-01T13:00:00Z")
        #expect(try await safety { $0.streamReadSince = before }.isEmpty)
        #expect(try await safety { $0.streamReadSince = after }.first?.isRefusal == true)
        let process = try await safety { safety in
            safety.destination = .process(name: "bootstrap")
            safety.streamReadSince = before
        }
        // Its numbers are perhaps not those of the function that live records come to.
        #expect(process.map(\.isRefusal) == [false])
        #expect(process.first?.description.contains("prefix") == true)
    }

    @Test("filters that a key of the user's encrypts are not known, which is said")
    func hiddenFilters() async throws {
        let old = #""State":"Enabled","StartingPosition":"TRIM_HORIZON","LastModified":1.7722E9"#
        let key = #","KMSKeyArn":"arn:aws:kms:eu-central-1:123456789012:key/1""#
        let findings = try await safety(old + key)
        #expect(findings.map(\.isRefusal) == [false])
        #expect(findings.first?.description.contains("encrypts its filters") == true)
        let listed = #","FilterCriteria":{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"}]}"#
        #expect(try await safety(old + key + listed).isEmpty)
    }

    @Test("aggregates over windows are refused")
    func windows() async throws {
        let findings = try await safety(#""State":"Enabled","LastModified":1.7722E9,"TumblingWindowInSeconds":60"#)
        #expect(findings.first?.isRefusal == true)
        #expect(findings.first?.description.contains("cannot be backfilled") == true)
    }

    @Test("without a word about the guard it is refused; without a guard, and with a comparison, it is warned of")
    func protection() async throws {
        let mapping = #""State":"Enabled","LastModified":1.7722E9"#
        let unknown = try await safety(mapping) { $0.protection = .unknown }
        #expect(unknown.map(\.isRefusal) == [true])
        #expect(unknown.first?.description.contains("--guard last-applied") == true)
        #expect(try await safety(mapping) { $0.protection = .none }.map(\.isRefusal) == [false])
        #expect(try await safety(mapping) { $0.protection = .currentItem }.map(\.isRefusal) == [false])
    }

    @Test("a stream whose numbers are lower than a backfill's is refused where numbers decide")
    func localNumbers() async throws {
        let mapping = #""State":"Enabled","LastModified":1.7722E9"#
        let local = SequenceNumber("000000000000000000001")
        #expect(try await safety(mapping) { $0.lowestSequenceNumber = local }.map(\.isRefusal) == [true])
        let unguarded = try await safety(mapping) { safety in
            safety.lowestSequenceNumber = local
            safety.protection = .none
        }
        #expect(unguarded.map(\.isRefusal) == [false, false])
        let real = SequenceNumber("100000000000000000000")
        #expect(try await safety(mapping) { $0.lowestSequenceNumber = real }.isEmpty)
    }

    @Test("an image that the function never sees live is warned of", arguments: [StreamViewType.keysOnly, .oldImage])
    func view(type: StreamViewType) async throws {
        let stream = BackfillStream(streamARN: ordersStream.streamARN, keyNames: ["id"], viewType: type)
        let findings = try await safety(#""State":"Enabled","LastModified":1.7722E9"#) { $0.stream = stream }
        #expect(findings.map(\.isRefusal) == [false])
        #expect(findings.first?.description.contains("\(type)") == true)
        // Also where nothing else is to be said: a file is applied by whoever reads it.
        let file = try await safety { safety in
            safety.stream = stream
            safety.destination = .file
            safety.protection = .unknown
        }
        #expect(file.map(\.isRefusal) == [false])
    }

    @Test("a mapping that reads responses otherwise is warned of")
    func responses() async throws {
        let findings = try await safety(#""State":"Enabled","LastModified":1.7722E9"#) { safety in
            safety.reportsBatchItemFailures = false
        }
        #expect(findings.map(\.isRefusal) == [false])
        #expect(findings.first?.description.contains("batchItemFailures") == true)
    }

    @Test("an export and numbers that expire are warned of")
    func age() async throws {
        let findings = try await safety(#""State":"Enabled","LastModified":1.7722E9"#) { $0.isExport = true }
        #expect(findings.map(\.isRefusal) == [false])
        #expect(findings.first?.description.contains("lifetime") == true)
    }
}

extension MappingInstant {
    fileprivate static let distant = MappingInstant(milliseconds: 0)
}
