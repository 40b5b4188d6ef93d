// The actions of a mapping that SAM's policy templates and connectors allow.

/// After `policy_templates.json` and the connectors' `profiles.json` of the AWS Serverless Application Model 1.100 and
/// later.
struct ServerlessPolicies {
    let template: Template

    // MARK: Policy templates

    private struct Grant {
        let actions: [String]
        /// ARNs with `{Parameter}` in them.
        let resources: [String]
    }

    /// - Returns: nil for a name that SAM does not define, or that is not known here.
    func statements(of name: String, _ parameters: TemplateValue) -> [PolicyStatement]? {
        if let grants = Self.grants[name] {
            return grants.map { grant in
                PolicyStatement(allow: grant.actions, on: grant.resources.map { filled($0, parameters) })
            }
        }
        return Self.withoutThese.contains(name) ? [] : nil
    }

    private func filled(_ pattern: String, _ parameters: TemplateValue) -> TemplateValue {
        var text = pattern
        for (name, pseudo) in [
            ("partition", "AWS::Partition"), ("region", "AWS::Region"), ("account", "AWS::AccountId"),
        ] {
            text = text.replacing("{\(name)}", with: template.parameters[pseudo]?.text ?? "")
        }
        var unknown: UnknownValue?
        for parameter in parameters.members {
            unknown = unknown ?? parameter.value.unknown
            text = text.replacing("{\(parameter.name)}", with: parameter.value.placeholderText ?? "")
        }
        guard let unknown else { return .string(text) }
        return .unknown(UnknownValue(placeholder: text, reason: unknown.reason))
    }

    private static func arn(_ service: String, _ resource: String) -> String {
        "arn:{partition}:\(service):{region}:{account}:\(resource)"
    }

    private static let table = arn("dynamodb", "table/{TableName}")
    private static let objects = "arn:{partition}:s3:::{BucketName}/*"
    private static let bucket = "arn:{partition}:s3:::{BucketName}"
    private static let grants: [String: [Grant]] = [
        "DynamoDBStreamReadPolicy": [
            Grant(
                actions: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                resources: [table + "/stream/{StreamName}"]
            )
        ],
        "SQSSendMessagePolicy": [Grant(actions: ["sqs:SendMessage*"], resources: [arn("sqs", "{QueueName}")])],
        "SNSPublishMessagePolicy": [Grant(actions: ["sns:Publish"], resources: [arn("sns", "{TopicName}")])],
        "SNSCrudPolicy": [Grant(actions: ["sns:Publish"], resources: [arn("sns", "{TopicName}*")])],
        "S3WritePolicy": [Grant(actions: ["s3:PutObject"], resources: [bucket, objects])],
        "S3ReadPolicy": [Grant(actions: ["s3:GetObject", "s3:ListBucket"], resources: [bucket, objects])],
        "S3CrudPolicy": [
            Grant(actions: ["s3:GetObject", "s3:ListBucket", "s3:PutObject"], resources: [bucket, objects])
        ],
        "S3FullAccessPolicy": [
            Grant(actions: ["s3:GetObject", "s3:PutObject"], resources: [objects]),
            Grant(actions: ["s3:ListBucket"], resources: [bucket]),
        ],
        "KMSDecryptPolicy": [Grant(actions: ["kms:Decrypt"], resources: [arn("kms", "key/{KeyId}")])],
        "KMSEncryptPolicy_v2": [
            Grant(actions: ["kms:Encrypt", "kms:GenerateDataKey*"], resources: [arn("kms", "key/{KeyId}")])
        ],
    ]

