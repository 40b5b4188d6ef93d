// The services that are called, and how they differ on the wire.

/// A service of AWS.
enum AWSService: Sendable {
    case dynamoDB, dynamoDBStreams, sqs, sns, s3, lambda

    /// The service's name in signatures.
    var signingName: String {
        switch self {
        case .dynamoDB, .dynamoDBStreams: "dynamodb"
        case .sqs: "sqs"
        case .sns: "sns"
        case .s3: "s3"
        case .lambda: "lambda"
        }
    }

    /// The beginning of the host of its regional endpoint.
    var hostPrefix: String { self == .dynamoDBStreams ? "streams.dynamodb" : signingName }

    /// The suffix of `AWS_ENDPOINT_URL_` for its endpoint ("Service-specific endpoints" in the AWS SDKs and Tools
    /// Reference).
    var variableSuffix: String {
        switch self {
        case .dynamoDB: "DYNAMODB"
        case .dynamoDBStreams: "DYNAMODB_STREAMS"
        case .sqs: "SQS"
        case .sns: "SNS"
        case .s3: "S3"
        case .lambda: "LAMBDA"
        }
    }

    /// In error texts.
    var name: String {
        switch self {
        case .dynamoDB: "DynamoDB"
        case .dynamoDBStreams: "DynamoDBStreams"
        case .sqs: "SQS"
        case .sns: "SNS"
        case .s3: "S3"
        case .lambda: "Lambda"
        }
    }
}
