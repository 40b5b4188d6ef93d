// AWS's error codes, as open as AWS's own list.

/// The code of an error of AWS, without the namespace it may come with.
public struct AWSErrorCode: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    // DynamoDB
    public static let conditionalCheckFailed: AWSErrorCode = "ConditionalCheckFailedException"
    public static let transactionCanceled: AWSErrorCode = "TransactionCanceledException"
    public static let transactionConflict: AWSErrorCode = "TransactionConflictException"
    public static let transactionInProgress: AWSErrorCode = "TransactionInProgressException"
    public static let resourceNotFound: AWSErrorCode = "ResourceNotFoundException"
    public static let validation: AWSErrorCode = "ValidationException"
    public static let accessDenied: AWSErrorCode = "AccessDeniedException"
    public static let provisionedThroughputExceeded: AWSErrorCode = "ProvisionedThroughputExceededException"

    // DynamoDB Streams
    public static let trimmedDataAccess: AWSErrorCode = "TrimmedDataAccessException"
    public static let expiredIterator: AWSErrorCode = "ExpiredIteratorException"
    public static let limitExceeded: AWSErrorCode = "LimitExceededException"

    /// The codes that the AWS SDKs and Tools Reference counts as throttling, under "Retry behavior".
    var isThrottling: Bool { Self.throttling.contains(rawValue) }
    /// The codes that it counts as transient.
    var isTransient: Bool { Self.transient.contains(rawValue) }
    /// The codes of "Common Errors" by which a service refuses the caller; DynamoDB sends them with the status 400.
    var isRefusal: Bool { Self.refusals.contains(rawValue) }

    private static let throttling: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]
    private static let refusals: Set<String> = [
        "AccessDenied", "AccessDeniedException", "NotAuthorized", "OptInRequired", "UnrecognizedClientException",
        "InvalidClientTokenId", "InvalidAccessKeyId", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
        "IncompleteSignatureException", "InvalidSignatureException", "SignatureDoesNotMatch",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "KMSAccessDeniedException", "KMSDisabledException",
    ]
    private static let transient: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "InternalError", "InternalServerError", "InternalFailure",
        "ServiceUnavailable", "ServiceUnavailableException", "IDPCommunicationError",
    ]
}
