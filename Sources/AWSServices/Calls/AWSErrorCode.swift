// AWS's error codes. Unknown ones are kept.

/// The code of an error from AWS, without its namespace.
///
/// ```swift
/// do {
///     try await DynamoDBClient().updateItem(addToTotal(order))
/// } catch let error {
///     guard case .service(.resourceNotFound) = error.kind else { throw error }
///     print("the table does not exist")
/// }
/// ```
public struct AWSErrorCode: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    // DynamoDB
    /// A write whose condition does not hold for the item. Nothing was written.
    public static let conditionalCheckFailed: AWSErrorCode = "ConditionalCheckFailedException"
    /// A transaction that was not carried out. ``AWSError`` has the reason for each of its actions.
    public static let transactionCanceled: AWSErrorCode = "TransactionCanceledException"
    /// Another transaction is writing one of the items. The request may be repeated.
    public static let transactionConflict: AWSErrorCode = "TransactionConflictException"
    /// A transaction with the same client token is still under way.
    public static let transactionInProgress: AWSErrorCode = "TransactionInProgressException"
    /// The table, stream, queue or function does not exist in this account and region.
    public static let resourceNotFound: AWSErrorCode = "ResourceNotFoundException"
    /// A request that the service considers malformed. A repetition fails in the same way.
    public static let validation: AWSErrorCode = "ValidationException"
    /// The credentials do not allow the action.
    public static let accessDenied: AWSErrorCode = "AccessDeniedException"
    /// The table's or the index's provisioned throughput is used up for the moment.
    public static let provisionedThroughputExceeded: AWSErrorCode = "ProvisionedThroughputExceededException"

    // DynamoDB Streams
    /// The stream no longer has the records: it keeps them for 24 hours.
    public static let trimmedDataAccess: AWSErrorCode = "TrimmedDataAccessException"
    /// A shard iterator that was not used within its 15 minutes.
    public static let expiredIterator: AWSErrorCode = "ExpiredIteratorException"
    /// More requests at once than the service accepts for the stream or the account.
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
