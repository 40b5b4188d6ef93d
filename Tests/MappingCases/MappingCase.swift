// What the mapping was observed or documented to do, as data: `{config, records, script, expect}` in `Cases/`.
//
// The settings have the names of the Lambda API and the records those of DynamoDB, so that the same files can drive a
// real stack. `Cases/README.md` describes the format.

public import EventSourceMapping
import Foundation
public import JSONScanning

public struct MappingCase: Sendable, CustomStringConvertible {
    /// The file's name without its ending.
    public let name: String
    /// What happens, in a sentence.
    public let title: String
    /// `observed`, `documented` or `assumed`.
    public let evidence: String
    /// The mapping, as `CreateEventSourceMapping` takes it.
    public let configuration: [UInt8]
    /// When the mapping begins to read; nil for the first record's arrival.
    public let start: MappingInstant?
    public let records: [CaseRecord]
    public let script: CaseScript
    public let expectation: JSONNode
    /// How many of the first messages cannot be sent.
    public let destinationFailures: Int
    /// Times in which the stream cannot be read.
    public let interruptions: [Range<MappingInstant>]
    public let policies: MappingPolicies
    /// Shards that are closed behind their last record.
    public let endedShards: [String]
    /// Whether only a mapping that is told of throttles and oversized events can play it, not a function process.
    public var needsPlatform: Bool { script.needsPlatform }
    public var description: String { name }

    /// The time that the files count seconds from.
    public static let epoch = MappingInstant(milliseconds: 1_767_225_600_000)

    /// All cases, by their files' names.
    public static let all: [MappingCase] = {
        guard let folder = Bundle.module.url(forResource: "Cases", withExtension: nil),
            let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        else { return [] }
        return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map { file in
            do {
                return try MappingCase(file: file)
            } catch {
                preconditionFailure("\(file.lastPathComponent): \(error)")
            }
        }
    }()

    init(file: URL) throws {
        let root = try JSONDocument([UInt8](Data(contentsOf: file))).root
        try root.checkMembers([
            "title", "evidence", "config", "start", "records", "script", "expect", "destinationFailures",
            "interruptions", "policies", "endedShards",
        ])
        name = file.deletingPathExtension().lastPathComponent
        title = try root.required("title").text
        evidence = try root.required("evidence").text
        configuration = Array(try root.required("config").jsonText)
        start = root["start"].map { Self.epoch + .milliseconds(Int64($0.number * 1_000)) }
        records = try root.required("records").elements.map { try CaseRecord($0) }
        script = try CaseScript(root["script"])
        expectation = try root.required("expect")
        destinationFailures = Int(root["destinationFailures"]?.number ?? 0)
        interruptions = (root["interruptions"]?.elements.map { $0 } ?? []).map { span in
            let bounds = span.elements.map { Self.epoch + .milliseconds(Int64($0.number * 1_000)) }
            return bounds[0]..<bounds[1]
        }
        policies = try MappingPolicies(caseNode: root["policies"])
        endedShards = root["endedShards"]?.elements.map(\.text) ?? []
    }
}

/// Why a file is no case.
public struct CaseError: Error, CustomStringConvertible {
    public let description: String
}

extension JSONNode {
    public var text: String { textBytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }
    public var number: Double { Double(text) ?? 0 }

    func required(_ name: StaticString) throws -> JSONNode {
        guard let member = self[name] else { throw CaseError(description: "there is no member \(name)") }
        return member
    }

    func checkMembers(_ known: Set<String>) throws {
        for member in members where !known.contains(member.repairedName) {
            throw CaseError(description: "there is no member \(member.repairedName) in a case")
        }
    }
}

extension MappingPolicies {
    init(caseNode: JSONNode?) throws {
        self.init()
        for member in caseNode?.members.map({ $0 }) ?? [] {
            let text = member.value.text
            switch member.repairedName {
            case "splitRounding": splitRounding = SplitRounding(rawValue: text) ?? splitRounding
            case "partlyExpiredBatch": partlyExpiredBatch = PartlyExpiredBatch(rawValue: text) ?? partlyExpiredBatch
            case "stateAfterPartialFailure":
                stateAfterPartialFailure = StateAfterPartialFailure(rawValue: text) ?? stateAfterPartialFailure
            case "stateAfterEarlyTermination":
                stateAfterEarlyTermination = StateAfterEarlyTermination(rawValue: text) ?? stateAfterEarlyTermination
            case "parallelCheckpoint": parallelCheckpoint = ParallelCheckpoint(rawValue: text) ?? parallelCheckpoint
            case "unreadableResponse": unreadableResponse = UnreadableResponse(rawValue: text) ?? unreadableResponse
            case "consolidatesAdjacentFailures": consolidatesAdjacentFailures = member.value.bool == true
            default: throw CaseError(description: "there is no policy \(member.repairedName)")
            }
        }
    }
}
