// What a function's role allows, read from the policies in the template.

/// The role of a function, as far as the template has it.
struct FunctionRole {
    private let managedPolicies: [String]
    private let statements: [TemplateValue]

    /// - Returns: nil where the template does not say what the role allows.
    init?(_ function: TemplateFunction?, in template: Template) {
        guard let function else { return nil }
        guard let role = function.properties["Role"] else {
            guard function.isServerless else { return nil }
            let policies = function.properties["Policies"]
            let all = policies?.elements ?? []
            let list = all.isEmpty ? [policies ?? .null] : all
            managedPolicies = list.compactMap(\.placeholderText) + list.compactMap { $0.members.first?.name }
            statements = list.flatMap { Self.statements(of: $0) }
            return
        }
        guard let arn = role.placeholderText,
            let resource = template.resources.first(where: {
                $0.type == "AWS::IAM::Role" && arn.hasSuffix("role/" + Self.name(of: $0, "RoleName"))
            })
        else { return nil }
        let roleName = Self.name(of: resource, "RoleName")
        let attached = resource.properties["ManagedPolicyArns"]?.elements.compactMap(\.placeholderText) ?? []
        let policies = template.resources.filter { policy in
            guard policy.type == "AWS::IAM::Policy" || policy.type == "AWS::IAM::ManagedPolicy" else { return false }
            let arn = "policy/" + Self.name(of: policy, "ManagedPolicyName")
            let namesRole = policy.properties["Roles"]?.elements.contains { $0.placeholderText == roleName } ?? false
            return namesRole || attached.contains { $0.hasSuffix(arn) }
        }
        let inline = resource.properties["Policies"]?.elements ?? []
        managedPolicies = attached
        statements = (inline + policies.map(\.properties))
            .flatMap { Self.statements(of: $0["PolicyDocument"] ?? .null) }
    }

    func allows(_ action: String) -> Bool {
        managedPolicies.contains { Self.managedPolicy($0, allows: action) }
            || statements.contains { statement in
                statement["Effect"]?.text == "Allow"
                    && Self.actions(of: statement).contains { Self.matches($0, action) }
            }
    }

    private static func name(of resource: TemplateResource, _ property: String) -> String {
        resource.properties[property]?.placeholderText ?? resource.logicalID
    }

    private static func statements(of document: TemplateValue) -> [TemplateValue] {
        switch document["Statement"] {
        case .list(let statements): statements
        case .some(let statement): [statement]
        case nil: []
        }
    }

    private static func actions(of statement: TemplateValue) -> [String] {
        switch statement["Action"] {
        case .list(let actions): actions.compactMap(\.placeholderText)
        case .some(let action): action.placeholderText.map { [$0] } ?? []
        case nil: []
        }
    }

    /// IAM's wildcards; letters count alike in both cases ("IAM JSON policy elements: Action").
    static func matches(_ pattern: String, _ action: String) -> Bool {
        let pattern = Array(pattern.lowercased().utf8)
        let action = Array(action.lowercased().utf8)
        var position = 0
        var next = 0
        var star: (pattern: Int, action: Int)?
        while next < action.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = (position, next)
                position += 1
            } else if position < pattern.count,
                pattern[position] == action[next] || pattern[position] == UInt8(ascii: "?")
            {
                position += 1
                next += 1
            } else if let last = star {
                star = (last.pattern, last.action + 1)
                position = last.pattern + 1
                next = last.action + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The policies of AWS, and of SAM, that people use for this.
    private static func managedPolicy(_ name: String, allows action: String) -> Bool {
        let name = name.split(separator: "/").last.map(String.init) ?? name
        switch name {
        case "AdministratorAccess", "PowerUserAccess": return true
        case "AWSLambdaDynamoDBExecutionRole", "AWSLambdaInvocation-DynamoDB", "DynamoDBStreamReadPolicy",
            "AmazonDynamoDBFullAccess", "AmazonDynamoDBFullAccess_v2", "AmazonDynamoDBReadOnlyAccess":
            return action.hasPrefix("dynamodb:")
        case "AmazonSQSFullAccess", "SQSSendMessagePolicy": return action.hasPrefix("sqs:")
        case "AmazonSNSFullAccess", "SNSPublishMessagePolicy", "SNSCrudPolicy": return action.hasPrefix("sns:")
        case "AmazonS3FullAccess", "S3CrudPolicy", "S3FullAccessPolicy":
            return action.hasPrefix("s3:")
        case "S3WritePolicy": return action == "s3:PutObject"
        default: return false
        }
    }
}
