// The policies of a function's role that are in the template.

struct FunctionRole {
    /// The role's ARN, to compare with the principals of resources' policies.
    let arn: String
    private var policies = PolicyStatements()
    private var boundary: PolicyStatements?
    private let template: Template

    init(of mapping: TemplateMapping, function: TemplateFunction, in template: Template) {
        self.template = template
        let role = function.properties["Role"]
        let resource = role?.placeholderText.flatMap { arn in
            template.resources.first {
                $0.type == "AWS::IAM::Role" && ($0.arn == arn || arn.hasSuffix("role/" + $0.name))
            }
        }
        arn = role?.placeholderText ?? "${\(function.logicalID)Role.Arn}"
        if let resource {
            read(resource)
        } else if role == nil, function.isServerless {
            readServerless(mapping, function)
        } else {
            policies.unread.append(role?.unknown?.reason ?? "the function's role is not in the template")
        }
        policies = policies + ServerlessPolicies(template: template).connectors(of: function)
    }

    /// - Parameter resource: the result of the resource's own policy.
    func permission(for action: String, on target: PolicyTarget, resource: PolicyStatements = PolicyStatements())
        -> Permission
    {
        let own = policies.permission(for: action, on: target)
        let bounded = boundary.map { own.bounded(by: $0.permission(for: action, on: target)) } ?? own
        return .combined(bounded, resource.permission(for: action, on: target, role: arn))
    }

    // MARK: A role of the template

    private mutating func read(_ role: TemplateResource) {
        for policy in role.properties["Policies"]?.oneOrMore ?? [] {
            if let unknown = policy.unknown {
                policies.unread.append(unknown.reason)
            } else {
                policies = policies + PolicyStatements(document: policy["PolicyDocument"])
            }
        }
        for policy in role.properties["ManagedPolicyArns"]?.oneOrMore ?? [] { attach(policy) }
        for policy in template.resources where isAttached(policy, to: role) {
            policies =
                policies + PolicyStatements(document: policy.properties["PolicyDocument"], isCertain: policy.isCertain)
        }
        readBoundary(role.properties["PermissionsBoundary"])
    }

    /// Policies that name the role.
    private func isAttached(_ policy: TemplateResource, to role: TemplateResource) -> Bool {
        switch policy.type {
        case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy":
            policy.properties["Roles"]?.oneOrMore.contains { $0.placeholderText == role.name } ?? false
        case "AWS::IAM::RolePolicy": policy.properties["RoleName"]?.placeholderText == role.name
        default: false
        }
    }

    private mutating func readBoundary(_ value: TemplateValue?) {
        guard let value else { return }
        boundary = managed(value)
    }

    private mutating func attach(_ policy: TemplateValue) { policies = policies + managed(policy) }

    /// A managed policy by its ARN, or in SAM by its name.
    private func managed(_ value: TemplateValue) -> PolicyStatements {
        guard let text = value.text else {
            return PolicyStatements(unread: [value.unknown?.reason ?? "a managed policy's ARN is not text"])
        }
        let own = template.resources.first {
            $0.type == "AWS::IAM::ManagedPolicy" && ($0.arn == text || $0.name == text)
        }
        if let own {
            return PolicyStatements(document: own.properties["PolicyDocument"], isCertain: own.isCertain)
        }
        let name = text.split(separator: "/").last.map(String.init) ?? text
        let isAWS = text.contains(":iam::aws:policy/") || !text.hasPrefix("arn:")
        if isAWS, let statements = AWSManagedPolicies.statements(of: name) {
            return PolicyStatements(statements: statements)
        }
        return PolicyStatements(unread: ["the policy \(name) is not in the template"])
    }

    // MARK: A role that SAM makes

    private mutating func readServerless(_ mapping: TemplateMapping, _ function: TemplateFunction) {
        let events = function.properties["Events"]?.members ?? []
        if events.contains(where: { $0.value["Type"]?.text == "DynamoDB" }) {
            attach(.string("arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"))
        }
        for event in events {
            let destination = event.value["Properties"]?["DestinationConfig"]?["OnFailure"]
            guard let type = destination?["Type"]?.text, let value = destination?["Destination"] else { continue }
            let actions = [
                "SQS": ["sqs:SendMessage"], "SNS": ["sns:Publish"], "S3": ["s3:PutObject", "s3:ListBucket"],
            ]
            let objects = value.text.map { TemplateValue.string($0 + "/*") } ?? value
            policies.statements.append(PolicyStatement(allow: actions[type] ?? [], on: [value, objects]))
        }
        readBoundary(function.properties["PermissionsBoundary"])
        guard let own = function.properties["Policies"] else { return }
        for policy in own.oneOrMore {
            switch policy {
            case .string: attach(policy)
            case .object(let members):
                if policy["Statement"] != nil {
                    policies = policies + PolicyStatements(document: policy)
                } else if let first = members.first,
                    let statements = ServerlessPolicies(template: template).statements(of: first.name, first.value)
                {
                    policies.statements += statements
                } else {
                    policies.unread.append(
                        "the policy template \(members.first?.name ?? "without a name") is not known"
                    )
                }
            default: policies.unread.append(policy.unknown?.reason ?? "a policy cannot be read")
            }
        }
    }
}

extension TemplateResource {
    /// The value of `Ref` of a role or a policy.
    var name: String {
        ResourceNames.nameProperties[type].flatMap { properties[$0]?.placeholderText } ?? logicalID
    }
}
