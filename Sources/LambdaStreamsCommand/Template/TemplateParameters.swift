// The values of a template's parameters: their defaults, what the user gave, and AWS's pseudo parameters.

struct TemplateParameters {
    private let values: [String: TemplateValue]
    /// Whether the user said which account and which region the stack is deployed to.
    let knowsAccount: Bool
    let knowsRegion: Bool

    /// Stands in for the account and the region where nothing says which.
    static let placeholderAccount = "123456789012"
    static let placeholderRegion = "us-east-1"

    /// - Parameters:
    ///   - section: the template's `Parameters`.
    ///   - given: what the user set, pseudo parameters such as `AWS::Region` included.
    init(section: TemplateValue?, given: [String: String]) throws(TemplateError) {
        var values: [String: TemplateValue] = Self.pseudoParameters
        let declared = section?.members ?? []
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            if values[name] != nil {
                values[name] = .string(value)
                continue
            }
            guard let declaration = declared.first(where: { $0.name == name })?.value else {
                throw .unknownParameter(name, known: declared.map(\.name))
            }
            let allowed = declaration["AllowedValues"]?.elements.compactMap(\.text) ?? []
            guard allowed.isEmpty || allowed.contains(value) else {
                throw .refusedParameter(name, value: value, allowed: allowed)
            }
        }
        for member in declared {
            values[member.name] = Self.value(of: member, given: given[member.name])
        }
        self.values = values
        knowsAccount = given["AWS::AccountId"] != nil
        knowsRegion = given["AWS::Region"] != nil
    }

    subscript(name: String) -> TemplateValue? { values[name] }

    var names: [String] { Array(values.keys) }

    private static func value(of member: TemplateMember, given: String?) -> TemplateValue {
        let type = member.value["Type"]?.text ?? "String"
        if let given { return split(given, type: type) }
        let missing = UnknownValue(
            placeholder: "${\(member.name)}",
            reason: "the parameter \(member.name) has no default; give --parameter \(member.name)=value"
        )
        guard let value = member.value["Default"] else { return .unknown(missing) }
        if type.hasPrefix("AWS::SSM::Parameter::Value") {
            let reason =
                "the parameter \(member.name) is read from Systems Manager; give --parameter \(member.name)=value"
            return .unknown(UnknownValue(placeholder: "${\(member.name)}", reason: reason))
        }
        return value.text.map { split($0, type: type) } ?? value
    }

    private static func split(_ text: String, type: String) -> TemplateValue {
        guard type == "CommaDelimitedList" || type.hasPrefix("List<") else { return .string(text) }
        return .list(text.split(separator: ",").map { .string($0.trimmingSpaces) })
    }

    private static let pseudoParameters: [String: TemplateValue] = [
        "AWS::AccountId": .string(placeholderAccount),
        "AWS::NoValue": .null,
        "AWS::NotificationARNs": .list([]),
        "AWS::Partition": .string("aws"),
        "AWS::Region": .string(placeholderRegion),
        "AWS::StackId": .string(
            "arn:aws:cloudformation:\(placeholderRegion):\(placeholderAccount):stack/stack/00000000-0000-0000-0000-000000000000"
        ),
        "AWS::StackName": .string("stack"),
        "AWS::URLSuffix": .string("amazonaws.com"),
    ]
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
