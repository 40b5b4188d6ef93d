// One shard: its records, its queues of batches, its open window, its reading position and its checkpoint.

internal import DynamoDBStreamEvents

struct Shard: Sendable {
    let id: String
    let parentID: String?
    var store: RecordStore
    /// One for each concurrent batch.
    var queues: [BatchQueue]
    /// How many records have been read, that is, filtered and given to queues.
    var readCount = 0
    /// How many records from the first on are done.
    var checkpoint = 0
    /// Closed: no further records come.
    var hasEnded = false
    /// Read from now on: its parent is done.
    var isOpen = false
    /// When the next record is there to read.
    var timer: MappingInstant?
    /// Not before this is the next page read, where the last one was full.
    var nextPage: MappingInstant?
    var window: OpenWindow?
    /// The time of the last record, for those that come without one.
    var lastArrival: MappingInstant?
    var lastSequenceNumber: SequenceNumber?
    /// The number of the record before the checkpoint.
    var checkpointNumber: SequenceNumber?

    init(id: String, parentID: String?, queueCount: Int, recordEnding: [UInt8]) {
        store = RecordStore(ending: recordEnding)
        self.id = id
        self.parentID = parentID
        queues = [BatchQueue](repeating: BatchQueue(), count: queueCount)
    }

    /// A window that has had records and has not been closed.
    struct OpenWindow: Sendable {
        let start: MappingInstant
        let end: MappingInstant
        /// JSON.
        var state: [UInt8]
        var lastArrival: MappingInstant
    }

    /// Whether every record was read and resolved, and no window is open.
    var isDrained: Bool { isResolved && window == nil }

    /// Whether every record was read and resolved.
    var isResolved: Bool { readCount == store.count && queues.allSatisfy(\.isDrained) }

    /// The first record that is not done in any queue.
    var lowestUnfinished: Int {
        var lowest = readCount
        for queue in queues where queue.done < queue.end { lowest = min(lowest, queue.slot(at: queue.done)) }
        return lowest
    }
}

/// A queue of a shard, by their positions; or the shard's reading.
struct QueueIndex: Hashable, Sendable {
    let shard: Int
    /// ``reading`` for the reading of the shard.
    let queue: Int

    static let reading = -1
}

extension [Shard] {
    subscript(index: QueueIndex) -> BatchQueue {
        get { self[index.shard].queues[index.queue] }
        _modify { yield &self[index.shard].queues[index.queue] }
    }
}
