// What became of a batch, for metrics and logs.

public import LambdaFunctions
internal import Synchronization

/// Receives a summary of each batch.
public protocol BatchObserver: Sendable {
    /// The batch is handled and its response built.
    func didProcess(_ summary: BatchSummary) async
}

/// What became of one batch.
public struct BatchSummary: Sendable {
    /// How many records the batch has.
    public let recordCount: Int
    /// How many of them are done, those that went to the dead letters and those skipped included.
    public let doneCount: Int
    /// How many handlers failed or were cancelled.
    public let failedCount: Int
    /// How many records went to the dead letters.
    public let deadLetteredCount: Int
    /// How many records were done without their handler, by a filter or because they were done before.
    public let skippedCount: Int
    /// How long the batch took.
    public let duration: Duration
    /// How old the newest record was when the batch was done; nil where records do not say when they were made.
    ///
    /// A stream function that keeps up has seconds here; one whose shard is blocked has hours, up to the 24 after which
    /// records are lost.
    public let iteratorAge: Duration?
    /// The ARN of the stream or queue.
    public let sourceARN: String?
    /// The invocation.
    public let lambda: LambdaContext
}

/// Counts what layers did with the records of one batch.
final class BatchTally: Sendable {
    let notes = BatchNotes()
    private let captured = Atomic(0)
    private let skipped = Atomic(0)

    var deadLetteredCount: Int { captured.load(ordering: .relaxed) }
    var skippedCount: Int { skipped.load(ordering: .relaxed) }

    func countDeadLettered() { captured.add(1, ordering: .relaxed) }
    func countSkipped() { skipped.add(1, ordering: .relaxed) }
}

extension RecordContext {
    /// Counts the record as done without its handler. For layers that skip a record.
    public func countSkipped() {
        tally?.countSkipped()
    }

    func countDeadLettered() {
        tally?.countDeadLettered()
    }
}
