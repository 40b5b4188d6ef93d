// An event source mapping of a template, under the names that CreateEventSourceMapping gives its settings.

import EventSourceMapping

struct TemplateMapping {
    static let resourceType = "AWS::Lambda::EventSourceMapping"

    /// The event's name, or the resource's logical ID.
    let name: String
    /// Nil where the function is not in the template.
    let function: TemplateFunction?
    /// What SAM calls the source, or the service in the source's ARN.
    let sourceType: String
    /// The settings as written, with the API's names.
    let settings: TemplateValue
    /// `Type` of a SAM destination, from which SAM writes the permission to send to it.
    let destinationType: String?
    let isServerless: Bool
    /// What SAM or CloudFormation refuses.
    let problems: [ShapeProblem]
    /// The settings in a position unknown as a whole: all of the properties.
    let unknownProperties: UnknownValue?
    let line: Int

    /// SAM's event of a function.
    init(event: TemplateMember, of function: TemplateFunction) {
        name = event.name
        self.function = function
        sourceType = event.value["Type"]?.text ?? "unknown"
        let properties = event.value["Properties"] ?? .object([])
        destinationType = properties["DestinationConfig"]?["OnFailure"]?["Type"]?.text
        settings = Self.settings(of: properties)
        problems = MappingShapeReader(properties, isServerless: true).problems
        unknownProperties = properties.unknown
        isServerless = true
        line = event.line
    }

    init(resource: TemplateResource, functions: [TemplateFunction]) {
        name = resource.logicalID
        let target = resource.properties["FunctionName"]?.placeholderText ?? ""
        function = functions.first { $0.isNamed(FunctionReference(target).name) }
        settings = Self.settings(of: resource.properties)
        problems = MappingShapeReader(resource.properties, isServerless: false).problems
        unknownProperties = resource.unknownProperties
        destinationType = nil
        isServerless = false
        line = resource.line
        sourceType = Self.sourceType(of: resource.properties)
    }

    var isDynamoDBStream: Bool {
        sourceType == (isServerless ? "DynamoDB" : "dynamodb")
            // A source that is imported from another stack may be anything; only streams have a starting position.
            || (!isServerless && isSourceUnknown && settings["StartingPosition"] != nil)
    }

    /// Nothing shows which service the source belongs to.
    var isSourceUnknown: Bool { sourceType == "unknown" }

    // MARK: The source

    /// Settings that only other sources have.
    private static let otherSources = [
        "AmazonManagedKafkaEventSourceConfig": "kafka", "SelfManagedEventSource": "kafka",
        "SelfManagedKafkaEventSourceConfig": "kafka", "Topics": "kafka", "Queues": "mq",
        "SourceAccessConfigurations": "kafka or mq", "DocumentDBEventSourceConfig": "rds",
        "StartingPositionTimestamp": "kinesis", "ScalingConfig": "sqs", "ProvisionedPollerConfig": "kafka",
    ]

    private static func sourceType(of properties: TemplateValue) -> String {
        guard let source = properties["EventSourceArn"] else {
            return properties.members.lazy.compactMap { otherSources[$0.name] }.first ?? "unknown"
        }
        if let service = source.placeholderText.flatMap(service(ofARN:)) { return service }
        if let service = source.unknown?.service { return service }
        if let other = properties.members.lazy.compactMap({ otherSources[$0.name] }).first { return other }
        if properties["StartingPosition"]?.text == "AT_TIMESTAMP" { return "kinesis" }
        let name = source.placeholderText?.lowercased() ?? ""
        for (word, service) in [("kinesis", "kinesis"), ("msk", "kafka"), ("kafka", "kafka"), ("dynamo", "dynamodb")]
        where name.contains(word) {
            return service
        }
        return "unknown"
    }

    private static func service(ofARN arn: String) -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 5 && parts[0] == "arn" && !parts[2].contains("$") ? String(parts[2]) : nil
    }

    // MARK: Reading

    private static let renamed = ["Stream": "EventSourceArn", "KmsKeyArn": "KMSKeyArn"]
    /// A setting's name as the template has it.
    func nameInTemplate(_ setting: String) -> String {
        guard let written = Self.renamed.first(where: { $0.value == setting })?.key else { return setting }
        return written == "Stream" && !isServerless ? setting : written
    }

    /// What SAM and CloudFormation have beside the API's settings.
    private static let notSettings: Set<String> = ["Tags", "Type"]

    private static func settings(of properties: TemplateValue) -> TemplateValue {
        .object(
            properties.members.compactMap { member in
                guard !notSettings.contains(member.name) else { return nil }
                let name = renamed[member.name] ?? member.name
                let value = name == "DestinationConfig" ? destinations(member.value) : member.value
                return TemplateMember(name, value, line: member.line)
            }
        )
    }

    /// Without SAM's `Type`, and without what `AWS::NoValue` emptied.
    private static func destinations(_ value: TemplateValue) -> TemplateValue {
        guard case .object(let members) = value else { return value }
        return .object(
            members.compactMap { member in
                guard case .object(let inner) = member.value else { return member }
                let rest = inner.filter { $0.name != "Type" }
                return rest.isEmpty ? nil : TemplateMember(member.name, .object(rest), line: member.line)
            }
        )
    }
}

/// A function's name in its spellings: name, ARN and partial ARN, each with or without a qualifier.
struct FunctionReference {
    let name: String
    let qualifier: String?

    init(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let rest =
            if parts.count >= 7, parts[0] == "arn" { parts[6...] } else if parts.count >= 3, parts[1] == "function" {
                parts[2...]
            } else {
                parts[...]
            }
        // `${Fn}:live`, where Fn may be a whole ARN, has the same parts.
        name = rest.first ?? text
        qualifier = rest.dropFirst().first
    }
}
