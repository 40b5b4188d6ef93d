// Conditions, and the functions that choose one of several values.

/// Whether a condition holds, and why that is not known.
enum TemplateTruth: Equatable {
    case known(Bool)
    /// A clause without a full stop.
    case unknown(String)
}

extension TemplateResolver {
    func condition(_ name: String, depth: Int = 0) -> TemplateTruth {
        guard depth <= Self.maximumDepth else { return .unknown("the condition \(name) refers to itself") }
        guard let expression = conditions[name] else { return .unknown("the template has no condition \(name)") }
        switch truth(expression, depth: depth + 1) {
        case .known(let isTrue): return .known(isTrue)
        case .unknown(let reason):
            let isNamed = reason.hasPrefix("the condition ")
            return .unknown(isNamed ? reason : "the condition \(name) is not known: \(reason)")
        }
    }

    func truth(_ expression: TemplateValue, depth: Int) -> TemplateTruth {
        guard depth <= Self.maximumDepth, budget.spend(1), let only = expression.members.first else {
            return expression.flag.map { .known($0) } ?? .unknown("its condition cannot be read")
        }
        let parts = only.value.elements
        switch only.name {
        case "Condition":
            return only.value.text.map { condition($0, depth: depth) } ?? .unknown("its Condition names nothing")
        case "Fn::Not":
            guard let part = parts.first else { return .unknown("its Not is empty") }
            if case .known(let isTrue) = truth(part, depth: depth + 1) { return .known(!isTrue) }
            return truth(part, depth: depth + 1)
        case "Fn::And": return decided(parts, by: false, depth: depth)
        case "Fn::Or": return decided(parts, by: true, depth: depth)
        case "Fn::Equals":
            guard parts.count == 2 else { return .unknown("its Equals has not two parts") }
            let sides = parts.map { resolve($0, depth: depth + 1) ?? .string("") }
            if let unknown = sides.lazy.compactMap(\.firstUnknown).first { return .unknown(unknown.reason) }
            let texts = sides.map { $0.text ?? $0.jsonText }
            return .known(texts[0] == texts[1])
        default: return .unknown("only CloudFormation resolves \(only.name)")
        }
    }

    /// One part with that value is enough.
    private func decided(_ parts: [TemplateValue], by value: Bool, depth: Int) -> TemplateTruth {
        var doubt: TemplateTruth?
        for part in parts {
            let truth = truth(part, depth: depth + 1)
            if truth == .known(value) { return truth }
            if case .unknown = truth { doubt = doubt ?? truth }
        }
        return doubt ?? .known(!value)
    }

    func chosen(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts = argument.elements
        guard parts.count == 3, let name = parts[0].text else { return unknown("${…}", "its If has not three parts") }
        switch condition(name, depth: depth) {
        case .known(let isTrue): return resolve(parts[isTrue ? 1 : 2], depth: depth + 1)
        case .unknown(let reason):
            let (first, second) = (resolve(parts[1], depth: depth + 1), resolve(parts[2], depth: depth + 1))
            // What comes of both is known.
            if first == second { return first }
            return .unknown(
                UnknownValue(
                    placeholder: "${If \(name)}",
                    reason: reason,
                    mayBeAbsent: first == nil || second == nil
                        || first?.unknown?.mayBeAbsent == true || second?.unknown?.mayBeAbsent == true
                )
            )
        }
    }

    func found(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts = argument.elements
        guard parts.count >= 3 else { return unknown("${…}", "its FindInMap has not three parts") }
        let keys = parts[0..<3].map { resolve($0, depth: depth + 1) ?? .string("") }
        if let key = keys.lazy.compactMap(\.unknown).first {
            let path = keys.map { $0.placeholderText ?? "…" }.joined(separator: ".")
            return unknown("${\(path)}", key.reason)
        }
        let names = keys.map { $0.text ?? "…" }
        if let value = mappings[names[0]]?[names[1]]?[names[2]] { return resolve(value, depth: depth + 1) }
        if parts.count > 3, let standard = parts[3]["DefaultValue"] { return resolve(standard, depth: depth + 1) }
        let path = names.joined(separator: ".")
        return unknown("${\(path)}", "Mappings has no \(path)")
    }

    func selected(_ argument: TemplateValue, depth: Int) -> TemplateValue? {
        let parts = argument.elements
        guard parts.count == 2, let index = resolve(parts[0], depth: depth), let list = resolve(parts[1], depth: depth)
        else { return unknown("${…}", "its Select has not two parts") }
        if list.unknown != nil { return list }
        if index.unknown != nil { return index }
        guard let index = index.integer, list.elements.indices.contains(index) else {
            return unknown("${…}", "its Select asks for an element that the list does not have")
        }
        return list.elements[index]
    }
}
