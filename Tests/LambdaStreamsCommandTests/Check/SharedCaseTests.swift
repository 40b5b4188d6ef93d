// The inputs that were answered wrongly once, where the folder with them is there; the sweep has the project's own.

import Foundation
import Testing

@testable import LambdaStreamsCommand

@Suite("Inputs with right answers")
struct SharedCaseTests {
    struct Row: Sendable, CustomStringConvertible {
        let file: String
        /// The codes about filters, permissions and what is refused or not known.
        let codes: [String]
        /// What `simulate` says, and with which exit code.
        var simulate: (status: Int32, says: String)?
        var description: String { file }
    }

    static let rows: [Row] = [
        Row(file: "filters-empty-object.yaml", codes: ["refused"], simulate: (2, "Invalid filter pattern definition.")),
        Row(
            file: "filters-wrong-name.yaml",
            codes: ["refused"],
            simulate: (2, "FilterCriteria field has a wrong format")
        ),
        Row(
            file: "destination-wrong-name.yaml",
            codes: ["refused"],
            simulate: (2, "[DestinationArn] is not permitted")
        ),
        Row(file: "missing-stream.yaml", codes: ["refused"], simulate: (2, "Missing required property 'Stream'.")),
        Row(file: "fifo-unnamed.yaml", codes: ["refused"], simulate: (2, "standard SQS queue")),
        Row(file: "role-connector.yaml", codes: []),
        Row(file: "destination-connector.yaml", codes: []),
        Row(file: "role-imported-policy.yaml", codes: ["permission-unknown"]),
        Row(file: "role-notaction.yaml", codes: []),
        Row(file: "role-if.yaml", codes: ["permission-unknown"]),
        Row(
            file: "exists-on-list.yaml",
            codes: ["filter-exists-on-object"],
            simulate: (0, "\"exists\" sees values alone")
        ),
        Row(file: "number-literal.yaml", codes: ["filter-numeric-on-string"], simulate: (0, "writes numbers as text")),
        Row(file: "numeric-nested.yaml", codes: ["filter-numeric-on-string"], simulate: (0, "writes numbers as text")),
        Row(file: "newimage-absent.json", codes: ["missing-destination-permission"]),
        Row(
            file: "filter-unknown-parameter.yaml",
            codes: ["unknown-setting"],
            simulate: (2, "the parameter Tenant has no default")
        ),
    ]

    private static let folder = Products.package.appendingPathComponent("../shared/cases/templates").standardizedFileURL
    private static let isThere = FileManager.default.fileExists(atPath: folder.path)
    private static let kinds = ["refused", "unknown", "filter-", "permission"]

    @Test("are answered right by check", .enabled(if: isThere), arguments: rows)
    func check(_ row: Row) throws {
        let template = try Template(file: Self.folder.appendingPathComponent(row.file).path)
        let advice = try TemplateCheck(template).advice()
        let codes = advice.flatMap(\.advice).map(\.code)
        #expect(codes.filter { code in Self.kinds.contains { code.contains($0) } } == row.codes)
        if row.codes == ["unknown-setting"] { #expect(CheckReport(advice).exit == .unknown) }
    }

    @Test("are answered alike by simulate", .enabled(if: isThere), arguments: rows.filter { $0.simulate != nil })
    func simulate(_ row: Row) async throws {
        let expected = try #require(row.simulate)
        let run = try await CommandRun.lambdaStreams(
            [
                "simulate", "--template", Self.folder.appendingPathComponent(row.file).path, "--generate", "3", "--",
                Products.executable("OrderProjector"),
            ]
        )
        #expect(run.status == expected.status, "\(run.output) \(run.errors)")
        #expect((run.output + run.errors).contains(expected.says), "\(run.output) \(run.errors)")
    }

    @Test("the mappings of a loop are checked too", .enabled(if: isThere))
    func loop() throws {
        let template = try Template(file: Self.folder.appendingPathComponent("foreach-mixed.yaml").path)
        let advice = try TemplateCheck(template).advice()
        #expect(advice.map(\.mapping) == ["Safe.S", "OrdersReader.S", "UsersReader.S"])
        #expect(advice[0].advice == [])
        #expect(advice[1].advice.map(\.code) == advice[2].advice.map(\.code))
        #expect(!advice[1].advice.isEmpty)
    }
}
