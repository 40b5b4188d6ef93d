// How a replay hands records to its target.

/// The settings of a replay. Each has a default.
///
/// ```swift
/// let streamARN = try await DynamoDBClient().latestStreamARN(ofTable: "orders") ?? ""
/// var options = ReplayOptions()
/// options.concurrency = 4
/// options.recordsPerSecond = 200
/// options.selection = { $0.streamRecord?.eventName == .remove }
/// let replay = try Replay(from: StreamSource(streamARN), to: FunctionTarget("OrderProjector"), options: options)
/// ```
public struct ReplayOptions: Sendable {
    /// The most records of one event, 1 to 10,000, as a mapping's BatchSize.
    public var batchSize = 100
    /// How many events are handled at once, 1 to 1,000. The records of one item are never in two of them.
    public var concurrency = 1
    /// The most records handed to the target in a second; nil for no limit.
    public var recordsPerSecond: Double?
    /// The most records handed to the target altogether; nil for all. The others stay where they are.
    public var limit: Int?
    /// How often a batch is handled before its record counts as failed, the first time included.
    public var attempts = 3
    /// The pause after a batch's first failure; each further one doubles it, up to half a minute.
    public var backoff = Duration.seconds(1)
    /// Whether `batchItemFailures` in the response is read, as a mapping with `ReportBatchItemFailures` does. Without it
    /// a response means that every record is done.
    public var reportsBatchItemFailures = true
    /// After how many failed records the replay ends, because the function is probably not repaired.
    public var failureLimit = 1_000
    /// How long the target may be throttled or out of reach before the replay ends.
    public var patience = Duration.seconds(300)
    /// Which records are handled; the others stay where they are.
    public var selection: @Sendable (ReplayRecord) -> Bool = { _ in true }
    /// Whether records are read and counted only. Nothing is handled, deleted or written.
    public var isDryRun = false

    public init() {}

    /// Lambda's limit for a synchronous invocation is 6 MB, 6,291,456 bytes ("Lambda quotas"); the rest is the event's
    /// own brackets.
    static let maximumEventSize = 6_291_456 - 64
    /// Records that wait in memory, in bytes.
    static let maximumPendingSize = 64 << 20

    /// The same with every number within its bounds.
    var bounded: ReplayOptions {
        var options = self
        options.batchSize = min(max(batchSize, 1), 10_000)
        options.concurrency = min(max(concurrency, 1), 1_000)
        options.attempts = max(attempts, 1)
        options.failureLimit = max(failureLimit, 1)
        options.recordsPerSecond = recordsPerSecond.map { max($0, 0.001) }
        return options
    }

    func pause(afterFailure number: Int) -> Duration {
        min(backoff * (1 << min(max(number - 1, 0), 10)), max(backoff, .seconds(30)))
    }
}
