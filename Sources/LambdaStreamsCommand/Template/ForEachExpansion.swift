// `Fn::ForEach` of the transform AWS::LanguageExtensions, written out.

/// Replaces each loop by what it stands for, as far as its collection is known.
struct ForEachExpansion {
    let resolver: TemplateResolver
    /// More than a template of the largest size can hold.
    private static let maximumValueCount = TemplateText.maximumValueCount
    private var valueCount = 0
    /// The loops whose collection is not known, by name with the reason.
    private(set) var unread: [UnreadPart] = []

    init(resolver: TemplateResolver) { self.resolver = resolver }

    private typealias Bindings = [String: String]

    mutating func expand(_ value: TemplateValue, file: String) throws(TemplateError) -> TemplateValue {
        try expand(value, [:], file: file, line: 0)
    }

    private mutating func expand(
        _ value: TemplateValue,
        _ bindings: Bindings,
        file: String,
        line: Int
    ) throws(TemplateError) -> TemplateValue {
        valueCount += 1
        guard valueCount <= Self.maximumValueCount else {
            throw .tooComplex(file: file, reason: "its loops make more than \(Self.maximumValueCount) values of it")
        }
        switch value {
        case .string(let text): return .string(bindings.isEmpty ? text : Self.replaced(text, bindings))
        case .list(let elements):
            var list: [TemplateValue] = []
            for element in elements { list.append(try expand(element, bindings, file: file, line: line)) }
            return .list(list)
        case .object(let members):
            if members.count == 1, members[0].name == "Ref", let name = members[0].value.text,
                let bound = bindings[name]
            {
                return .string(bound)
            }
            var expanded: [TemplateMember] = []
            for member in members {
                let at = member.line > 0 ? member.line : line
                if member.name.hasPrefix("Fn::ForEach::") {
                    let loop = TemplateMember(member.name, member.value, line: at)
                    expanded += try self.expanded(loop, bindings, file: file)
                } else {
                    let name = bindings.isEmpty ? member.name : Self.replaced(member.name, bindings)
                    let inner = try expand(member.value, bindings, file: file, line: at)
                    expanded.append(TemplateMember(name, inner, line: member.line))
                }
            }
            return .object(expanded)
        default: return value
        }
    }

    /// `[Identifier, [A, B], {"${Identifier}Name": …}]`
    private mutating func expanded(
        _ loop: TemplateMember,
        _ bindings: Bindings,
        file: String
    ) throws(TemplateError) -> [TemplateMember] {
        let parts = loop.value.elements
        guard parts.count == 3, let identifier = parts[0].text, case .object = parts[2] else {
            unread.append(
                UnreadPart(name: loop.name, line: loop.line, reason: "it is not an identifier, a list and an object")
            )
            return []
        }
        let bound = try expand(parts[1], bindings, file: file, line: loop.line)
        let collection = resolver.resolve(bound) ?? .list([])
        guard case .list(let elements) = collection, collection.firstUnknown == nil else {
            let reason = collection.firstUnknown?.reason ?? "its collection is not a list"
            unread.append(UnreadPart(name: loop.name, line: loop.line, reason: reason))
            return []
        }
        var members: [TemplateMember] = []
        for element in elements {
            var inner = bindings
            inner[identifier] = element.text ?? ""
            members += try expand(parts[2], inner, file: file, line: loop.line).members
        }
        return members
    }

    /// `${Name}`, and `&{Name}` without what a logical ID may not have.
    private static func replaced(_ text: String, _ bindings: Bindings) -> String {
        guard text.contains("{") else { return text }
        return bindings.reduce(text) { text, binding in
            text.replacing("${\(binding.key)}", with: binding.value)
                .replacing("&{\(binding.key)}", with: binding.value.filter { $0.isLetter || $0.isNumber })
        }
    }
}

/// A part of a template that was not read.
struct UnreadPart: Sendable, Equatable {
    let name: String
    let line: Int
    /// A clause without a full stop.
    let reason: String
    /// The resource that it is a part of, where it is one.
    var resource: String? = nil
    /// What was meant, as the template would have it, where a name is misspelt.
    var meant: String? = nil
}
