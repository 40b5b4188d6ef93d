// The records of one shard in the order they came, held compactly and let go once the checkpoint is past them.

internal import DynamoDBStreamEvents

struct RecordStore: Sendable {
    struct Slot: Sendable {
        let sequenceNumber: SequenceNumber
        let arrival: MappingInstant
        /// Where the record's JSON lies in its chunk.
        let offset: Int
        let byteCount: UInt32
        /// The lane that delivers it; ``noLane`` when a filter keeps it out.
        let lane: UInt8
    }

    static let noLane = UInt8.max

    private struct Chunk: Sendable {
        var slots: [Slot] = []
        var bytes: [UInt8] = []
    }

    /// How many records share a chunk: few enough that letting go of whole ones is enough.
    private static let chunkSize = 1_024
    private var chunks: [Chunk] = []
    private var releasedChunks = 0
    private(set) var count = 0

    /// - Parameter write: appends the record's JSON, and says which lane delivers it.
    mutating func append(
        sequenceNumber: SequenceNumber,
        arrival: MappingInstant,
        write: (inout [UInt8], Int) -> UInt8
    ) {
        if count % Self.chunkSize == 0 {
            // What is full does not grow, so it need not keep room to.
            if let last = chunks.indices.last { chunks[last].bytes = Array(chunks[last].bytes[...]) }
            chunks.append(Chunk())
            chunks[chunks.count - 1].slots.reserveCapacity(Self.chunkSize)
        }
        let chunk = chunks.count - 1
        let offset = chunks[chunk].bytes.count
        let lane = write(&chunks[chunk].bytes, offset)
        if lane == Self.noLane { chunks[chunk].bytes.removeSubrange(offset...) }
        let slot = Slot(
            sequenceNumber: sequenceNumber,
            arrival: arrival,
            offset: offset,
            byteCount: UInt32(clamping: chunks[chunk].bytes.count - offset),
            lane: lane
        )
        chunks[chunk].slots.append(slot)
        count += 1
    }

    /// - Precondition: the position is that of a record which has not been released.
    subscript(position: Int) -> Slot {
        chunks[position / Self.chunkSize].slots[position % Self.chunkSize]
    }

    func appendJSON(of position: Int, to json: inout [UInt8]) {
        let slot = self[position]
        json.append(
            contentsOf: chunks[position / Self.chunkSize].bytes[slot.offset..<slot.offset + Int(slot.byteCount)]
        )
    }

    /// Lets go of records before `position`, a chunk at a time.
    mutating func release(before position: Int) {
        while (releasedChunks + 1) * Self.chunkSize <= position {
            chunks[releasedChunks] = Chunk()
            releasedChunks += 1
        }
    }
}
