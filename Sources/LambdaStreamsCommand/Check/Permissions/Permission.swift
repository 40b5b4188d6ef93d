// Whether a role allows an action: IAM's evaluation, with a third result for what cannot be known here.

/// "Policy evaluation logic" in the IAM User Guide: an explicit Deny wins, then an Allow; the default is to deny.
enum Permission: Equatable, Sendable {
    case allowed
    /// Denied by an explicit Deny, or because nothing allows it.
    case denied(explicitly: Bool)
    /// A clause without a full stop.
    case unknown(String)

    /// Combines the result of the role's policies with that of the resource's policy.
    static func combined(_ identity: Permission, _ resource: Permission) -> Permission {
        for answer in [identity, resource] where answer == .denied(explicitly: true) { return answer }
        // An unknown result beside an Allow is a Deny that may apply.
        for answer in [identity, resource] {
            if case .unknown = answer, identity == .allowed || resource == .allowed { return answer }
        }
        if identity == .allowed || resource == .allowed { return .allowed }
        for answer in [identity, resource] { if case .unknown = answer { return answer } }
        return identity
    }

    /// Applies a permissions boundary.
    func bounded(by boundary: Permission) -> Permission {
        switch (self, boundary) {
        case (.denied, _), (_, .allowed): self
        case (_, .denied): boundary
        case (.unknown, .unknown), (.allowed, .unknown): boundary
        }
    }
}

/// Whether a name or an ARN matches a pattern.
enum PolicyMatch: Comparable, Sendable {
    case no, maybe, yes

    var inverted: PolicyMatch {
        switch self {
        case .no: .yes
        case .maybe: .maybe
        case .yes: .no
        }
    }
}

/// The statements of several policies, and the parts that could not be read.
struct PolicyStatements: Sendable {
    var statements: [PolicyStatement] = []
    /// Clauses without a full stop.
    var unread: [String] = []

    static func + (left: PolicyStatements, right: PolicyStatements) -> PolicyStatements {
        PolicyStatements(statements: left.statements + right.statements, unread: left.unread + right.unread)
    }

    init(statements: [PolicyStatement] = [], unread: [String] = []) {
        self.statements = statements
        self.unread = unread
    }

    /// - Parameter isCertain: whether the policy is known to be attached.
    init(document: TemplateValue?, isCertain: Bool = true) {
        guard let document else { return }
        guard case .object = document else {
            unread.append(document.unknown?.reason ?? "a policy document is not an object")
            return
        }
        for element in document["Statement"]?.oneOrMore ?? [] {
            if let statement = PolicyStatement(element, isCertain: isCertain) {
                statements.append(statement)
            } else {
                unread.append(element.firstUnknown?.reason ?? "a statement of a policy cannot be read")
            }
        }
    }

    /// - Parameter role: the role's ARN where these are the policies of a resource, which say whom they are about.
    func permission(for action: String, on target: PolicyTarget, role: String? = nil) -> Permission {
        var isAllowed = false
        var doubtfulAllow: String?
        var doubtfulDeny: String?
        for statement in statements {
            var match = min(statement.matches(action), statement.matches(target))
            if let role { match = min(match, statement.matches(principal: role)) }
            guard match > .no else { continue }
            if !statement.isAllow, statement.isAboutPlainHTTP { continue }
            let isCertain = match == .yes && !statement.isConditional
            switch (statement.isAllow, isCertain) {
            case (false, true): return .denied(explicitly: true)
            case (true, true): isAllowed = true
            case (false, false): doubtfulDeny = doubtfulDeny ?? statement.doubt
            case (true, false): doubtfulAllow = doubtfulAllow ?? statement.doubt
            }
        }
        if isAllowed { return doubtfulDeny.map { .unknown($0) } ?? .allowed }
        if let doubt = doubtfulAllow ?? unread.first { return .unknown(doubt) }
        return .denied(explicitly: false)
    }
}
