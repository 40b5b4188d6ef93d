// Working out intrinsic functions ("Intrinsic function reference" of CloudFormation), as far as one machine can know.

struct TemplateResolver {
    let parameters: TemplateParameters
    let mappings: TemplateValue
    let conditions: TemplateValue
    let resources: TemplateValue

    /// Conditions and names may refer to one another, and a careless template lets them do so in a circle.
    private static let maximumDepth = 50
    private let budget = WorkBudget()

    init(parameters: TemplateParameters, mappings: TemplateValue, conditions: TemplateValue, resources: TemplateValue) {
        self.parameters = parameters
        self.mappings = mappings
        self.conditions = conditions
        self.resources = resources
    }

    /// - Returns: the value without intrinsic functions; nil for `AWS::NoValue`, which removes what it is given to.
    func resolve(_ value: TemplateValue, depth: Int = 0) -> TemplateValue? {
        guard depth <= Self.maximumDepth, budget.spend(1) else {
            return unknown("${…}", "its functions refer to one another too often")
        }
        switch value {
        case .list(let elements):
            return .list(elements.compactMap { resolve($0, depth: depth) })
        case .object(let members):
            if members.count == 1, let only = members.first, Self.isIntrinsic(only.name) {
                return intrinsic(only.name, only.value, depth: depth + 1)
            }
            return .object(
                members.compactMap { member in
                    resolve(member.value, depth: depth).map { TemplateMember(member.name, $0, line: member.line) }
                }
            )
        default: return value
        }
    }

    /// - Returns: nil where it depends on what is unknown.
    func condition(_ name: String, depth: Int = 0) -> Bool? {
        guard depth <= Self.maximumDepth, let expression = conditions[name] else { return nil }
        return isTrue(expression, depth: depth + 1)
    }

    // MARK: The functions

    private static func isIntrinsic(_ name: String) -> Bool {
        name == "Ref" || name == "Condition" || name.hasPrefix("Fn::")
    }

    private func intrinsic(_ name: String, _ argument: TemplateValue, depth: Int) -> TemplateValue? {
        switch name {
        case "Ref": reference(argument, depth: depth)
        case "Fn::GetAtt": attribute(argument, depth: depth)
        case "Fn::Sub": substituted(argument, depth: depth)
        case "Fn::If": chosen(argument, depth: depth)
        case "Fn::FindInMap": found(argument, depth: depth)
        case "Fn::Join": joined(argument, depth: depth)
        case "Fn::Select": selected(argument, depth: depth)
        case "Fn::Split": split(argument, depth: depth)
        case "Fn::ToJsonString": resolve(argument, depth: depth).map { .string($0.jsonText) }
        case "Fn::Length": resolve(argument, depth: depth).map { .number(String($0.elements.count)) }
        case "Fn::Base64": resolve(argument, depth: depth)
        case "Condition", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not":
            isTrue(.object([TemplateMember(name, argument)]), depth: depth).map { .boolean($0) }
                ?? unknown("${\(name)}", "its condition depends on what is unknown here")
        case "Fn::ImportValue":
            unknown("${\(text(argument, depth: depth))}", "it is imported from another stack")
        default:
            unknown("${\(name)}", "only CloudFormation works out \(name)")
        }
    }

    private func reference(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        guard let name = argument.text else { return unknown("${…}", "its Ref names nothing") }
        if name == "AWS::NoValue" { return nil }
        if let value = parameters[name] { return value }
        guard let resource = resources[name] else {
            return unknown("${\(name)}", "the template has no parameter and no resource \(name)")
        }
        return ResourceNames(resolver: self, depth: depth).reference(to: name, resource)
    }

    private func attribute(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts =
            argument.text.map { $0.split(separator: ".", maxSplits: 1).map(String.init) }
            ?? argument.elements.map { text($0, depth: depth) }
        guard parts.count == 2 else { return unknown("${…}", "its GetAtt names no attribute") }
        guard let resource = resources[parts[0]] else {
            return unknown("${\(parts[0]).\(parts[1])}", "the template has no resource \(parts[0])")
        }
        return ResourceNames(resolver: self, depth: depth).attribute(parts[1], of: parts[0], resource)
    }

    private func substituted(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        guard let template = argument.text ?? argument.elements.first?.text else {
            return unknown("${…}", "its Sub has no text")
        }
        let own = argument.elements.dropFirst().first?.members ?? []
        var pieces: [TemplateValue] = []
        var rest = template[...]
        while let start = rest.firstRange(of: "${") {
            pieces.append(.string(String(rest[..<start.lowerBound])))
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
            let name = String(rest[start.upperBound..<end])
            rest = rest[rest.index(after: end)...]
            pieces.append(replacement(for: name, own: own, depth: depth))
        }
        pieces.append(.string(String(rest)))
        return concatenated(pieces, separator: "")
    }

