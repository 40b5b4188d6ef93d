// The order of records, their concurrency, and what a failure stops.

/// The order in which the records of a batch are handled.
public enum ProcessingOrder: Sendable, Hashable {
    /// One after the other, in stream order.
    case sequential
    /// The records of one item strictly in stream order, those of different items at once, up to `maxConcurrency`.
    ///
    /// The whole primary key identifies an item. A record that fails holds back only the later records of its item.
    case perKey(maxConcurrency: Int)
    /// Up to `maxConcurrency` at once in no particular order, for handlers whose effects commute.
    ///
    /// With `onlyNewer(using:)`, the records of one item are handled in stream order nevertheless.
    case unordered(maxConcurrency: Int)

    var maxConcurrency: Int {
        switch self {
        case .sequential: 1
        case .perKey(let maxConcurrency), .unordered(let maxConcurrency): max(1, maxConcurrency)
        }
    }
}

/// What a failed record stops.
public enum FailureRule: Sendable, Hashable {
    /// Nothing behind it is begun. Records before it and those that run already are finished.
    case stop
    /// Only the later records of its item are held back (in `.unordered`: nothing is).
    ///
    /// Records that were done behind the failed one are delivered again with it, because the checkpoint of a stream
    /// stays at the failed one. Use this with handlers that may run twice, or with the idempotency stage.
    case `continue`
}

/// Which records a response names.
public enum FailureReport: Sendable, Hashable {
    /// The lowest record that is not done: all that a stream's mapping looks at.
    case lowest
    /// Every record that is not done, in stream order.
    case all
}
