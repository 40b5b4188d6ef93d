// The actions of a mapping that AWS's managed policies allow.

/// The statements about DynamoDB, SQS, SNS, S3 and KMS of AWS's managed policies, after the "AWS Managed Policy
/// Reference Guide" of November 2026. A policy that is not here is not known.
enum AWSManagedPolicies {
    private enum Grant {
        case actions([String])
        case on([String], [String])
        case allBut([String])
    }

    /// - Parameter name: the last part of the policy's ARN.
    static func statements(of name: String) -> [PolicyStatement]? {
        if let grants = grants[name] {
            return grants.map { grant in
                switch grant {
                case .actions(let actions): PolicyStatement(allow: actions, on: [.string("*")])
                case .on(let actions, let resources):
                    PolicyStatement(allow: actions, on: resources.map { .string($0) })
                case .allBut(let actions): PolicyStatement(allowAllBut: actions)
                }
            }
        }
        return withoutThese.contains(name) ? [] : nil
    }

    private static let streamReading = [
        "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
    ]

    private static let grants: [String: [Grant]] = [
        "AdministratorAccess": [.actions(["*"])],
        "PowerUserAccess": [.allBut(["iam:*", "organizations:*", "account:*"])],
        "SystemAdministrator": [.actions(["sns:*", "sqs:*", "s3:*", "kms:Encrypt"])],
        "ReadOnlyAccess": [
            .actions([
                "dynamodb:BatchGet*", "dynamodb:Describe*", "dynamodb:Get*", "dynamodb:List*", "dynamodb:Query",
                "dynamodb:Scan", "kms:Describe*", "kms:Get*", "kms:List*", "s3:Get*", "s3:List*", "sns:Get*",
                "sns:List*", "sqs:Get*", "sqs:List*", "sqs:Receive*",
            ])
        ],
        "ViewOnlyAccess": [.actions(["dynamodb:DescribeStream", "dynamodb:ListStreams", "s3:ListBucket"])],
        "SecurityAudit": [.actions(["dynamodb:DescribeStream", "dynamodb:ListStreams", "s3:ListBucket"])],
        "AWSLambdaDynamoDBExecutionRole": [.actions(streamReading)],
        "AWSLambdaInvocation-DynamoDB": [.actions(streamReading)],
        "AWSLambdaSQSQueueExecutionRole": [
            .actions(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"])
        ],
        "AWSLambdaExecute": [.on(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::*"])],
        "AmazonDynamoDBFullAccess": [.actions(["dynamodb:*", "kms:DescribeKey", "kms:ListAliases", "sns:List*"])],
        "AmazonDynamoDBFullAccess_v2": [.actions(["dynamodb:*", "kms:DescribeKey", "kms:ListAliases"])],
        "AmazonDynamoDBFullAccesswithDataPipeline": [
            .actions(["dynamodb:*", "s3:DeleteObject", "s3:Get*", "s3:List*", "s3:Put*"])
        ],
        // It reads tables, not their streams: it does not contain dynamodb:GetRecords.
        "AmazonDynamoDBReadOnlyAccess": [
            .actions([
                "dynamodb:BatchGetItem", "dynamodb:Describe*", "dynamodb:List*", "dynamodb:GetAbacStatus",
                "dynamodb:GetItem", "dynamodb:GetResourcePolicy", "dynamodb:Query", "dynamodb:Scan",
                "dynamodb:PartiQLSelect", "kms:DescribeKey", "kms:ListAliases",
            ])
        ],
        "AmazonSQSFullAccess": [.actions(["sqs:*"])],
        "AmazonSQSReadOnlyAccess": [
            .actions(["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueues", "sqs:ListQueueTags"])
        ],
        "AmazonSNSFullAccess": [.actions(["sns:*"])],
        "AmazonSNSReadOnlyAccess": [.actions(["sns:GetTopicAttributes", "sns:List*"])],
        "CloudWatchFullAccess": [.actions(["sns:*"])],
        "AmazonS3FullAccess": [.actions(["s3:*"])],
        "AmazonS3ReadOnlyAccess": [.actions(["s3:Get*", "s3:List*", "s3:Describe*"])],
        "AWSKeyManagementServicePowerUser": [.actions(["kms:Describe*", "kms:Get*", "kms:List*"])],
    ]

    /// They contain no permission that a mapping needs.
    private static let withoutThese: Set<String> = [
        "AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSLambdaENIManagementAccess",
        "AWSLambdaKinesisExecutionRole", "AWSLambdaMSKExecutionRole", "AWSLambdaRole", "AWSLambda_FullAccess",
        "AWSLambda_ReadOnlyAccess", "AmazonSNSRole", "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess",
        "AWSXrayFullAccess", "CloudWatchLogsFullAccess", "CloudWatchLambdaInsightsExecutionRolePolicy",
        "CloudWatchLambdaApplicationSignalsExecutionRolePolicy", "CloudWatchAgentServerPolicy",
        "AmazonSSMReadOnlyAccess", "AmazonSSMFullAccess", "AmazonEventBridgeFullAccess", "AmazonKinesisFullAccess",
        "AmazonRDSDataFullAccess", "AmazonSESFullAccess", "AWSStepFunctionsFullAccess",
        "AmazonOpenSearchServiceFullAccess", "AmazonESFullAccess", "AmazonAPIGatewayInvokeFullAccess",
        "AmazonKinesisFirehoseFullAccess", "AmazonVPCFullAccess", "SecretsManagerReadWrite",
        "AmazonElastiCacheFullAccess", "AmazonBedrockFullAccess", "AmazonS3ObjectLambdaExecutionRolePolicy",
        "AWSLambdaManagedEC2ResourceOperator",
    ]
}
