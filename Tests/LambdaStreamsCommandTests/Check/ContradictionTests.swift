// What `check` says and what `simulate` does are compared over all templates of the sweep.

import ArgumentParser
import DynamoDBStreamEvents
import EventSourceMapping
import Foundation
import Testing

@testable import LambdaStreamsCommand

@Suite("Check and simulate")
struct ContradictionTests {
    /// A mapping that both commands can be asked about.
    struct Case: Sendable, CustomStringConvertible {
        let swept: SweptTemplate
        let function: String
        let event: String
        var description: String { "\(swept.file) \(function).\(event)" }

        func facts() throws -> MappingFacts {
            let template = try swept.template()
            return MappingFacts(try template.mapping(ofFunction: function, event: event), in: template)
        }

        /// As `simulate` reads it.
        func settings() throws -> MappingSettings {
            let parameters = swept.parameters.flatMap { ["--parameter", "\($0.key)=\($0.value)"] }
            return try MappingOptions.parse(
                ["--template", swept.path, "--function", function, "--event", event] + parameters
            ).settings()
        }
    }

    static let cases: [Case] = SweptTemplate.all.flatMap { swept in
        let mappings = (try? swept.template().mappings) ?? []
        return mappings.compactMap { mapping in
            mapping.function.map { Case(swept: swept, function: $0.logicalID, event: mapping.name) }
        }
    }