    /// They contain no permission that a mapping needs.
    private static let withoutThese: Set<String> = Set(
        """
        AMIDescribePolicy AWSSecretsManagerGetSecretValuePolicy AWSSecretsManagerRotationPolicy AcmGetCertificatePolicy \
        AthenaQueryPolicy CloudFormationDescribeStacksPolicy CloudWatchDashboardPolicy \
        CloudWatchDescribeAlarmHistoryPolicy CloudWatchPutMetricPolicy CodeCommitCrudPolicy CodeCommitReadPolicy \
        CodePipelineLambdaExecutionPolicy CodePipelineReadOnlyPolicy ComprehendBasicAccessPolicy \
        CostExplorerReadOnlyPolicy DynamoDBBackupFullAccessPolicy DynamoDBCrudPolicy DynamoDBReadPolicy \
        DynamoDBReconfigurePolicy DynamoDBRestoreFromBackupPolicy DynamoDBWritePolicy EC2CopyImagePolicy \
        EC2DescribePolicy EFSWriteAccessPolicy EKSDescribePolicy EcsRunTaskPolicy ElasticsearchHttpPostPolicy \
        EventBridgePutEventsPolicy FilterLogEventsPolicy FirehoseCrudPolicy FirehoseWritePolicy KMSEncryptPolicy \
        KinesisCrudPolicy KinesisStreamReadPolicy LambdaInvokePolicy MobileAnalyticsWriteOnlyAccessPolicy \
        OrganizationsListAccountsPolicy PinpointEndpointAccessPolicy PollyFullAccessPolicy RekognitionDetectOnlyPolicy \
        RekognitionFacesManagementPolicy RekognitionFacesPolicy RekognitionLabelsPolicy RekognitionNoDataAccessPolicy \
        RekognitionReadPolicy RekognitionWriteOnlyAccessPolicy Route53ChangeResourceRecordSetsPolicy \
        SESBulkTemplatedCrudPolicy SESBulkTemplatedCrudPolicy_v2 SESCrudPolicy SESEmailTemplateCrudPolicy \
        SESSendBouncePolicy SQSPollerPolicy SSMParameterReadPolicy SSMParameterWithSlashPrefixReadPolicy \
        SageMakerCreateEndpointConfigPolicy SageMakerCreateEndpointPolicy ServerlessRepoReadWriteAccessPolicy \
        StepFunctionsCallbackPolicy StepFunctionsExecutionPolicy StepFunctionsExecutionPolicy_v2 \
        TextractDetectAnalyzePolicy TextractGetResultPolicy TextractPolicy VPCAccessPolicy
        """.split(separator: " ").map(String.init)
    )

    // MARK: Connectors

    /// The permissions that the template's connectors add to the role of a function.
    func connectors(of function: TemplateFunction) -> PolicyStatements {
        var all = PolicyStatements()
        for resource in template.resources {
            if resource.type == "AWS::Serverless::Connector" {
                for source in resource.properties["Source"]?.oneOrMore ?? [] {
                    all = all + granted(from: source, resource.properties, to: function)
                }
            }
            let own = TemplateValue.object([TemplateMember("Id", .string(resource.logicalID))])
            if let unknown = resource.connectors.unknown { all.unread.append(unknown.reason) }
            for connector in resource.connectors.members {
                all = all + granted(from: own, connector.value["Properties"] ?? connector.value, to: function)
            }
        }
        return all
    }

    private func granted(
        from source: TemplateValue,
        _ properties: TemplateValue,
        to function: TemplateFunction
    ) -> PolicyStatements {
        var all = PolicyStatements()
        let permissions = Set(properties["Permissions"]?.oneOrMore.compactMap(\.text) ?? [])
        for destination in properties["Destination"]?.oneOrMore ?? [] {
            if let unknown = source.firstUnknown ?? destination.firstUnknown,
                source.unknown != nil || destination.unknown != nil
            {
                all.unread.append(unknown.reason)
                continue
            }
            let (from, to) = (end(source), end(destination))
            if isFunction(destination, function),
                from.type?.contains("DynamoDB") == true || from.type?.contains("Table") == true,
                permissions.contains("Read")
            {
                all.statements.append(
                    PolicyStatement(
                        allow: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                        on: [appended(from.arn, "/stream/*")]
                    )
                )
            }
            guard isFunction(source, function) else { continue }
            for permission in permissions {
                let actions = Self.connectorActions["\(to.type ?? "") \(permission)"] ?? []
                if !actions.isEmpty {
                    all.statements.append(PolicyStatement(allow: actions, on: [to.arn, appended(to.arn, "/*")]))
                }
            }
        }
        return all
    }

    private static let connectorActions = [
        "AWS::SQS::Queue Write": [
            "sqs:DeleteMessage", "sqs:SendMessage", "sqs:ChangeMessageVisibility", "sqs:PurgeQueue",
        ],
        "AWS::SNS::Topic Write": ["sns:Publish"],
        "AWS::S3::Bucket Read": ["s3:GetObject", "s3:ListBucket"],
        "AWS::S3::Bucket Write": ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
    ]

    private func end(_ value: TemplateValue) -> (type: String?, arn: TemplateValue) {
        let resource = value["Id"]?.text.flatMap { id in template.resources.first { $0.logicalID == id } }
        let missing = UnknownValue(placeholder: "${…}", reason: "a connector's resource is not in the template")
        return (
            resource?.type ?? value["Type"]?.text,
            resource?.arn.map { .string($0) } ?? value["Arn"] ?? .unknown(missing)
        )
    }

    private func isFunction(_ value: TemplateValue, _ function: TemplateFunction) -> Bool {
        if let id = value["Id"]?.text { return id == function.logicalID }
        guard let arn = value["Arn"]?.placeholderText else { return false }
        return function.isNamed(FunctionReference(arn).name)
    }

    private func appended(_ arn: TemplateValue, _ path: String) -> TemplateValue {
        guard case .unknown(let value) = arn else { return .string((arn.text ?? "") + path) }
        return .unknown(UnknownValue(placeholder: value.placeholder + path, reason: value.reason))
    }
}
