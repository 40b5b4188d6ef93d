// A batch: a range of a queue's records, or the closing of a window.

internal import DynamoDBStreamEvents

struct Batch: Sendable {
    enum Kind: Sendable, Hashable {
        case records
        /// The window is over.
        case windowEnd
        /// Its state is too large.
        case earlyTermination
    }

    let kind: Kind
    /// Positions in the queue; empty for the end of a window.
    var records: Range<Int>
    /// Failed invocations of exactly these records.
    var attempts = 0
    /// Invocations in a row that did not take place.
    var refusals = 0
    /// Made at the first invocation, kept through retries.
    var requestID: String?

    init(_ kind: Kind, records: Range<Int>) {
        self.kind = kind
        self.records = records
    }

    /// An invocation took place and failed.
    mutating func hasFailed() {
        attempts += 1
        refusals = 0
    }

    /// The same batch with other records is a new one: its tries are counted anew, under a new request id.
    func replaced(by records: Range<Int>) -> Batch { Batch(kind, records: records) }
}

/// Why records leave without having been handled.
struct Discard: Sendable {
    let kind: Batch.Kind
    var records: Range<Int>
    let reason: DiscardReason
    var requestID: String
    var invokeCount: Int
    var response: DestinationMessage.ResponseContext?
    /// The window that could not be closed, or whose records these were.
    let window: WindowInvocation?
    /// How far the queue is done with once this is sent.
    var resolvesUpTo: Int
}
