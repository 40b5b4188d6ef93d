// The names and kinds that SAM's event and CloudFormation's resource take, at every level.

import EventSourceMapping

/// What SAM or CloudFormation says of a mapping before Lambda sees it.
struct ShapeProblem: Equatable, Sendable, CustomStringConvertible {
    /// The setting at the mapping's top level.
    let setting: String
    /// The words of SAM or CloudFormation.
    let message: String
    /// Where it is, and what was meant, where the words leave that open.
    let detail: String?

    var description: String { message + (detail.map { " (\($0))" } ?? "") }
}

/// What one value of a mapping may be.
indirect enum SettingShape: Sendable {
    case text, number, flag
    case list(SettingShape)
    case object([String: SettingShape])
    /// Not looked into.
    case any

    /// What both dialects have, by the template's names.
    private static let common: [String: SettingShape] = [
        "BatchSize": .number, "BisectBatchOnFunctionError": .flag, "Enabled": .flag,
        "FunctionResponseTypes": .list(.text), "KmsKeyArn": .text, "MaximumBatchingWindowInSeconds": .number,
        "MaximumRecordAgeInSeconds": .number, "MaximumRetryAttempts": .number, "ParallelizationFactor": .number,
        "StartingPosition": .text, "StartingPositionTimestamp": .number, "TumblingWindowInSeconds": .number,
        "FilterCriteria": .object(["Filters": .list(.object(["Pattern": .text]))]),
        "MetricsConfig": .object(["Metrics": .list(.text)]),
        // Lambda refuses these for a DynamoDB stream, in its own words.
        "Topics": .any, "Queues": .any, "SourceAccessConfigurations": .any, "ScalingConfig": .any,
        "ProvisionedPollerConfig": .any, "LoggingConfig": .any,
    ]

    /// The properties of SAM's event of Type DynamoDB ("DynamoDB" of the AWS SAM developer guide).
    static let serverless = SettingShape.object(
        common.merging([
            "Stream": .text, "SecretsManagerKmsKeyId": .any, "KafkaBootstrapServers": .any, "ConsumerGroupId": .any,
            "DestinationConfig": .object(["OnFailure": .object(["Destination": .text, "Type": .text])]),
        ]) { $1 }
    )

    /// The properties of `AWS::Lambda::EventSourceMapping`.
    static let resource = SettingShape.object(
        common.merging([
            "EventSourceArn": .text, "FunctionName": .text, "Tags": .any, "SelfManagedEventSource": .any,
            "AmazonManagedKafkaEventSourceConfig": .any, "SelfManagedKafkaEventSourceConfig": .any,
            "DocumentDBEventSourceConfig": .any,
            "DestinationConfig": .object(["OnFailure": .object(["Destination": .text])]),
        ]) { $1 }
    )

    /// The settings that no function has.
    static let ofMappingsAlone: Set<String> = [
        "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "EventSourceArn", "FilterCriteria",
        "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
        "ParallelizationFactor", "StartingPosition", "Stream", "TumblingWindowInSeconds",
    ]

    static let requiredOfServerless = ["Stream", "StartingPosition"]
    static let requiredOfResource = ["FunctionName", "EventSourceArn"]
}

struct MappingShapeReader {
    let isServerless: Bool
    private(set) var problems: [ShapeProblem] = []

    init(_ properties: TemplateValue, isServerless: Bool) {
        self.isServerless = isServerless
        if case .unknown = properties { return }
        let names = properties.members.map(\.name)
        let required = isServerless ? SettingShape.requiredOfServerless : SettingShape.requiredOfResource
        for name in required where !names.contains(name) {
            // A misspelt name is reported as one.
            let misspelt = names.contains { NearestName.of($0, among: [name]) != nil }
            if !misspelt { problems.append(missing(name)) }
        }
        read(properties, isServerless ? .serverless : .resource, path: [])
    }

