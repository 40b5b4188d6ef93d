// The resource of an action, compared with the resources that policies name.

struct PolicyTarget: Sendable {
    /// The ARN, with placeholders such as `${Name}` for unknown parts.
    let arn: String
    /// Nothing of the ARN is known.
    let isUnknown: Bool
    /// CloudFormation generates the name from the stack's name and the logical ID.
    let hasGeneratedName: Bool
    let knowsAccount: Bool
    let knowsRegion: Bool

    init(_ value: TemplateValue, in template: Template) {
        arn = value.placeholderText ?? "${…}"
        isUnknown = !arn.hasPrefix("arn:") || value.text == nil
        hasGeneratedName = template.resource(ofARN: arn)?.hasGeneratedName ?? false
        knowsAccount = template.parameters.knowsAccount
        knowsRegion = template.parameters.knowsRegion
    }

    /// The same resource with a suffix of its ARN, such as the objects of a bucket.
    func appending(_ path: String) -> PolicyTarget { PolicyTarget(self, arn: arn + path) }

    private init(_ other: PolicyTarget, arn: String) {
        self.arn = arn
        isUnknown = other.isUnknown
        hasGeneratedName = other.hasGeneratedName
        knowsAccount = other.knowsAccount
        knowsRegion = other.knowsRegion
    }

    func match(_ pattern: TemplateValue) -> PolicyMatch {
        guard let text = pattern.placeholderText else { return .maybe }
        // Placeholders of the same name stand for the same value.
        if Wildcards.match(text, arn) { return .yes }
        if pattern.unknown != nil || isUnknown { return .maybe }
        let fields = Self.fields(text)
        let own = Self.fields(arn)
        guard fields.count == 6, own.count == 6 else { return .no }
        var answer = PolicyMatch.yes
        for (index, field) in fields.enumerated() where !Wildcards.match(field, own[index]) {
            switch index {
            case 1: answer = .maybe
            case 3 where !knowsRegion && own[3] == TemplateParameters.placeholderRegion: answer = .maybe
            case 4 where !knowsAccount && own[4] == TemplateParameters.placeholderAccount: answer = .maybe
            case 5 where field.contains("${") || own[5].contains("${"): answer = .maybe
            // `stack-*` may be the beginning of a generated name.
            case 5 where hasGeneratedName && Self.name(in: field).contains("*"): answer = .maybe
            default: return .no
            }
        }
        return answer
    }

    private static func fields(_ arn: String) -> [String] {
        arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
    }

    /// The segment with the resource's name: after the first slash for a table, all of it for a queue.
    private static func name(in resource: String) -> String {
        let segments = resource.split(separator: "/", omittingEmptySubsequences: false)
        return segments.first == "table" && segments.count > 1 ? String(segments[1]) : String(segments.first ?? "")
    }
}

extension Template {
    /// The table, queue, topic, bucket or key of the template that has this ARN.
    func resource(ofARN arn: String) -> TemplateResource? {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6 else { return nil }
        let name = parts[2] == "dynamodb" ? arn.components(before: "/stream/") : arn
        return resources.first { resource in
            resource.arn != nil && resource.arn == name
        }
    }
}

extension String {
    func components(before separator: String) -> String {
        firstRange(of: separator).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
