// The settings of a mapping: the parameters of CreateEventSourceMapping that apply to a DynamoDB stream.

/// The settings of an event source mapping from a DynamoDB stream to a function.
///
/// Names, defaults and ranges are those of the Lambda API's `CreateEventSourceMapping`; ``validate()`` refuses what AWS
/// refuses, in its words.
///
/// ```swift
/// let mapping = EventSourceMappingConfiguration(
///     batchSize: 100,
///     maximumRetryAttempts: 5,
///     bisectBatchOnFunctionError: true,
///     functionResponseTypes: [.reportBatchItemFailures]
/// )
/// ```
public struct EventSourceMappingConfiguration: Hashable, Sendable {
    /// The stream's ARN, not the table's.
    public var eventSourceARN: String
    /// A name, an ARN, or either with a version or an alias.
    public var functionName: String
    /// Where the mapping begins to read a shard without a checkpoint.
    public var startingPosition: StartingPosition
    /// The most records in an invocation, 1 to 10,000.
    public var batchSize: Int
    /// How long records are gathered for a batch, 0 to 300 seconds; 0 delivers what a poll returned.
    public var maximumBatchingWindowInSeconds: Int
    /// The number of concurrent batches of one shard, 1 to 10.
    public var parallelizationFactor: Int
    /// The number of retries of a failed batch, 0 to 10,000; -1 retries until its records expire.
    public var maximumRetryAttempts: Int
    /// The age, 60 to 604,800 seconds, at which records are discarded; -1 for no limit.
    public var maximumRecordAgeInSeconds: Int
    /// Whether a failed batch is bisected before it is tried again.
    public var bisectBatchOnFunctionError: Bool
    /// Whether the function's response is read for `batchItemFailures`.
    public var functionResponseTypes: Set<FunctionResponseType>
    /// The length of a tumbling window, 1 to 900 seconds; 0 for no windows.
    public var tumblingWindowInSeconds: Int
    /// Patterns of which a record must match one to be delivered. Without patterns every record is delivered.
    public var filterPatterns: [String]
    /// The destination of messages about discarded records: the ARN of a standard SQS queue, a standard SNS topic or an
    /// S3 bucket.
    public var onFailureDestination: String?
    /// A disabled mapping keeps its position and delivers nothing.
    public var isEnabled: Bool

    /// Where a mapping without a checkpoint begins to read.
    public enum StartingPosition: String, Hashable, Sendable {
        /// At the oldest record of the stream, up to 24 hours old.
        case trimHorizon = "TRIM_HORIZON"
        /// At what is written from now on. Records written while the mapping starts may be skipped.
        case latest = "LATEST"
    }

    /// What a mapping reads in the function's response.
    public enum FunctionResponseType: String, Hashable, Sendable {
        /// The list of failed records, `batchItemFailures`. Without it Lambda ignores the response.
        case reportBatchItemFailures = "ReportBatchItemFailures"
    }

    /// A mapping with the API's defaults. The stream and the function have names for tests.
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

    /// The stream of a mapping for which none is given.
    public static let exampleStream =
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-09-17T12:49:54.528"

    /// Whether the function's response is read for `batchItemFailures`.
    public var reportsBatchItemFailures: Bool { functionResponseTypes.contains(.reportBatchItemFailures) }
}

extension EventSourceMappingConfiguration {
    /// The kind of an on-failure destination.
    public enum DestinationKind: Hashable, Sendable {
        /// A queue of Amazon SQS.
        case queue
        /// A topic of Amazon SNS.
        case topic
        /// A bucket of Amazon S3, which receives the records too.
        case bucket
    }

    /// Nil without a destination, and for an ARN of an unknown service.
    public var destinationKind: DestinationKind? {
        switch onFailureDestination?.split(separator: ":", omittingEmptySubsequences: false).dropFirst(2).first {
        case "sqs": .queue
        case "sns": .topic
        case "s3": .bucket
        default: nil
        }
    }
}
