// The values of `Ref` and `Fn::GetAtt` for a resource, as far as they are known before it is deployed.

struct ResourceNames {
    let resolver: TemplateResolver
    /// How deep the reference stands; names may refer to one another.
    let depth: Int

    /// The type's name property, where the template may choose the physical name.
    static let nameProperties = [
        "AWS::DynamoDB::Table": "TableName", "AWS::DynamoDB::GlobalTable": "TableName",
        "AWS::Serverless::SimpleTable": "TableName", "AWS::Kinesis::Stream": "Name",
        "AWS::SQS::Queue": "QueueName", "AWS::SNS::Topic": "TopicName", "AWS::S3::Bucket": "BucketName",
        "AWS::Serverless::Function": "FunctionName", "AWS::Lambda::Function": "FunctionName",
        "AWS::IAM::Role": "RoleName", "AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::Lambda::Alias": "Name",
        "AWS::KMS::Alias": "AliasName",
    ]
    /// What `Fn::GetAtt` gives of the types that sources and destinations are made of.
    private static let attributes: [String: Set<String>] = [
        "AWS::DynamoDB::Table": ["Arn", "StreamArn"],
        "AWS::DynamoDB::GlobalTable": ["Arn", "StreamArn", "TableId"],
        "AWS::Serverless::SimpleTable": ["Arn"],
        "AWS::SQS::Queue": ["Arn", "QueueName", "QueueUrl"],
        "AWS::SNS::Topic": ["TopicArn", "TopicName"],
    ]
    /// Services whose names in ARNs are not those in their types.
    private static let services = ["msk": "kafka", "amazonmq": "mq", "docdb": "rds"]

    func reference(to logicalID: String, _ resource: TemplateValue) -> TemplateValue {
        let type = resource["Type"]?.text ?? ""
        let name = physicalName(of: logicalID, resource)
        switch type {
        case "AWS::SQS::Queue":
            return .string("https://sqs.\(region).\(suffix)/\(account)/\(name)")
        case "AWS::SNS::Topic", "AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::IAM::ManagedPolicy":
            return .string(arn(of: logicalID, resource) ?? name)
        case "AWS::KMS::Key": return .string(name)
        default:
            if Self.nameProperties[type] != nil { return .string(name) }
            return unknown("${\(logicalID)}", type)
        }
    }

    func attribute(_ attribute: String, of logicalID: String, _ resource: TemplateValue) -> TemplateValue {
        let type = resource["Type"]?.text ?? ""
        let name = physicalName(of: logicalID, resource)
        switch attribute {
        case "Arn", "TopicArn", "FunctionArn", "AliasArn":
            if let arn = arn(of: logicalID, resource) { return .string(arn) }
        case "StreamArn":
            if type.contains("Table"), let arn = arn(of: logicalID, resource) {
                return .string("\(arn)/stream/2026-01-01T00:00:00.000")
            }
        case "QueueName", "TopicName", "RoleName": return .string(name)
        case "KeyId": if type == "AWS::KMS::Key" { return .string(name) }
        case "QueueUrl": return reference(to: logicalID, resource)
        default: break
        }
        let placeholder = "${\(logicalID).\(attribute)}"
        if let known = Self.attributes[type], !known.contains(attribute) {
            let meant = resolver.suggestion(attribute, Array(known))
            return resolver.undeclared(placeholder, "an \(type) has no attribute \(attribute)\(meant)")
        }
        return unknown(placeholder, type)
    }

    private func unknown(_ placeholder: String, _ type: String) -> TemplateValue {
        let parts = type.lowercased().split(separator: ":").map(String.init)
        let service = parts.count == 3 && parts[0] == "aws" ? Self.services[parts[1]] ?? parts[1] : nil
        // Nested stacks and custom resources give values of any service.
        let isKnown = service != nil && service != "cloudformation"
        return .unknown(
            UnknownValue(
                placeholder: placeholder,
                reason: "AWS chooses it when the stack is deployed",
                service: isKnown ? service : nil
            )
        )
    }

