// What became of a batch, for metrics and logs.

public import LambdaFunctions
internal import Synchronization

/// Is told of each batch when it has been handled.
public protocol BatchObserver: Sendable {
    /// The batch is handled and its answer drawn up.
    func didProcess(_ summary: BatchSummary) async
}

/// What became of one batch.
public struct BatchSummary: Sendable {
    /// How many records the batch has.
    public let recordCount: Int
    /// How many of them are done, those captured and skipped included.
    public let doneCount: Int
    /// How many handlers failed or were cancelled.
    public let failedCount: Int
    /// How many records went to a poison sink.
    public let capturedCount: Int
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

    var capturedCount: Int { captured.load(ordering: .relaxed) }
    var skippedCount: Int { skipped.load(ordering: .relaxed) }

    func countCaptured() { captured.add(1, ordering: .relaxed) }
    func countSkipped() { skipped.add(1, ordering: .relaxed) }
}

extension RecordContext {
    /// Counts the record as done without its handler. For layers that pass a record over.
    public func countSkipped() {
        tally?.countSkipped()
    }

    func countCaptured() {
        tally?.countCaptured()
    }
}
