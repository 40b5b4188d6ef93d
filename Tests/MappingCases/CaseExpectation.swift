// Holding what came of a run against what a case expects.

import DynamoDBStreamEvents
public import EventSourceMapping
import JSONScanning

extension MappingCase {
    /// Records in a mapping of this case.
    public func makeSimulation(seed: UInt64 = 1) throws -> MappingSimulation {
        var mapping = try MappingSimulation(
            EventSourceMappingConfiguration(json: configuration),
            policies: policies,
            seed: seed,
            start: start
        )
        for record in records { mapping.addShard(record.shardID, parent: record.parentID) }
        for span in interruptions { mapping.interruptReading(during: span) }
        for record in records {
            let event = try StreamEvent(Array("{\"Records\":[".utf8) + record.json + Array("]}".utf8))
            try mapping.add(event, to: record.shardID)
        }
        for shard in endedShards { mapping.endShard(shard) }
        mapping.endInput()
        return mapping
    }

    /// Runs the case through the mapping alone.
    public func run(seed: UInt64 = 1) async throws -> Deliveries {
        var mapping = try makeSimulation(seed: seed)
        var script = script
        var failures = destinationFailures
        return await mapping.run(
            sending: { _ in
                failures -= 1
                return failures >= 0 ? "403 AccessDenied" : nil
            }
        ) { _, event in
            do {
                return try script.answer(event)
            } catch {
                return .unavailable(reason: "\(error)")
            }
        }
    }

    /// What in a run is not as the case expects; nothing when all is.
    public func differences(from deliveries: Deliveries) throws -> [String] {
        var differences: [String] = []
        func compare(_ what: String, _ expected: some Equatable, _ found: some Equatable) {
            let (expected, found) = ("\(expected)", "\(found)")
            if expected != found { differences.append("\(what): expected \(expected), found \(found)") }
        }
        try expectation.checkMembers([
            "invokes", "anyOrder", "sameRequestId", "states", "finals", "early", "times", "checkpoint", "checkpoints",
            "destination", "dropped", "filtered", "metrics", "warnings",
        ])
        let invokes = try expectation.required("invokes").elements.map { $0.elements.map(\.text) }
        if expectation["anyOrder"]?.bool == true {
            compare("invokes", invokes.sorted(), deliveries.invocations.sorted())
        } else {
            compare("invokes", invokes, deliveries.invocations)
            compare("request ids", Self.groups(expectation, count: invokes.count), deliveries.requestIDGroups)
        }
        let entries = deliveries.invokeEntries
        if let states = expectation["states"] {
            compare("states", states.elements.map(\.jsonString), entries.map { $0.invocation.window?.shortState ?? "" })
        }
        if let finals = expectation["finals"] {
            let found = entries.indices.filter { entries[$0].invocation.window?.isFinalInvokeForWindow == true }
            compare("final invokes", finals.elements.map { Int($0.number) }, found)
        }
        if let early = expectation["early"] {
            let found = entries.indices.filter { entries[$0].invocation.window?.isWindowTerminatedEarly == true }
            compare("early terminations", early.elements.map { Int($0.number) }, found)
        }
        if let times = expectation["times"] {
            compare("times", times.elements.map { Int(($0.number * 1_000).rounded()) }, entries.map(\.offset))
        }
        let checkpoints =
            expectation["checkpoints"].map { $0.members.map { ($0.repairedName, $0.value.text) } }
            ?? [(MappingSimulation.defaultShardID, expectation["checkpoint"]?.text ?? "")]
        for (shard, number) in checkpoints {
            compare("checkpoint of \(shard)", number, deliveries.checkpoint(of: shard) ?? "")
        }
        compare("dropped", expectation["dropped"]?.elements.map(\.text) ?? [], deliveries.lost)
        compare("filtered", expectation["filtered"]?.elements.map(\.text) ?? [], deliveries.filtered)
        compare("warnings", Int(expectation["warnings"]?.number ?? 0), deliveries.warnings.count)
        let counts = Dictionary(uniqueKeysWithValues: deliveries.metrics.byName.map { ($0.name, $0.value) })
        for metric in expectation["metrics"]?.members.map({ $0 }) ?? [] {
            compare(metric.repairedName, Int(metric.value.number), counts[metric.repairedName] ?? -1)
        }
        compare("messages", try expectedMessages, deliveries.messages.map(\.summary))
        return differences
    }

    private var expectedMessages: [String] {
        get throws {
            try (expectation["destination"]?.elements.map { $0 } ?? []).map { message in
                try message.checkMembers(["start", "end", "batchSize", "count", "condition", "functionError"])
                let condition = message["condition"]?.text ?? "RetryAttemptsExhausted"
                // Without the member there is no response context at all.
                let error = message["functionError"].map { $0.isNull ? "null" : $0.text } ?? "no response"
                let range = message["start"].map {
                    "\($0.text)..\(message["end"]?.text ?? "") size \(message["batchSize"]?.text ?? "")"
                }
                return "\(range ?? "no records") count \(message["count"]?.text ?? "") \(condition) \(error)"
            }
        }
    }

    /// For each invoke the first one of the same request id.
    private static func groups(_ expectation: JSONNode, count: Int) -> [Int] {
        var groups = Array(0..<count)
        for group in expectation["sameRequestId"]?.elements.map({ $0 }) ?? [] {
            let members = group.elements.map { Int($0.number) }
            for member in members where member < count { groups[member] = members[0] }
        }
        return groups
    }
}

extension [[String]] {
    /// In an order that does not depend on which lane went first.
    fileprivate func sorted() -> Self { sorted { $0.lexicographicallyPrecedes($1) } }
}

extension JSONNode {
    fileprivate var jsonString: String { String(decoding: jsonText, as: UTF8.self).filter { $0 != " " } }
}

extension Deliveries {
    fileprivate var requestIDGroups: [Int] {
        let identifiers = invokeEntries.map(\.invocation.requestID)
        return identifiers.map { identifiers.firstIndex(of: $0) ?? -1 }
    }
}

extension DeliveryLogEntry.Invoke {
    /// Milliseconds from the case's epoch to the beginning of the invocation.
    fileprivate var offset: Int { Int(invocation.at.milliseconds - MappingCase.epoch.milliseconds) }
}

extension WindowInvocation {
    /// The state, or how large it is.
    fileprivate var shortState: String {
        state.count > 200 ? "\"\(state.count) bytes\"".filter { $0 != " " } : String(decoding: state, as: UTF8.self)
    }
}

extension DestinationMessage {
    fileprivate var summary: String {
        let range = records.map { "\($0.start)..\($0.end) size \($0.batchSize)" } ?? "no records"
        let error = response.map { $0.functionError ?? "null" } ?? "no response"
        return "\(range) count \(approximateInvokeCount) \(condition.rawValue) \(error)"
    }
}
