// Records put into the mapping: in the order of their shards, as the mapping takes them.

import DynamoDBStreamEvents
import EventSourceMapping
import JSONScanning

struct RecordFeed {
    private let records: [RecordText]
    /// How many were in the input more than once, and are delivered once.
    let duplicates: Int
    /// Whether a shard's records were not in the order of their sequence numbers.
    let isReordered: Bool
    /// How many had an image that the mapping's stream does not have.
    let trimmed: Int

    /// How many records are parsed at once.
    private static let pageSize = 500

    /// Orders the records of each shard by sequence number: files are often put together of pieces.
    ///
    /// - Parameter file: names the input in an error.
    /// - Throws: when two different changes have the same sequence number, so that one would take the other's place.
    init(_ records: [RecordText], of file: String = "The input") throws(RecordError) {
        guard !Self.isOrdered(records) else {
            self.init(ordered: records)
            return
        }
        let keyed = records.enumerated().map { index, record in
            (record: record, number: SequenceNumber(record.sequenceNumber), index: index)
        }
        let shardOrder = Self.shardOrder(records)
        let sorted = keyed.sorted { first, second in
            let shards = (shardOrder[first.record.shardID ?? ""] ?? 0, shardOrder[second.record.shardID ?? ""] ?? 0)
            if shards.0 != shards.1 { return shards.0 < shards.1 }
            guard let one = first.number, let other = second.number, one != other else {
                return first.index < second.index
            }
            return one < other
        }
        var unique: [RecordText] = []
        var previous: (record: RecordText, number: SequenceNumber?, index: Int)?
        var isReordered = false
        for entry in sorted {
            if let previous, previous.record.shardID == entry.record.shardID {
                if previous.number == entry.number {
                    guard previous.record.isSameChange(as: entry.record) else {
                        throw .sameNumber(file: file, places: [previous.record.place, entry.record.place])
                    }
                    continue
                }
                if entry.index < previous.index { isReordered = true }
            }
            previous = (entry.record, entry.number, entry.index)
            unique.append(entry.record)
        }
        self.init(ordered: unique, duplicates: records.count - unique.count, isReordered: isReordered)
    }

    private init(ordered records: [RecordText], duplicates: Int = 0, isReordered: Bool = false) {
        self.records = records
        self.duplicates = duplicates
        self.isReordered = isReordered
        trimmed = records.count(where: \.hasLeftOutImage)
    }

    private static func isOrdered(_ records: [RecordText]) -> Bool {
        var last: [String: SequenceNumber] = [:]
        for record in records {
            guard let number = SequenceNumber(record.sequenceNumber) else { return false }
            if let previous = last.updateValue(number, forKey: record.shardID ?? ""), previous >= number {
                return false
            }
        }
        return true
    }

    /// In the order in which they are fed.
    var sequenceNumbers: [String] { records.map(\.sequenceNumber) }

    /// The feed of these records alone.
    func only(_ numbers: Set<SequenceNumber>, of shardID: String) -> RecordFeed {
        RecordFeed(
            ordered: records.filter { record in
                (record.shardID ?? MappingSimulation.defaultShardID) == shardID
                    && SequenceNumber(record.sequenceNumber).map(numbers.contains) ?? false
            }
        )
    }

    /// - Parameter shift: what is added to the records' times, so that old records can be played in real time.
    func feed(
        to mapping: inout MappingSimulation,
        _ recorder: inout RunRecorder,
        shift: Duration? = nil
    ) throws {
        // Before any record, so that a parent is known to be one.
        var known: Set<String?> = []
        for record in records where known.insert(record.shardID).inserted {
            mapping.addShard(record.shardID ?? MappingSimulation.defaultShardID, parent: record.parentShardID)
        }
        var start = 0
        while start < records.count {
            let shardID = records[start].shardID
            var end = start
            while end < records.count, end - start < Self.pageSize, records[end].shardID == shardID { end += 1 }
            let event = try StreamEvent(Self.json(records[start..<end]))
            let shard = shardID ?? MappingSimulation.defaultShardID
            for record in event.records {
                let time = try record.arrival()
                try mapping.add(record, to: shard, arrival: shift.flatMap { shift in time.map { $0 + shift } })
                if let number = record.sequenceNumber { recorder.added(number, shardID: shard) }
            }
            start = end
        }
    }

    /// The time of the first record.
    var firstArrival: MappingInstant? {
        records.lazy.compactMap { record -> MappingInstant? in
            guard let event = try? StreamEvent(Self.json([record])) else { return nil }
            return try? event.records.first?.arrival()
        }.first
    }

    private static func shardOrder(_ records: [RecordText]) -> [String: Int] {
        var order: [String: Int] = [:]
        for record in records where order[record.shardID ?? ""] == nil { order[record.shardID ?? ""] = order.count }
        return order
    }

    fileprivate static func json(_ records: some Sequence<RecordText>) -> [UInt8] {
        var json = Array("{\"Records\":[".utf8)
        for (index, record) in records.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json.append(contentsOf: record.json)
        }
        json.append(contentsOf: "]}".utf8)
        return json
    }
}

extension RecordText {
    /// Whether both say the same of the same item, in whatever notation.
    fileprivate func isSameChange(as other: RecordText) -> Bool {
        if json == other.json { return true }
        guard let record = try? StreamEvent(RecordFeed.json([self])).records.first,
            let other = try? StreamEvent(RecordFeed.json([other])).records.first
        else { return false }
        return record.eventName == other.eventName && record.keys == other.keys && record.newImage == other.newImage
            && record.oldImage == other.oldImage
    }
}

extension RecordRefusal: UserFacingError {}
extension UnreadableTime: UserFacingError {}
