// The sweep: templates in the shapes of SAM, CloudFormation and CDK, with the findings that are right, as data.

import EventSourceMapping
import Foundation
import Testing

@testable import LambdaStreamsCommand

/// A template of `Tests/CheckTemplates` with what `expected.json` says of it.
struct SweptTemplate: Sendable, CustomStringConvertible {
    let file: String
    let parameters: [String: String]
    let exit: Int32
    let findings: [String: [String]]
    var description: String { file }

    private struct Expectation: Decodable {
        let why: String
        let exit: Int32
        let mappings: [String: [String]]
        let parameters: [String: String]?
    }

    static let folder = Products.package.appendingPathComponent("Tests/CheckTemplates")

    static let all: [SweptTemplate] = {
        guard let data = try? Data(contentsOf: folder.appendingPathComponent("expected.json")),
            let expected = try? JSONDecoder().decode([String: Expectation].self, from: data)
        else { return [] }
        return expected.sorted { $0.key < $1.key }.map { file, expectation in
            SweptTemplate(
                file: file,
                parameters: expectation.parameters ?? [:],
                exit: expectation.exit,
                findings: expectation.mappings
            )
        }
    }()

    var path: String { Self.folder.appendingPathComponent(file).path }

    func template() throws -> Template { try Template(file: path, parameters: parameters) }
}

@Suite("The sweep of check")
struct SweepTests {
    @Test("there are templates of all three shapes, and each has an expectation")
    func count() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: SweptTemplate.folder.path)
        #expect(Set(files) == Set(SweptTemplate.all.map(\.file) + ["expected.json"]))
        for shape in ["sam-", "cfn-", "cdk-"] {
            #expect(SweptTemplate.all.count { $0.file.hasPrefix(shape) } >= 14)
        }
    }

    @Test("each template has the findings that are right, and no others", arguments: SweptTemplate.all)
    func findings(_ swept: SweptTemplate) throws {
        let advice = try TemplateCheck(swept.template()).advice()
        let found = Dictionary(advice.map { ($0.mapping, $0.advice.map(\.code)) }) { $0 + $1 }
        #expect(found == swept.findings)
        #expect(CheckReport(advice).exit.rawValue == swept.exit)
        for one in advice.flatMap(\.advice) {
            #expect(one.summary.hasSuffix(".") && one.reason.hasSuffix(".") && !one.fix.isEmpty, "\(one)")
        }
    }

    @Test("no fix recommends retries with which one crash discards a healthy record", arguments: SweptTemplate.all)
    func recommendations(_ swept: SweptTemplate) throws {
        let template = try swept.template()
        for mapping in template.mappings {
            let facts = MappingFacts(mapping, in: template)
            let lease = Duration.seconds(facts.leaseSeconds ?? (mapping.function?.knownTimeout ?? 30) + 2)
            for advice in facts.advice {
                for match in advice.fix.matches(of: /MaximumRetryAttempts: (\d+)/) {
                    let retries = try #require(Int(match.1))
                    #expect(MappingPolicies().backoff.total(retries: retries) > lease, "\(advice.fix)")
                }
                #expect(mapping.isServerless || !advice.fix.contains("Type: S3"), "\(advice.fix)")
                #expect(facts.batchSize != 1 || !advice.fix.contains("Bisect"), "\(advice.fix)")
            }
        }
    }
}
