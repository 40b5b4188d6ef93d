// One statement of a policy ("IAM JSON policy elements reference").

struct PolicyStatement: Sendable {
    /// What `Action` or `NotAction` lists, and likewise `Resource`.
    enum Names: Sendable {
        case only([TemplateValue])
        case allBut([TemplateValue])

        func match(_ body: (TemplateValue) -> PolicyMatch) -> PolicyMatch {
            switch self {
            case .only(let names): names.map(body).max() ?? .no
            case .allBut(let names): (names.map(body).max() ?? .no).inverted
            }
        }
    }

    let isAllow: Bool
    let actions: Names
    let resources: Names
    private let principal: TemplateValue?
    private let condition: TemplateValue?
    private let isCertain: Bool

    init(allow actions: [String], on resources: [TemplateValue]) {
        isAllow = true
        self.actions = .only(actions.map { .string($0) })
        self.resources = .only(resources)
        principal = nil
        condition = nil
        isCertain = true
    }

    init(allowAllBut actions: [String]) {
        isAllow = true
        self.actions = .allBut(actions.map { .string($0) })
        resources = .only([.string("*")])
        principal = nil
        condition = nil
        isCertain = true
    }

    /// - Returns: nil if the statement cannot be read.
    init?(_ value: TemplateValue, isCertain: Bool) {
        guard case .object = value, let effect = value["Effect"]?.text, ["Allow", "Deny"].contains(effect) else {
            return nil
        }
        guard let actions = Self.names("Action", in: value) else { return nil }
        isAllow = effect == "Allow"
        self.actions = actions
        // The policy of a resource may omit the resource.
        resources = Self.names("Resource", in: value) ?? .only([.string("*")])
        principal = value["Principal"] ?? value["NotPrincipal"].map { _ in Self.unreadPrincipal }
        condition = value["Condition"].flatMap { $0.members.isEmpty && $0.unknown == nil ? nil : $0 }
        self.isCertain = isCertain
    }

    private static let unreadPrincipal = TemplateValue.unknown(
        UnknownValue(placeholder: "NotPrincipal", reason: "NotPrincipal is not read")
    )

    private static func names(_ element: String, in statement: TemplateValue) -> Names? {
        if let names = statement[element] { return .only(names.oneOrMore) }
        return statement["Not" + element].map { .allBut($0.oneOrMore) }
    }

    var isConditional: Bool { condition != nil || !isCertain }

    /// Why it is not known whether the statement applies.
    var doubt: String {
        if condition != nil { return "a statement of its policies has a Condition" }
        if !isCertain { return "one of its policies is created under a condition that is not known" }
        return "a statement of its policies is about resources that are not known here"
    }

    /// A Deny of requests without TLS or with an old version, which many templates contain. Lambda uses TLS 1.2 or
    /// later.
    var isAboutPlainHTTP: Bool {
        let tests = (condition?.members ?? []).flatMap { test in
            test.value.members.map { (operation: test.name.lowercased(), key: $0.name.lowercased(), value: $0.value) }
        }
        return !tests.isEmpty
            && tests.allSatisfy { test in
                switch test.key {
                case "aws:securetransport":
                    test.operation.hasPrefix("bool") && test.value.oneOrMore.allSatisfy { $0.flag == false }
                case "s3:tlsversion":
                    test.operation.hasPrefix("numericlessthan") && !test.operation.contains("equals")
                        && test.value.oneOrMore.allSatisfy { $0.text.flatMap { Double($0) }.map { $0 <= 1.2 } ?? false }
                default: false
                }
            }
    }

    // MARK: Matching

    func matches(_ action: String) -> PolicyMatch {
        actions.match { pattern in
            guard let text = pattern.text else { return .maybe }
            return Wildcards.match(text.lowercased(), action.lowercased()) ? .yes : .no
        }
    }

    func matches(_ target: PolicyTarget) -> PolicyMatch { resources.match { target.match($0) } }

    /// Whether the statement of a resource's policy applies to the role.
    func matches(principal role: String) -> PolicyMatch {
        guard let principal else { return .no }
        if principal.text == "*" { return .yes }
        if principal.unknown != nil { return .maybe }
        let principals = principal["AWS"]?.oneOrMore ?? []
        return principals.map { value in
            guard let text = value.text else { return value.placeholderText == role ? .yes : .maybe }
            if text == "*" || text == role { return .yes }
            // The whole account: an Allow leaves the decision to the role's policies; a Deny applies to every role.
            let isAccount = text.hasSuffix(":root") || text.allSatisfy(\.isNumber)
            return isAccount && !isAllow ? .maybe : .no
        }.max() ?? .no
    }
}

/// IAM's wildcards: `*` for any text, `?` for a character.
enum Wildcards {
    static func match(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        var position = 0
        var next = 0
        var star: (pattern: Int, text: Int)?
        while next < text.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = (position, next)
                position += 1
            } else if position < pattern.count,
                pattern[position] == text[next] || pattern[position] == UInt8(ascii: "?")
            {
                position += 1
                next += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                position = last.pattern + 1
                next = last.text + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
