// What a template leaves open of an on-failure destination: nothing can be sent to a guessed name, account or region.

struct DestinationGap: Equatable, Sendable {
    /// The name in the template: the logical ID, the name, or the reference that has no value.
    let destination: String
    /// Why its name is not known, a clause; nil where it is.
    let nameReason: String?
    /// The pseudo parameters on which its ARN depends, and which have no value: `AWS::AccountId`.
    let parameters: [String]

    /// The pseudo parameters that an ARN may depend on, each with a value that it does not have by itself.
    private static let probes = [
        "AWS::AccountId": "210987654321", "AWS::Region": "eu-west-2", "AWS::StackName": "another-stack",
    ]

    /// - Parameters:
    ///   - text: the template's text, to read it again with other values.
    ///   - given: the parameters that were given.
    /// - Returns: nil where the template says everything about the destination, or has none.
    init?(of mapping: TemplateMapping, in template: Template, _ text: TemplateText, given: [String: String]) {
        guard let value = mapping.destinationValue else { return nil }
        if let unknown = value.unknown {
            (destination, nameReason, parameters) = (unknown.placeholder, unknown.reason, [])
            return
        }
        guard let arn = value.text else { return nil }
        let resource = template.resource(ofARN: arn)
        nameReason = resource.flatMap { resource in
            if resource.hasGeneratedName { return "AWS chooses its name when the stack is deployed" }
            return resource.unknownName?.reason
        }
        destination = resource?.logicalID ?? arn
        parameters = Self.probes.keys.sorted().filter { name in
            guard given[name] == nil, let probe = Self.probes[name] else { return false }
            let other = try? Template(text, parameters: given.merging([name: probe]) { $1 })
                .mapping(ofFunction: mapping.function?.logicalID, event: mapping.name)
            return other?.destinationValue != value
        }
        if nameReason == nil, parameters.isEmpty { return nil }
    }

    /// Whether its name is a guess.
    var leavesNameOpen: Bool { nameReason != nil || parameters.contains("AWS::StackName") }
}

extension DestinationGap: CustomStringConvertible {
    var description: String {
        if let nameReason {
            return
                "--send needs the ARN of the destination \(destination), and the template does not have it: \(nameReason)"
                + (nameReason.contains("; give --parameter ") ? ", or " : ". Give ") + "--destination with the ARN."
        }
        let names = [
            "AWS::AccountId": "account", "AWS::Region": "region", "AWS::StackName": "stack's name",
        ]
        let missing = parameters.compactMap { names[$0] }.joined(separator: ", ")
        let options = parameters.map { "--parameter \($0)=…" }.joined(separator: " ")
        return
            "--send needs the ARN of the destination \(destination), and the template leaves part of it open: \(missing). "
            + "Give \(options), or --destination with the ARN."
    }
}

extension TemplateMapping {
    /// The destination as the template has it; nil without one.
    var destinationValue: TemplateValue? { settings["DestinationConfig"]?["OnFailure"]?["Destination"] }
}

extension TemplateResource {
    /// The name that the template chooses, where it is not known.
    var unknownName: UnknownValue? { ResourceNames.nameProperties[type].flatMap { properties[$0]?.unknown } }
}
