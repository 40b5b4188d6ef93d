// A template's mapping as the document that CreateEventSourceMapping takes.

extension TemplateMapping {
    /// The settings in which a value is not known, where that changes what is delivered.
    var unknownSettings: [UnknownSetting] {
        if let unknownProperties { return [UnknownSetting(setting: "Properties", value: unknownProperties)] }
        return settings.members.compactMap { member in
            guard let value = unknown(in: member) else { return nil }
            return UnknownSetting(setting: member.name, value: value)
        }
    }

    /// Where only AWS knows a name, a placeholder does; where nothing depends on it, nothing is needed.
    private func unknown(in member: TemplateMember) -> UnknownValue? {
        switch member.name {
        case "EventSourceArn", "FunctionName":
            return member.value.unknown?.mayBeAbsent == true ? member.value.unknown : nil
        case "KMSKeyArn", "MetricsConfig": return nil
        case "DestinationConfig":
            let destination = member.value["OnFailure"]?["Destination"]
            if let value = destination?.unknown { return value.mayBeAbsent ? value : nil }
            return member.value.firstUnknown
        default: return member.value.firstUnknown
        }
    }

    /// The settings as the document that CreateEventSourceMapping takes, every value known, of the kind that the API
    /// wants, and placeholders where only AWS knows a name.
    ///
    /// - Parameter overridden: settings that are given elsewhere, whatever the template has.
    func document(without overridden: Set<String> = []) throws(TemplateError) -> TemplateValue {
        let problems = problems.filter { !overridden.contains($0.setting) }
        guard problems.isEmpty else { throw .refusedMapping(name, problems) }
        let unknown = unknownSettings.filter { !overridden.contains($0.setting) }
        guard unknown.isEmpty else { throw .unknownSettings(unknown, mapping: name) }
        var members = settings.members.filter { !overridden.contains($0.name) }.map(known)
        if let function, !members.contains(where: { $0.name == "FunctionName" }) {
            members.append(TemplateMember("FunctionName", .string(withoutPlaceholders(function.name))))
        }
        return .object(members)
    }

    private static let numbers: Set<String> = [
        "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor", "MaximumRetryAttempts",
        "MaximumRecordAgeInSeconds", "TumblingWindowInSeconds", "StartingPositionTimestamp",
    ]
    private static let flags: Set<String> = ["BisectBatchOnFunctionError", "Enabled"]

    private func known(_ member: TemplateMember) -> TemplateMember {
        func with(_ value: TemplateValue) -> TemplateMember { TemplateMember(member.name, value, line: member.line) }
        if Self.numbers.contains(member.name), let integer = member.value.integer {
            return with(.number(String(integer)))
        }
        if Self.flags.contains(member.name), let flag = member.value.flag { return with(.boolean(flag)) }
        if let value = member.value.unknown { return with(.string(placeholder(for: member.name, value))) }
        if ["EventSourceArn", "FunctionName"].contains(member.name), let text = member.value.text {
            return with(.string(withoutPlaceholders(text)))
        }
        if member.name == "DestinationConfig", let value = member.value["OnFailure"]?["Destination"],
            let arn = value.unknown.map(destinationARN) ?? value.text.map(withoutPlaceholders)
        {
            let destination = TemplateMember("OnFailure", .object([TemplateMember("Destination", .string(arn))]))
            return with(.object(member.value.members.filter { $0.name != "OnFailure" } + [destination]))
        }
        if member.name == "FilterCriteria", let filters = member.value["Filters"] {
            // A pattern that YAML reads as a number or a boolean is text all the same.
            let texts = filters.elements.map { filter in
                TemplateValue.object(
                    filter.members.map { TemplateMember($0.name, $0.value.text.map { .string($0) } ?? $0.value) }
                )
            }
            return with(.object([TemplateMember("Filters", .list(texts))]))
        }
        return member
    }

    private func placeholder(for setting: String, _ value: UnknownValue) -> String {
        let name = plainName(value.placeholder)
        return switch setting {
        case "EventSourceArn": arn("dynamodb", "table/\(name)/stream/2026-01-01T00:00:00.000")
        case "KMSKeyArn": arn("kms", "key/\(name)")
        default: name
        }
    }

    /// What a destination belongs to: `sqs`, `sns` or `s3`; nil where nothing shows it.
    func destinationService(of value: TemplateValue) -> String? {
        service(inARNOf: value) ?? destinationType?.lowercased()
    }

    /// The service of a destination as its ARN shows it, whatever its Type says.
    func service(inARNOf value: TemplateValue) -> String? {
        if let service = value.unknown?.service { return service }
        let parts = value.placeholderText?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        guard parts.count > 5, parts[0] == "arn", !parts[2].contains("$") else { return nil }
        return String(parts[2])
    }

    private func destinationARN(for value: UnknownValue) -> String {
        let name = plainName(value.placeholder)
        switch destinationService(of: .unknown(value)) {
        case "sns": return arn("sns", name)
        case "s3": return "arn:aws:s3:::\(name.lowercased())"
        default: return arn("sqs", name)
        }
    }

    private func arn(_ service: String, _ resource: String) -> String {
        "arn:aws:\(service):\(TemplateParameters.placeholderRegion):\(TemplateParameters.placeholderAccount):\(resource)"
    }

    /// A name that is made with a parameter without a value, such as `orders-${Stage}`, as a name: `orders-Stage`.
    private func withoutPlaceholders(_ text: String) -> String {
        text.replacing(/\$\{([^}]*)\}/) { plainName(String($0.1)) }
    }

    /// Letters, digits and hyphens of a placeholder, which names may have everywhere.
    private func plainName(_ placeholder: String) -> String {
        let name = placeholder.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }.joined(
            separator: "-"
        )
        return name.isEmpty ? "unknown" : name
    }
}
