// The records of one shard in the order they came, held compactly and let go once the checkpoint is past them.

internal import DynamoDBStreamEvents

struct RecordStore: Sendable {
    struct Slot: Sendable {
        let sequenceNumber: SequenceNumber
        let arrival: MappingInstant
        /// Where the record's JSON lies in its chunk.
        let offset: Int
        let storedByteCount: UInt32
        /// The bytes of the record as it was read, whether it is kept or not.
        let readByteCount: UInt32
        /// Whether the stream's ending is to be added to it.
        let lacksEnding: Bool
        /// The queue that delivers it; ``noQueue`` when a filter keeps it out.
        let queue: UInt8
    }

    static let noQueue = UInt8.max

    private struct Chunk: Sendable {
        var slots: [Slot] = []
        var bytes: [UInt8] = []
    }

    /// How many records share a chunk: few enough that letting go of whole ones is enough.
    private static let chunkSize = 1_024
    private var chunks: [Chunk] = []
    private var releasedChunks = 0
    private(set) var count = 0
    /// What ends most records, see ``RecordDocument/ending``.
    private let ending: [UInt8]

    init(ending: [UInt8]) { self.ending = ending }

    /// - Parameter write: appends the record's JSON, and says which queue delivers it and whether the ending is left out.
    mutating func append(
        sequenceNumber: SequenceNumber,
        arrival: MappingInstant,
        write: (inout [UInt8], Int) -> (queue: UInt8, lacksEnding: Bool)
    ) {
        if count % Self.chunkSize == 0 {
            let last = chunks.last?.bytes.count ?? 0
            seal()
            chunks.append(Chunk())
            chunks[chunks.count - 1].slots.reserveCapacity(Self.chunkSize)
            // Records of a stream are alike, so a chunk is about as large as the one before it.
            chunks[chunks.count - 1].bytes.reserveCapacity(last + last / 32)
        }
        let chunk = chunks.count - 1
        let offset = chunks[chunk].bytes.count
        let (queue, lacksEnding) = write(&chunks[chunk].bytes, offset)
        let readByteCount = chunks[chunk].bytes.count - offset
        if queue == Self.noQueue { chunks[chunk].bytes.removeSubrange(offset...) }
        let slot = Slot(
            sequenceNumber: sequenceNumber,
            arrival: arrival,
            offset: offset,
            storedByteCount: UInt32(clamping: chunks[chunk].bytes.count - offset),
            readByteCount: UInt32(clamping: readByteCount),
            lacksEnding: lacksEnding,
            queue: queue
        )
        chunks[chunk].slots.append(slot)
        count += 1
    }

    /// What is full does not grow, so it need not keep much room to.
    private mutating func seal() {
        guard let last = chunks.indices.last, chunks[last].bytes.capacity > chunks[last].bytes.count * 9 / 8 else {
            return
        }
        chunks[last].bytes = Array(chunks[last].bytes[...])
    }

    /// - Precondition: the position is that of a record which has not been released.
    subscript(position: Int) -> Slot {
        chunks[position / Self.chunkSize].slots[position % Self.chunkSize]
    }

    /// The bytes of the record's JSON.
    func byteCount(of slot: Slot) -> Int { Int(slot.storedByteCount) + (slot.lacksEnding ? ending.count : 0) }

    func appendJSON(of position: Int, to json: inout [UInt8]) {
        let slot = self[position]
        let end = slot.offset + Int(slot.storedByteCount)
        json.append(contentsOf: chunks[position / Self.chunkSize].bytes[slot.offset..<end])
        if slot.lacksEnding { json.append(contentsOf: ending) }
    }

    /// Releases records before `position`, a chunk at a time.
    mutating func release(before position: Int) {
        while (releasedChunks + 1) * Self.chunkSize <= position {
            chunks[releasedChunks] = Chunk()
            releasedChunks += 1
        }
    }

    /// Lets go of all records; nobody asks for one of them again.
    mutating func releaseAll() {
        for chunk in chunks.indices.dropFirst(releasedChunks) { chunks[chunk] = Chunk() }
        releasedChunks = chunks.count
    }
}
