// One shard: its records, its lanes, its open window, how far it was read and how far it is done.

internal import DynamoDBStreamEvents

struct Shard: Sendable {
    let id: String
    let parentID: String?
    var store: RecordStore
    var lanes: [Lane]
    /// How many records have been read, that is, filtered and given to lanes.
    var readCount = 0
    /// How many records from the first on are done.
    var checkpoint = 0
    /// Closed: no further records come.
    var hasEnded = false
    /// Read from now on: its parent is done.
    var isOpen = false
    /// When the next record is there to read.
    var timer: MappingInstant?
    var window: OpenWindow?
    /// The time of the last record, for those that come without one.
    var lastArrival: MappingInstant?
    var lastSequenceNumber: SequenceNumber?
    /// The number of the record before the checkpoint.
    var checkpointNumber: SequenceNumber?

    init(id: String, parentID: String?, laneCount: Int, recordEnding: [UInt8]) {
        store = RecordStore(ending: recordEnding)
        self.id = id
        self.parentID = parentID
        lanes = [Lane](repeating: Lane(), count: laneCount)
    }

    /// A window that has had records and has not been closed.
    struct OpenWindow: Sendable {
        let start: MappingInstant
        let end: MappingInstant
        /// JSON.
        var state: [UInt8]
        var lastArrival: MappingInstant
    }

    var isDrained: Bool {
        readCount == store.count && window == nil && lanes.allSatisfy(\.isDrained)
    }

    /// The first record that is not done, by the lanes.
    var lowestUnfinished: Int {
        var lowest = readCount
        for lane in lanes where lane.done < lane.end { lowest = min(lowest, lane.slot(at: lane.done)) }
        return lowest
    }
}

/// A lane of a shard, by their positions; or the shard's reading.
struct LaneIndex: Hashable, Sendable {
    let shard: Int
    /// ``reading`` for the reading of the shard.
    let lane: Int

    static let reading = -1
}
