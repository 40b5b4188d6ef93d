// Resource-based policies of queues, topics, buckets, streams and keys.

struct ResourcePolicies {
    let template: Template

    func of(stream arn: String) -> PolicyStatements {
        guard let table = template.resource(ofARN: arn) else { return PolicyStatements() }
        return PolicyStatements(document: table.properties["StreamSpecification"]?["ResourcePolicy"]?["PolicyDocument"])
    }

    func of(destination arn: String) -> PolicyStatements {
        guard let resource = template.resource(ofARN: arn) else {
            // Its policy may allow the action and is not in the template. Only the role's policies are read.
            return PolicyStatements()
        }
        var all = PolicyStatements()
        for policy in template.resources where isPolicy(policy, of: resource) {
            all = all + PolicyStatements(document: policy.properties["PolicyDocument"], isCertain: policy.isCertain)
        }
        return all
    }

    private func isPolicy(_ policy: TemplateResource, of resource: TemplateResource) -> Bool {
        switch (policy.type, resource.type) {
        case ("AWS::SQS::QueuePolicy", "AWS::SQS::Queue"):
            policy.properties["Queues"]?.oneOrMore.contains {
                $0.placeholderText?.hasSuffix("/" + arnName(resource)) == true
            }
                ?? false
        case ("AWS::SNS::TopicPolicy", "AWS::SNS::Topic"):
            policy.properties["Topics"]?.oneOrMore.contains { $0.placeholderText == resource.arn } ?? false
        case ("AWS::S3::BucketPolicy", "AWS::S3::Bucket"):
            policy.properties["Bucket"]?.placeholderText == resource.name
        default: false
        }
    }

    private func arnName(_ resource: TemplateResource) -> String {
        resource.arn?.split(separator: ":").last.map(String.init) ?? resource.logicalID
    }

    // MARK: Keys

    /// The customer's key that encrypts a queue, topic or bucket, as the template names it; nil where AWS's own does.
    static func key(of resource: TemplateResource) -> TemplateValue? {
        let value: TemplateValue?
        switch resource.type {
        case "AWS::SQS::Queue", "AWS::SNS::Topic": value = resource.properties["KmsMasterKeyId"]
        case "AWS::S3::Bucket":
            let rules = resource.properties["BucketEncryption"]?["ServerSideEncryptionConfiguration"]?.elements ?? []
            value = rules.lazy.compactMap { $0["ServerSideEncryptionByDefault"]?["KMSMasterKeyID"] }.first
        default: value = nil
        }
        guard let value, value.text?.contains("alias/aws/") != true, value.text != "" else { return nil }
        return value
    }

    /// The key's resource, where the template has it: named by ID, by ARN or by an alias.
    func keyResource(_ value: TemplateValue) -> TemplateResource? {
        guard let text = value.placeholderText else { return nil }
        if let key = template.resources.first(where: {
            $0.type == "AWS::KMS::Key" && ($0.arn == text || $0.logicalID == text)
        }) {
            return key
        }
        let alias = template.resources.first { $0.type == "AWS::KMS::Alias" && text.hasSuffix($0.name) }
        return alias?.properties["TargetKeyId"].flatMap { target in
            template.resources.first {
                $0.type == "AWS::KMS::Key"
                    && ($0.arn == target.placeholderText || $0.logicalID == target.placeholderText)
            }
        }
    }
}