    func physicalName(of logicalID: String, _ resource: TemplateValue) -> String {
        guard let type = resource["Type"]?.text else { return logicalID }
        let chosen = Self.nameProperties[type].flatMap { resource["Properties"]?[$0] }
            .flatMap { resolver.resolve($0, depth: depth + 1)?.placeholderText }
        let name = chosen ?? logicalID
        return isFIFO(resource) && !name.hasSuffix(".fifo") ? name + ".fifo" : name
    }

    /// SQS and SNS insist that the name of such a queue or topic ends so, and CloudFormation makes it end so.
    private func isFIFO(_ resource: TemplateValue) -> Bool {
        ["FifoQueue", "FifoTopic"].contains { property in
            resource["Properties"]?[property].flatMap { resolver.resolve($0, depth: depth + 1)?.flag } == true
        }
    }

    private func arn(of logicalID: String, _ resource: TemplateValue) -> String? {
        let name = physicalName(of: logicalID, resource)
        switch resource["Type"]?.text {
        case "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Serverless::SimpleTable":
            return arn("dynamodb", "table/\(name)")
        case "AWS::SQS::Queue": return arn("sqs", name)
        case "AWS::SNS::Topic": return arn("sns", name)
        case "AWS::Kinesis::Stream": return arn("kinesis", "stream/\(name)")
        case "AWS::KMS::Key": return arn("kms", "key/\(name)")
        case "AWS::S3::Bucket": return "arn:\(partition):s3:::\(name)"
        case "AWS::IAM::Role": return "arn:\(partition):iam::\(account):role/\(name)"
        case "AWS::IAM::ManagedPolicy": return "arn:\(partition):iam::\(account):policy/\(name)"
        case "AWS::Serverless::Function", "AWS::Lambda::Function": return arn("lambda", "function:\(name)")
        case "AWS::Lambda::Alias", "AWS::Lambda::Version":
            let function = resource["Properties"]?["FunctionName"]
                .flatMap { resolver.resolve($0, depth: depth + 1)?.placeholderText }
            guard let function else { return nil }
            let qualifier = resource["Type"]?.text == "AWS::Lambda::Alias" ? name : "1"
            return function.hasPrefix("arn:")
                ? "\(function):\(qualifier)" : arn("lambda", "function:\(function):\(qualifier)")
        default: return nil
        }
    }

    private func arn(_ service: String, _ resource: String) -> String {
        "arn:\(partition):\(service):\(region):\(account):\(resource)"
    }

    private var partition: String { pseudo("AWS::Partition") }
    private var region: String { pseudo("AWS::Region") }
    private var account: String { pseudo("AWS::AccountId") }
    private var suffix: String { pseudo("AWS::URLSuffix") }

    private func pseudo(_ name: String) -> String { resolver.parameters[name]?.text ?? "" }
}

// MARK: What SAM makes

extension ResourceNames {
    /// `Fn.Alias` and `Fn.Version`, and the logical IDs that SAM generates: `FnAliaslive`, `FnRole`.
    func serverlessReference(to name: String) -> TemplateValue? {
        for member in resolver.resources.members where member.value["Type"]?.text == "AWS::Serverless::Function" {
            let (id, function) = (member.name, member.value)
            if name == id + "Role" { return .string(name) }
            guard
                let alias = function["Properties"]?["AutoPublishAlias"].flatMap({
                    resolver.resolve($0)?.placeholderText
                }),
                case .string(let arn)? = attribute("Arn", of: id, function) as TemplateValue?
            else { continue }
            if name == id + ".Alias" || name == id + "Alias" + alias { return .string("\(arn):\(alias)") }
            if name == id + ".Version" || name.hasPrefix(id + "Version") { return .string("\(arn):1") }
        }
        return nil
    }

    func serverlessAttribute(_ attribute: String, of name: String) -> TemplateValue? {
        let isRole = resolver.resources.members.contains {
            $0.value["Type"]?.text == "AWS::Serverless::Function" && name == $0.name + "Role"
        }
        if isRole, attribute == "Arn" { return .string("arn:\(partition):iam::\(account):role/\(name)") }
        return ["Alias", "Version"].contains(attribute) ? serverlessReference(to: "\(name).\(attribute)") : nil
    }
}