    private func replacement(for name: String, own: [TemplateMember], depth: Int) -> TemplateValue {
        // `${!Literal}` stays as `${Literal}`.
        if name.hasPrefix("!") { return .string("${\(name.dropFirst())}") }
        if let value = own.first(where: { $0.name == name })?.value {
            return resolve(value, depth: depth + 1) ?? .string("")
        }
        let value = name.contains(".") ? attribute(.string(name), depth: depth) : reference(.string(name), depth: depth)
        return value ?? .string("")
    }

    private func chosen(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts = argument.elements
        guard parts.count == 3, let name = parts[0].text else { return unknown("${…}", "its If has not three parts") }
        guard let isTrue = condition(name, depth: depth) else {
            return unknown("${If \(name)}", "the condition \(name) depends on what is unknown here")
        }
        return resolve(parts[isTrue ? 1 : 2], depth: depth + 1)
    }

    private func found(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts = argument.elements
        guard parts.count >= 3 else { return unknown("${…}", "its FindInMap has not three parts") }
        let names = parts[0..<3].map { text($0, depth: depth) }
        if let value = mappings[names[0]]?[names[1]]?[names[2]] { return value }
        if parts.count > 3, let standard = parts[3]["DefaultValue"] { return resolve(standard, depth: depth + 1) }
        let path = names.joined(separator: ".")
        return unknown("${\(path)}", "Mappings has no \(path)")
    }

    private func joined(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts = argument.elements
        guard parts.count == 2, let separator = parts[0].text else {
            return unknown("${…}", "its Join has not two parts")
        }
        return resolve(parts[1], depth: depth).map { concatenated($0.elements, separator: separator) }
    }

    private func selected(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts = argument.elements
        guard parts.count == 2, let index = resolve(parts[0], depth: depth)?.integer,
            let list = resolve(parts[1], depth: depth)
        else { return unknown("${…}", "its Select has not two parts") }
        if list.unknown != nil { return list }
        guard list.elements.indices.contains(index) else {
            return unknown("${…}", "its Select asks for element \(index) of \(list.elements.count)")
        }
        return list.elements[index]
    }

    private func split(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts = argument.elements
        guard parts.count == 2, let separator = parts[0].text, !separator.isEmpty else {
            return unknown("${…}", "its Split has not two parts")
        }
        guard let source = resolve(parts[1], depth: depth) else { return nil }
        guard let text = source.text else { return source }
        return .list(text.split(separator: separator, omittingEmptySubsequences: false).map { .string(String($0)) })
    }

    // MARK: Conditions

    private func isTrue(_ expression: TemplateValue, depth: Int) -> Bool? {
        guard depth <= Self.maximumDepth, budget.spend(1), let only = expression.members.first else {
            return expression.flag
        }
        let parts = only.value.elements
        switch only.name {
        case "Condition": return only.value.text.flatMap { condition($0, depth: depth) }
        case "Fn::Not": return parts.first.flatMap { isTrue($0, depth: depth + 1) }.map { !$0 }
        case "Fn::And":
            let values = parts.map { isTrue($0, depth: depth + 1) }
            return values.contains(false) ? false : values.contains(nil) ? nil : true
        case "Fn::Or":
            let values = parts.map { isTrue($0, depth: depth + 1) }
            return values.contains(true) ? true : values.contains(nil) ? nil : false
        case "Fn::Equals":
            guard parts.count == 2, let left = resolve(parts[0], depth: depth + 1)?.text,
                let right = resolve(parts[1], depth: depth + 1)?.text
            else { return nil }
            return left == right
        default: return nil
        }
    }

    // MARK: Texts

    /// - Returns: text, or what is known of it when a piece is unknown.
    private func concatenated(_ pieces: [TemplateValue], separator: String) -> TemplateValue {
        let text = pieces.map { $0.placeholderText ?? "" }.joined(separator: separator)
        guard budget.spend(text.utf8.count) else {
            return unknown("${…}", "its functions refer to one another too often")
        }
        guard let reason = pieces.lazy.compactMap(\.unknown).first?.reason else { return .string(text) }
        return .unknown(UnknownValue(placeholder: text, reason: reason))
    }

    private func text(_ value: TemplateValue, depth: Int) -> String {
        resolve(value, depth: depth + 1)?.placeholderText ?? "…"
    }

    private func unknown(_ placeholder: String, _ reason: String) -> TemplateValue {
        .unknown(UnknownValue(placeholder: placeholder, reason: reason))
    }
}

/// How much is left of the work that one template may cause: a few names that each repeat another twice would otherwise
/// make texts without end.
private final class WorkBudget {
    private var remaining = 50_000_000

    func spend(_ amount: Int) -> Bool {
        remaining -= min(amount, remaining)
        return remaining > 0
    }
}