    private mutating func read(_ value: TemplateValue, _ shape: SettingShape, path: [String]) {
        switch (shape, value) {
        case (_, .unknown), (.any, _): return
        case (_, .null):
            problems.append(problem(path, "Null values are not allowed in templates", nil))
        case (.object(let known), .object(let members)):
            for member in members {
                guard let inner = known[member.name] else {
                    problems.append(unknownName(member.name, path, known: known.keys.sorted()))
                    continue
                }
                read(member.value, inner, path: path + [member.name])
            }
        case (.list(let shape), .list(let elements)):
            for (index, element) in elements.enumerated() { read(element, shape, path: path + ["\(index)"]) }
        case (.number, .number), (.number, .string):
            if value.integer == nil { problems.append(wrongKind(path, "Number", value)) }
        case (.flag, _):
            if value.flag == nil { problems.append(wrongKind(path, "Boolean", value)) }
        case (.text, .string), (.text, .number), (.text, .boolean): return
        case (.object, _): problems.append(wrongKind(path, "JSONObject", value))
        case (.list, _): problems.append(wrongKind(path, "JSONArray", value))
        case (.number, _): problems.append(wrongKind(path, "Number", value))
        case (.text, _): problems.append(wrongKind(path, "String", value))
        }
    }

    // MARK: The words of SAM and CloudFormation

    private func missing(_ name: String) -> ShapeProblem {
        ShapeProblem(
            setting: name,
            message: isServerless ? "Missing required property '\(name)'." : "#: required key [\(name)] not found",
            detail: nil
        )
    }

    private func unknownName(_ name: String, _ path: [String], known: [String]) -> ShapeProblem {
        let detail =
            NearestName.of(name, among: known).map { "did you mean \($0)?" }
            ?? (path.isEmpty ? nil : "it takes \(known.joined(separator: ", "))")
        let message: String
        if !isServerless || path.first == "DestinationConfig" || path.count > 1 {
            message = "#\(path.map { "/" + $0 }.joined()): extraneous key [\(name)] is not permitted"
        } else if path.first == "FilterCriteria" {
            message = "FilterCriteria field has a wrong format"
        } else if path.isEmpty {
            message = "property \(name) not defined for resource of type DynamoDB"
        } else {
            message = "#/\(path.joined(separator: "/")): extraneous key [\(name)] is not permitted"
        }
        let place = path.isEmpty ? nil : "\(place(path)) has \(name)"
        return ShapeProblem(
            setting: path.first ?? name,
            message: message,
            detail: [message.contains("[\(name)]") ? nil : place, detail].compactMap { $0 }.joined(separator: "; ")
                .nilIfEmpty
        )
    }

    private func wrongKind(_ path: [String], _ expected: String, _ found: TemplateValue) -> ShapeProblem {
        let kinds = [
            "a boolean": "Boolean", "a number": "Number", "a string": "String", "a list": "JSONArray",
            "an object": "JSONObject",
        ]
        let message =
            isServerless && path.count == 1
            ? "Type of property '\(path[0])' is invalid."
            : "#/\(path.joined(separator: "/")): expected type: \(expected), found: \(kinds[found.kindName] ?? "null")"
        let words = [
            "Number": "a number", "Boolean": "true or false", "JSONArray": "a list", "JSONObject": "an object",
        ]
        return problem(path, message, "it should be \(words[expected] ?? "a string"), and is \(found.kindName)")
    }

    private func problem(_ path: [String], _ message: String, _ detail: String?) -> ShapeProblem {
        ShapeProblem(
            setting: path.first ?? "Properties",
            message: message,
            detail: detail.map { "\(place(path)): \($0)" } ?? place(path)
        )
    }

    /// `FilterCriteria.Filters[0].Pattern`
    private func place(_ path: [String]) -> String {
        path.reduce("") { text, name in
            Int(name) != nil ? text + "[\(name)]" : text + (text.isEmpty ? "" : ".") + name
        }
    }
}

extension String {
    fileprivate var nilIfEmpty: String? { isEmpty ? nil : self }
}
