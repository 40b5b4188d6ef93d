// An event source mapping of a template, under the names that CreateEventSourceMapping gives its settings.

struct TemplateMapping {
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
    let line: Int

    /// SAM's event of a function.
    init(event: TemplateMember, of function: TemplateFunction) {
        name = event.name
        self.function = function
        sourceType = event.value["Type"]?.text ?? "unknown"
        let properties = event.value["Properties"] ?? .object([])
        destinationType = properties["DestinationConfig"]?["OnFailure"]?["Type"]?.text
        settings = Self.settings(of: properties)
        isServerless = true
        line = event.line
    }

    init(resource: TemplateResource, functions: [TemplateFunction]) {
        name = resource.logicalID
        let target = resource.properties["FunctionName"]?.placeholderText ?? ""
        function = functions.first { Self.names($0, target) }
        settings = Self.settings(of: resource.properties)
        destinationType = nil
        isServerless = false
        line = resource.line
        let source = resource.properties["EventSourceArn"]?.placeholderText
        sourceType = source.flatMap(Self.service) ?? "unknown"
    }

    var isDynamoDBStream: Bool {
        sourceType == "DynamoDB" || sourceType == "dynamodb"
            // A source that is imported from another stack may be anything; only streams have these.
            || (!isServerless && sourceType == "unknown" && settings["StartingPosition"] != nil)
    }

    /// The settings as the document that CreateEventSourceMapping takes, every value known, of the kind that the API
    /// wants, and placeholders where only AWS knows a name.
    func document() throws(TemplateError) -> TemplateValue {
        var members: [TemplateMember] = []
        for member in settings.members {
            if let value = try known(member) { members.append(TemplateMember(member.name, value, line: member.line)) }
        }
        if let function, !members.contains(where: { $0.name == "FunctionName" }) {
            members.append(TemplateMember("FunctionName", .string(function.name)))
        }
        return .object(members)
    }

    // MARK: Reading

    private static let renamed = ["Stream": "EventSourceArn", "KmsKeyArn": "KMSKeyArn"]
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
        .object(
            value.members.compactMap { member in
                let inner = member.value.members.filter { $0.name != "Type" }
                return inner.isEmpty ? nil : TemplateMember(member.name, .object(inner), line: member.line)
            }
        )
    }

    private static func names(_ function: TemplateFunction, _ target: String) -> Bool {
        if function.isNamed(target) { return true }
        let parts = target.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count >= 7 && function.isNamed(String(parts[6]))
    }

    private static func service(ofARN arn: String) -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 5 && parts[0] == "arn" ? String(parts[2]) : nil
    }

    // MARK: Kinds

    private static let numbers: Set<String> = [
        "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor", "MaximumRetryAttempts",
        "MaximumRecordAgeInSeconds", "TumblingWindowInSeconds", "StartingPositionTimestamp",
    ]
    private static let flags: Set<String> = ["BisectBatchOnFunctionError", "Enabled"]

    private func known(_ member: TemplateMember) throws(TemplateError) -> TemplateValue? {
        let setting = member.name
        if let value = member.value.unknown { return try placeholder(for: setting, value) }
        if Self.numbers.contains(setting) {
            guard let integer = member.value.integer else { throw wrongKind(setting, "a number", member.value) }
            return .number(String(integer))
        }
        if Self.flags.contains(setting) {
            guard let flag = member.value.flag else { throw wrongKind(setting, "true or false", member.value) }
            return .boolean(flag)
        }
        if setting == "DestinationConfig", let unknown = member.value["OnFailure"]?["Destination"]?.unknown {
            let destination = TemplateMember("Destination", .string(destinationARN(for: unknown.placeholder)))
            return .object([TemplateMember("OnFailure", .object([destination]))])
        }
        return member.value
    }

    private func placeholder(for setting: String, _ value: UnknownValue) throws(TemplateError) -> TemplateValue? {
        switch setting {
        case "EventSourceArn":
            let name = plainName(value.placeholder)
            return .string(arn("dynamodb", "table/\(name)/stream/2026-01-01T00:00:00.000"))
        case "FunctionName": return .string(plainName(value.placeholder))
        case "KMSKeyArn": return .string(arn("kms", "key/\(plainName(value.placeholder))"))
        default: throw .unknownSetting(setting, mapping: name, value: value)
        }
    }

    private func destinationARN(for placeholder: String) -> String {
        let name = plainName(placeholder)
        switch destinationType {
        case "SNS": return arn("sns", name)
        case "S3": return "arn:aws:s3:::\(name.lowercased())"
        default: return arn("sqs", name)
        }
    }

    private func arn(_ service: String, _ resource: String) -> String {
        "arn:aws:\(service):\(TemplateParameters.placeholderRegion):\(TemplateParameters.placeholderAccount):\(resource)"
    }

    /// Letters, digits and hyphens of a placeholder, which names may have everywhere.
    private func plainName(_ placeholder: String) -> String {
        let name = placeholder.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }.joined(
            separator: "-"
        )
        return name.isEmpty ? "unknown" : name
    }

    private func wrongKind(_ setting: String, _ expected: String, _ found: TemplateValue) -> TemplateError {
        .wrongKind(setting: setting, mapping: name, expected: expected, found: found.kindName)
    }
}
