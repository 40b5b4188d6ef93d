// The outcome of a batch, for metrics and logs.

public import LambdaFunctions
internal import Synchronization

/// Receives a summary of each batch.
///
/// ```swift
/// struct Alarm: BatchObserver {
///     func didProcess(_ summary: BatchSummary) async { print("a batch is done") }
/// }
///
/// let settings = BatchSettings(observer: Alarm())
/// ```
public protocol BatchObserver: Sendable {
    /// The batch is handled and its response built.
    func didProcess(_ summary: BatchSummary) async
}

/// The outcome of one batch.
///
/// ```swift
/// struct Alarm: BatchObserver {
///     func didProcess(_ summary: BatchSummary) async {
///         guard let age = summary.iteratorAge, age > .seconds(3600) else { return }
///         summary.lambda.logger.error("\(summary.failedCount) of \(summary.recordCount) failed; the shard is \(age) behind")
///     }
/// }
/// ```
public struct BatchSummary: Sendable {
    /// The number of records in the batch.
    public let recordCount: Int
    /// The number of records that are done. Includes records that were skipped or went to the dead letters.
    public let doneCount: Int
    /// The number of records whose handler failed or was canceled.
    public let failedCount: Int
    /// The number of records that went to the dead letters.
    public let deadLetteredCount: Int
    /// The number of records that were done without their handler: filtered, or done by an earlier delivery.
    public let skippedCount: Int
    /// The time that the batch took.
    public let duration: Duration
    /// The age of the newest record when the batch was done; nil if the records have no creation time.
    ///
    /// A function that keeps up with its stream has seconds here. A function whose shard is blocked has hours, up to
    /// the 24 after which records expire.
    public let iteratorAge: Duration?
    /// The ARN of the stream or queue.
    public let sourceARN: String?
    /// The invocation.
    public let lambda: LambdaContext
}

/// What the contexts of a batch's records share: the invocation, and what layers did with the records.
///
/// One object for all of them, so that the context of a record holds one reference.
final class BatchContext: Sendable {
    let lambda: LambdaContext
    /// How many records the batch has.
    let count: Int
    /// Nil in a custom context.
    let notes: BatchNotes?
    private let captured = Atomic(0)
    private let skipped = Atomic(0)

    init(lambda: LambdaContext, count: Int, notes: BatchNotes?) {
        self.lambda = lambda
        self.count = count
        self.notes = notes
    }

    var deadLetteredCount: Int { captured.load(ordering: .relaxed) }
    var skippedCount: Int { skipped.load(ordering: .relaxed) }

    func countDeadLettered() { captured.add(1, ordering: .relaxed) }
    func countSkipped() { skipped.add(1, ordering: .relaxed) }
}

extension RecordContext {
    /// Counts the record as done without its handler. Call this from a layer that skips a record.
    public func countSkipped() {
        batch.countSkipped()
    }

    func countDeadLettered() {
        batch.countDeadLettered()
    }
}
