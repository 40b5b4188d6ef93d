// One invocation, and how it followed from the one before it.

import EventSourceMapping

struct TracedInvocation: Sendable {
    /// Why this batch was delivered.
    enum Origin: Int, Sendable {
        /// Its records had not been delivered.
        case fresh
        /// It failed before, and is tried again as it was.
        case retry
        /// What is left of a batch whose first records are done.
        case rest
        /// A part of a batch that was bisected.
        case half
    }

    let at: MappingInstant
    /// Which of the shard's concurrent batches it was.
    let concurrentBatch: Int
    let attempt: Int
    let requestID: String
    /// The records' positions in the shard.
    let records: TracedRecords
    let window: WindowInvocation?
    let outcome: DeliveryLogEntry.Outcome
    /// What a function error said.
    let error: String?
    /// The position of the record that was reported as failed.
    let failed: Int?
    /// What the function returned, where that is kept.
    let response: [UInt8]?
    let origin: Origin
    /// The invocation whose batch this one's came out of, by its place in the shard's list.
    let parent: Int?
    /// How often the batch was split until it was this one.
    let depth: Int
    /// What the mapping does next, a clause: `again`, `bisected`.
    let next: String
}

/// Positions of records in a shard: mostly a run of them, with gaps where a filter or another concurrent batch took
/// some.
struct TracedRecords: Sendable, Equatable {
    let first: Int
    let count: Int
    /// All positions, if they are not contiguous.
    let picked: [Int]?

    init(_ positions: [Int]) {
        first = positions.first ?? 0
        count = positions.count
        let isRun = positions.isEmpty || positions[positions.count - 1] - positions[0] + 1 == positions.count
        picked = isRun ? nil : positions
    }

    var isEmpty: Bool { count == 0 }
    var last: Int { picked?.last ?? first + count - 1 }
    var positions: [Int] { picked ?? Array(first..<(first + count)) }

    func isWithin(_ other: TracedRecords) -> Bool {
        !isEmpty && !other.isEmpty && first >= other.first && last <= other.last
    }
}
