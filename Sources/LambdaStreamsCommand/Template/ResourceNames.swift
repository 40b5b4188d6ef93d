// What `Ref` and `Fn::GetAtt` of a resource give once it is deployed, as near as can be said before.

struct ResourceNames {
    let resolver: TemplateResolver
    /// How deep the reference stands; names may refer to one another.
    let depth: Int

    /// The type's name property, where the template may choose the physical name.
    private static let nameProperties = [
        "AWS::DynamoDB::Table": "TableName", "AWS::DynamoDB::GlobalTable": "TableName",
        "AWS::Serverless::SimpleTable": "TableName",
        "AWS::SQS::Queue": "QueueName", "AWS::SNS::Topic": "TopicName", "AWS::S3::Bucket": "BucketName",
        "AWS::Serverless::Function": "FunctionName", "AWS::Lambda::Function": "FunctionName",
        "AWS::IAM::Role": "RoleName", "AWS::Lambda::Alias": "Name",
    ]

    func reference(to logicalID: String, _ resource: TemplateValue) -> TemplateValue {
        let name = physicalName(of: logicalID, resource)
        switch resource["Type"]?.text {
        case "AWS::SQS::Queue":
            return .string("https://sqs.\(region).\(suffix)/\(account)/\(name)")
        case "AWS::SNS::Topic", "AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::IAM::ManagedPolicy":
            return .string(arn(of: logicalID, resource) ?? name)
        default: return .string(name)
        }
    }

    func attribute(_ attribute: String, of logicalID: String, _ resource: TemplateValue) -> TemplateValue {
        let name = physicalName(of: logicalID, resource)
        switch attribute {
        case "Arn", "TopicArn", "FunctionArn", "AliasArn":
            if let arn = arn(of: logicalID, resource) { return .string(arn) }
        case "StreamArn":
            if let arn = arn(of: logicalID, resource) { return .string("\(arn)/stream/2026-01-01T00:00:00.000") }
        case "QueueName", "TopicName": return .string(name)
        case "QueueUrl": return reference(to: logicalID, resource)
        default: break
        }
        let placeholder = "${\(logicalID).\(attribute)}"
        return .unknown(UnknownValue(placeholder: placeholder, reason: "AWS chooses it when the stack is deployed"))
    }

    func physicalName(of logicalID: String, _ resource: TemplateValue) -> String {
        guard let type = resource["Type"]?.text, let property = Self.nameProperties[type],
            let value = resource["Properties"]?[property],
            let name = resolver.resolve(value, depth: depth + 1)?.placeholderText
        else { return logicalID }
        return name
    }

    private func arn(of logicalID: String, _ resource: TemplateValue) -> String? {
        let name = physicalName(of: logicalID, resource)
        switch resource["Type"]?.text {
        case "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Serverless::SimpleTable":
            return arn("dynamodb", "table/\(name)")
        case "AWS::SQS::Queue": return arn("sqs", name)
        case "AWS::SNS::Topic": return arn("sns", name)
        case "AWS::Kinesis::Stream": return arn("kinesis", "stream/\(name)")
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
