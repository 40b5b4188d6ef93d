// The settings of a mapping: the parameters of CreateEventSourceMapping that apply to a DynamoDB stream.

/// The settings of an event source mapping from a DynamoDB stream to a function.
///
/// Names, defaults and ranges are those of the Lambda API's `CreateEventSourceMapping`; ``validate()`` refuses what AWS
/// refuses, in its words.
public struct EventSourceMappingConfiguration: Hashable, Sendable {
    /// The stream's ARN, not the table's.
    public var eventSourceARN: String
    /// A name, an ARN, or either with a version or an alias.
    public var functionName: String
    public var startingPosition: StartingPosition
    /// The most records in an invocation, 1 to 10,000.
    public var batchSize: Int
    /// How long to gather records for a batch, 0 to 300 seconds; 0 takes what a poll gave.
    public var maximumBatchingWindowInSeconds: Int
    /// How many batches of one shard may be with the function at once, 1 to 10.
    public var parallelizationFactor: Int
    /// How often a failed batch is tried again, 0 to 10,000; -1 until its records expire.
    public var maximumRetryAttempts: Int
    /// Records older than that are discarded, 60 to 604,800 seconds; -1 for no such limit.
    public var maximumRecordAgeInSeconds: Int
    /// Whether a failed batch is bisected before it is tried again.
    public var bisectBatchOnFunctionError: Bool
    /// Whether the function's response is read for `batchItemFailures`.
    public var functionResponseTypes: Set<FunctionResponseType>
    /// The length of a tumbling window, 1 to 900 seconds; 0 for no windows.
    public var tumblingWindowInSeconds: Int
    /// Patterns of which a record must match one to be delivered; none deliver everything.
    public var filterPatterns: [String]
    /// Where the whereabouts of discarded records are sent: the ARN of a standard SQS queue, a standard SNS topic or an
    /// S3 bucket.
    public var onFailureDestination: String?
    /// A disabled mapping keeps its position and delivers nothing.
    public var isEnabled: Bool

    /// Where a mapping without a checkpoint begins to read.
    public enum StartingPosition: String, Hashable, Sendable {
        case trimHorizon = "TRIM_HORIZON"
        case latest = "LATEST"
    }

    /// What a mapping reads in the function's response.
    public enum FunctionResponseType: String, Hashable, Sendable {
        case reportBatchItemFailures = "ReportBatchItemFailures"
    }

    /// A mapping of the API's defaults. The stream and the function have names that do for tests.
    public init(
        eventSourceARN: String = Self.exampleStream,
        functionName: String = "function-under-test",
        startingPosition: StartingPosition = .trimHorizon,
        batchSize: Int = 100,
        maximumBatchingWindowInSeconds: Int = 0,
        parallelizationFactor: Int = 1,
        maximumRetryAttempts: Int = -1,
        maximumRecordAgeInSeconds: Int = -1,
        bisectBatchOnFunctionError: Bool = false,
        functionResponseTypes: Set<FunctionResponseType> = [],
        tumblingWindowInSeconds: Int = 0,
        filterPatterns: [String] = [],
        onFailureDestination: String? = nil,
        isEnabled: Bool = true
    ) {
        self.eventSourceARN = eventSourceARN
        self.functionName = functionName
        self.startingPosition = startingPosition
        self.batchSize = batchSize
        self.maximumBatchingWindowInSeconds = maximumBatchingWindowInSeconds
        self.parallelizationFactor = parallelizationFactor
        self.maximumRetryAttempts = maximumRetryAttempts
        self.maximumRecordAgeInSeconds = maximumRecordAgeInSeconds
        self.bisectBatchOnFunctionError = bisectBatchOnFunctionError
        self.functionResponseTypes = functionResponseTypes
        self.tumblingWindowInSeconds = tumblingWindowInSeconds
        self.filterPatterns = filterPatterns
        self.onFailureDestination = onFailureDestination
        self.isEnabled = isEnabled
    }

    /// The stream that a mapping without one is said to read.
    public static let exampleStream =
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-09-17T12:49:54.528"

    /// Whether the function's response is read for `batchItemFailures`.
    public var reportsBatchItemFailures: Bool { functionResponseTypes.contains(.reportBatchItemFailures) }
}

extension EventSourceMappingConfiguration {
    /// The kind of place that an on-failure destination is.
    public enum DestinationKind: Hashable, Sendable {
        case queue, topic, bucket
    }

    /// nil without a destination, and for one whose ARN is of no known service.
    public var destinationKind: DestinationKind? {
        switch onFailureDestination?.split(separator: ":", omittingEmptySubsequences: false).dropFirst(2).first {
        case "sqs": .queue
        case "sns": .topic
        case "s3": .bucket
        default: nil
        }
    }
}
