// Resolving intrinsic functions ("Intrinsic function reference" of CloudFormation), as far as one machine can know.

import EventSourceMapping
import JSONScanning

struct TemplateResolver {
    let parameters: TemplateParameters
    let mappings: TemplateValue
    let conditions: TemplateValue
    let resources: TemplateValue

    /// Conditions and names may refer to one another, and a careless template lets them do so in a circle.
    static let maximumDepth = 50
    let budget = WorkBudget()

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
            if members.contains(where: { $0.name == "Fn::Transform" }) {
                return unknown("${Fn::Transform}", "CloudFormation includes a part of it when the stack is deployed")
            }
            return .object(
                members.compactMap { member in
                    resolve(member.value, depth: depth).map { TemplateMember(member.name, $0, line: member.line) }
                }
            )
        default: return value
        }
    }

    private static func isIntrinsic(_ name: String) -> Bool {
        name == "Ref" || name == "Condition" || name.hasPrefix("Fn::") && !name.hasPrefix("Fn::ForEach::")
    }

    private func intrinsic(_ name: String, _ argument: TemplateValue, depth: Int) -> TemplateValue? {
        switch name {
        case "Ref": return reference(argument, depth: depth)
        case "Fn::GetAtt": return attribute(argument, depth: depth)
        case "Fn::Sub": return substituted(argument, depth: depth)
        case "Fn::If": return chosen(argument, depth: depth)
        case "Fn::FindInMap": return found(argument, depth: depth)
        case "Fn::Join": return joined(argument, depth: depth)
        case "Fn::Select": return selected(argument, depth: depth)
        case "Fn::Split": return split(argument, depth: depth)
        case "Fn::ToJsonString":
            guard let value = resolve(argument, depth: depth) else { return nil }
            return written(value) { .string($0.jsonText) }
        case "Fn::Length":
            guard let value = resolve(argument, depth: depth) else { return nil }
            if case .unknown = value { return value }
            return .number(String(value.elements.count))
        case "Fn::Base64":
            guard let value = resolve(argument, depth: depth) else { return nil }
            return written(value) { .string(String(base64Of: Array(($0.text ?? "").utf8))) }
        case "Condition", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not":
            switch truth(.object([TemplateMember(name, argument)]), depth: depth) {
            case .known(let isTrue): return .boolean(isTrue)
            case .unknown(let reason): return unknown("${\(name)}", reason)
            }
        case "Fn::ImportValue":
            return unknown("${\(text(argument, depth: depth))}", "it is imported from another stack")
        case _ where Self.others.contains(name): return unknown("${\(name)}", "only CloudFormation resolves \(name)")
        default: return undeclared("${\(name)}", "CloudFormation has no function \(name)")
        }
    }

    /// Functions that need AWS, or that stand only where nothing here is read.
    private static let others: Set<String> = [
        "Fn::Cidr", "Fn::GetAZs", "Fn::Transform", "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn",
        "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll", "Fn::GetStackOutput",
    ]

    /// A text made of a value: unknown where a part of the value is.
    private func written(_ value: TemplateValue, _ body: (TemplateValue) -> TemplateValue) -> TemplateValue {
        guard let unknown = value.firstUnknown else { return body(value) }
        return .unknown(UnknownValue(placeholder: value.jsonText, reason: unknown.reason))
    }

    // MARK: References

    private func reference(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        guard let name = argument.text else { return unknown("${…}", "its Ref names nothing") }
        if name == "AWS::NoValue" { return nil }
        if let value = parameters[name] { return value }
        let names = ResourceNames(resolver: self, depth: depth)
        if let resource = resources[name] {
            return leftOut(name, resource, "${\(name)}", depth: depth) ?? names.reference(to: name, resource)
        }
        return names.serverlessReference(to: name)
            ?? undeclared(
                "${\(name)}",
                "the template has no parameter and no resource \(name)\(suggestion(name, parameters.names + resourceNames))"
            )
    }

    func attribute(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts =
            argument.text.map { $0.split(separator: ".", maxSplits: 1).map(String.init) }
            ?? argument.elements.map { text($0, depth: depth) }
        guard parts.count == 2 else { return unknown("${…}", "its GetAtt names no attribute") }
        let names = ResourceNames(resolver: self, depth: depth)
        guard let resource = resources[parts[0]] else {
            return names.serverlessAttribute(parts[1], of: parts[0])
                ?? undeclared(
                    "${\(parts[0]).\(parts[1])}",
                    "the template has no resource \(parts[0])\(suggestion(parts[0], resourceNames))"
                )
        }
        return leftOut(parts[0], resource, "${\(parts[0]).\(parts[1])}", depth: depth)
            ?? names.attribute(parts[1], of: parts[0], resource)
    }

    private var resourceNames: [String] { resources.members.map(\.name) }

    /// ` (did you mean Orders?)`, or nothing.
    func suggestion(_ name: String, _ known: [String]) -> String {
        NearestName.of(name, among: known.sorted()).map { " (did you mean \($0)?)" } ?? ""
    }

    /// A reference to a resource that a false condition leaves out, for which CloudFormation refuses the template.
    private func leftOut(_ name: String, _ resource: TemplateValue, _ text: String, depth: Int) -> TemplateValue? {
        guard let condition = resource["Condition"]?.text, self.condition(condition, depth: depth) == .known(false)
        else {
            return nil
        }
        return undeclared(text, "the condition \(condition) of \(name) is false")
    }

    // MARK: Texts

    private func substituted(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        guard let template = argument.text ?? argument.elements.first?.text else {
            return unknown("${…}", "its Sub has no text")
        }
        let own = argument.elements.dropFirst().first?.members ?? []
        var pieces: [TemplateValue] = []
        var rest = template[...]
        while let start = rest.firstRange(of: "${") {
            pieces.append(.string(String(rest[..<start.lowerBound])))
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                rest = rest[start.lowerBound...]
                break
            }
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
        let name = name.split(separator: " ").joined()
        if let value = own.first(where: { $0.name == name })?.value {
            return resolve(value, depth: depth + 1) ?? .string("")
        }
        let isReference = parameters[name] != nil || !name.contains(".")
        let value = isReference ? reference(.string(name), depth: depth) : attribute(.string(name), depth: depth)
        return value ?? .string("")
    }

    private func joined(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts = argument.elements
        guard parts.count == 2, let separator = parts[0].text else {
            return unknown("${…}", "its Join has not two parts")
        }
        guard let list = resolve(parts[1], depth: depth) else { return nil }
        if case .unknown = list { return list }
        return concatenated(list.elements, separator: separator)
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

    /// - Returns: text, or what is known of it when a piece is unknown.
    private func concatenated(_ pieces: [TemplateValue], separator: String) -> TemplateValue {
        let text = pieces.map { $0.placeholderText ?? "" }.joined(separator: separator)
        guard budget.spend(text.utf8.count) else {
            return unknown("${…}", "its functions refer to one another too often")
        }
        guard let piece = pieces.lazy.compactMap(\.firstUnknown).first else { return .string(text) }
        return .unknown(UnknownValue(placeholder: text, reason: piece.reason, isUndeclared: piece.isUndeclared))
    }

    func text(_ value: TemplateValue, depth: Int) -> String {
        resolve(value, depth: depth + 1)?.placeholderText ?? "…"
    }

    func unknown(_ placeholder: String, _ reason: String) -> TemplateValue {
        .unknown(UnknownValue(placeholder: placeholder, reason: reason))
    }

    func undeclared(_ placeholder: String, _ reason: String) -> TemplateValue {
        .unknown(UnknownValue(placeholder: placeholder, reason: reason, isUndeclared: true))
    }
}

/// How much is left of the work that one template may cause: a few names that each repeat another twice would otherwise
/// make texts without end.
final class WorkBudget {
    private var remaining = 50_000_000

    func spend(_ amount: Int) -> Bool {
        remaining -= min(amount, remaining)
        return remaining > 0
    }
}