    @Test("there are cases")
    func count() { #expect(Self.cases.count > 100) }

    @Test("simulate refuses what check says AWS refuses or what is not known, and nothing else", arguments: cases)
    func refusals(_ one: Case) throws {
        let codes = Set(try one.facts().advice.map(\.code))
        let isRefused = !codes.isDisjoint(with: CheckRule.impossible.union(["refused", "unknown-setting"]))
        do {
            _ = try one.settings()
            #expect(!isRefused)
        } catch let error as any UserFacingError {
            #expect(isRefused, "\(error)")
            let isUnknown = if case .unknownSettings? = error as? TemplateError { true } else { false }
            #expect(codes.contains("refused") || isUnknown || !codes.isDisjoint(with: CheckRule.impossible), "\(error)")
        }
    }

    @Test("the filters' findings of check are the warnings of simulate", arguments: cases)
    func filters(_ one: Case) throws {
        guard let configuration = try? one.settings().configuration else { return }
        let facts = try one.facts()
        let told = try FilterCriteria(patterns: configuration.filterPatterns).findings(view: facts.view)
        let advised = facts.advice.filter { $0.code.hasPrefix("filter-") }
        #expect(Set(advised.map(\.summary)) == Set(told.map(\.summary)))
        let warned = try FilterCriteria(patterns: configuration.filterPatterns).notes(view: facts.view)
        for finding in told {
            #expect(warned.contains { $0.hasSuffix(finding.reason) })
        }
    }

    @Test("where check says that no record is delivered, simulate delivers none", arguments: cases)
    func nothingDelivered(_ one: Case) async throws {
        guard var configuration = try? one.settings().configuration, !configuration.filterPatterns.isEmpty else {
            return
        }
        let facts = try one.facts()
        configuration.startingPosition = .trimHorizon
        let deliveries = try await configuration.deliver(Self.sample(facts.view ?? .newAndOldImages)) { _, _ in .success
        }
        let isDead = facts.advice.contains { $0.code.hasPrefix("filter-") && $0.severity == .error }
        if isDead { #expect(deliveries.invocations.isEmpty) }
        // Each sound filter of the sweep matches one of the sample's records.
        if !facts.advice.contains(where: { $0.code.hasPrefix("filter-") && $0.severity != .note }) {
            #expect(!deliveries.invocations.isEmpty)
        }
    }

    // MARK: Failures

    /// Four records at once, of which the second always fails.
    private static func failing(_ configuration: EventSourceMappingConfiguration) async throws -> Deliveries {
        var configuration = configuration
        configuration.startingPosition = .trimHorizon
        configuration.isEnabled = true
        configuration.filterPatterns = []
        configuration.parallelizationFactor = 1
        configuration.onFailureDestination = "arn:aws:sqs:us-east-1:123456789012:failed"
        return try await configuration.deliver(sample(.newAndOldImages)) { invocation, _ in
            invocation.contains("2") ? .functionError(message: "no") : .success
        }
    }

    @Test("what check says of a record that always fails is what simulate does with it", arguments: cases)
    func failures(_ one: Case) async throws {
        guard let configuration = try? one.settings().configuration, configuration.tumblingWindowInSeconds == 0 else {
            return
        }
        let codes = Set(try one.facts().advice.map(\.code))
        let deliveries = try await Self.failing(configuration)
        // A message tells of what a limit ended; what expires in the stream sends none.
        #expect(deliveries.discarded.contains("2") != codes.contains("unlimited-retries"))
        let healthy = Set(deliveries.discarded + deliveries.lost).subtracting(["2"])
        if !codes.contains("unlimited-retries") {
            #expect(healthy.isEmpty == codes.isDisjoint(with: ["no-bisect", "age-ends-retries"]), "\(healthy)")
        }
    }

    @Test("a crash under idempotency discards a healthy record where check says so, and nowhere else", arguments: cases)
    func leases(_ one: Case) throws {
        let facts = try one.facts()
        guard let lease = facts.leaseSeconds, var configuration = try? one.settings().configuration else { return }
        configuration.onFailureDestination = "arn:aws:sqs:us-east-1:123456789012:failed"
        configuration.startingPosition = .trimHorizon
        configuration.filterPatterns = []
        let event = try Self.sample(.newAndOldImages, count: 1)
        let start = MappingInstant(milliseconds: 1_767_225_600_000)
        var mapping = try MappingSimulation(configuration, start: start)
        try mapping.add(event)
        mapping.endInput()
        var crashed: MappingInstant?
        var isDiscarded = false
        run: while true {
            switch mapping.next() {
            case .invoke(let invocation):
                let now = mapping.now ?? start
                let leaseEnd = crashed.map { $0 + .seconds(lease) }
                crashed = crashed ?? now
                let isFree = leaseEnd.map { now >= $0 } ?? false
                mapping.finish(invocation.id, with: isFree ? .success : .functionError(message: "leased"))
            case .send(let delivery):
                isDiscarded = true
                mapping.finishSending(delivery.id)
            case .log: break
            case .wait(let moment): mapping.advance(to: moment)
            case .idle, .finished: break run
            }
        }
        #expect(isDiscarded == facts.advice.contains { $0.code == "retries-shorter-than-lease" })
    }

    // MARK: Records

    /// Records of each kind, with attributes that the sweep's filters ask for.
    private static func sample(_ view: StreamView, count: Int = 4) throws -> StreamEvent {
        let item =
            #"{"pk":{"S":"order#1#line"},"kind":{"S":"order"},"status":{"S":"open"},"total":{"N":"150"},"age":{"N":"5"},"#
            + #""active":{"BOOL":true},"mood":{"S":"😀"},"tags":{"SS":["a"]},"address":{"M":{"city":{"S":"x"}}}}"#
        let records = (1...count).map { number in
            let name = ["INSERT", "REMOVE", "MODIFY", "INSERT"][(number - 1) % 4]
            let new =
                name != "REMOVE" && (view == .newImage || view == .newAndOldImages) ? #""NewImage":\#(item),"# : ""
            let old =
                name != "INSERT" && (view == .oldImage || view == .newAndOldImages) ? #""OldImage":\#(item),"# : ""
            let prefix = number % 2 == 0 ? "order#\(number)#line" : "acme#\(number)"
            let user =
                name == "REMOVE" ? #""userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"# : ""
            return """
                {"eventID":"e\(number)","eventName":"\(name)","eventVersion":"1.1","eventSource":"aws:dynamodb",\(user)\
                "awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1767225600,\
                "Keys":{"pk":{"S":"\(prefix)"}},\(new)\(old)"SequenceNumber":"\(number)","SizeBytes":26,\
                "StreamViewType":"\(view.rawValue)"}}
                """
        }
        return try StreamEvent(Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8))
    }
}
