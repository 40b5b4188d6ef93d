// From the stream to the queues: shards, parents before their children, filters.

public import DynamoDBStreamEvents

/// Why a record cannot be added to a shard.
public enum RecordRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// A record's place in its shard is unknown.
    case noSequenceNumber(index: Int)
    /// The time of a record cannot be read. Another time would make it too old, or too young.
    case unreadableTime(index: Int, UnreadableTime)
    /// The sequence numbers of a shard ascend.
    case notAscending(SequenceNumber, after: SequenceNumber, shardID: String)
    /// A closed shard receives no records.
    case shardEnded(shardID: String)

    public var description: String {
        switch self {
        case .noSequenceNumber(let index):
            "record \(index + 1) has no dynamodb.SequenceNumber of decimal digits; number the records in their order"
        case .unreadableTime(let index, let time): "record \(index + 1): \(time)"
        case .notAscending(let number, let last, let shardID):
            "sequence number \(number) comes after \(last) in \(shardID); order the records, or put them in other shards"
        case .shardEnded(let shardID): "\(shardID) is closed; a record cannot be added to it"
        }
    }
}

extension MappingSimulation {
    /// The shard of records without a shard.
    public static let defaultShardID = "shardId-00000001789649398921-b190244f"

    /// Adds a shard, so that its parent goes first. Adding records does the same for a shard without a parent.
    ///
    /// A parent is read to its end, and all of its records are done or discarded, before its children begin. An unknown
    /// parent counts as done.
    public mutating func addShard(_ id: String, parent: String? = nil) {
        guard shardPositions[id] == nil else { return }
        shardPositions[id] = shards.count
        let queueCount = configuration.parallelizationFactor
        shards.append(Shard(id: id, parentID: parent, queueCount: queueCount, recordEnding: document.ending))
        // A child that was known before its parent and has not been read yet waits for it after all.
        for child in shards.indices where shards[child].parentID == id && shards[child].readCount == 0 {
            shards[child].isOpen = false
            shards[child].timer = nil
        }
        open(shards.count - 1)
    }

    /// Closes a shard: it receives no further records.
    public mutating func endShard(_ id: String) {
        guard let shard = shardPositions[id], !shards[shard].hasEnded else { return }
        shards[shard].hasEnded = true
        // It may have a window to close, or children that wait for it.
        enqueue(QueueIndex(shard: shard, queue: 0))
    }

    /// Declares that no further records come. Shards that have children are closed; the others stay, like a stream that
    /// is not written to.
    public mutating func endInput() {
        hasInputEnded = true
        for parent in shards.compactMap(\.parentID) { endShard(parent) }
    }

    /// Adds the records of an event, or of a page of `GetRecords`.
    ///
    /// - Throws: at the first record that cannot be added; those before it have been.
    public mutating func add(
        _ event: StreamEvent,
        to shardID: String = Self.defaultShardID
    ) throws(RecordRefusal) {
        for (index, record) in event.records.enumerated() { try add(record, to: shardID, index: index) }
    }

    /// Adds one record behind those of its shard.
    ///
    /// - Parameters:
    ///   - record: the record.
    ///   - shardID: the shard's id.
    ///   - arrival: when it was written; nil for its `ApproximateCreationDateTime`. The record itself is not changed.
    ///   - index: what an error calls it.
    public mutating func add(
        _ record: StreamRecord,
        to shardID: String = Self.defaultShardID,
        arrival: MappingInstant? = nil,
        index: Int = 0
    ) throws(RecordRefusal) {
        guard let number = record.sequenceNumber else { throw .noSequenceNumber(index: index) }
        addShard(shardID)
        guard let shard = shardPositions[shardID] else { return }
        guard !shards[shard].hasEnded else { throw .shardEnded(shardID: shardID) }
        if let last = shards[shard].lastSequenceNumber, last >= number {
            throw .notAscending(number, after: last, shardID: shardID)
        }
        let time: MappingInstant?
        do throws(UnreadableTime) {
            if let arrival { time = arrival } else { time = try record.arrival() }
        } catch {
            throw .unreadableTime(index: index, error)
        }
        let moment = time ?? shards[shard].lastArrival ?? present
        shards[shard].lastSequenceNumber = number
        shards[shard].lastArrival = moment
        store(record, number, moment, in: shard)
        scheduleReading(shard)
    }

    /// The number of added records that are not done.
    public var unresolvedRecordCount: Int { shards.reduce(0) { $0 + $1.store.count - $1.checkpoint } }

    /// The number of added records of one shard that are not done. A driver limits its reading of the shard by it.
    public func unresolvedRecordCount(of shardID: String) -> Int {
        shardPositions[shardID].map { shards[$0].store.count - shards[$0].checkpoint } ?? 0
    }

    /// Whether a shard is closed, all of its records are done or discarded, and no window of it is open: its children
    /// are next.
    public func isDone(_ shardID: String) -> Bool {
        shardPositions[shardID].map { shards[$0].hasEnded && shards[$0].isDrained } ?? false
    }

    /// The last record that is done, with all before it; nil if there is none.
    public func checkpoint(of shardID: String = Self.defaultShardID) -> SequenceNumber? {
        shardPositions[shardID].flatMap { shards[$0].checkpointNumber }
    }

    /// Makes the stream unreadable for a time, as when the mapping's role may not read it.
    public mutating func interruptReading(during span: Range<MappingInstant>) {
        interruptions.append(span)
    }

    private mutating func store(
        _ record: StreamRecord,
        _ number: SequenceNumber,
        _ arrival: MappingInstant,
        in shard: Int
    ) {
        let queueCount = UInt64(shards[shard].queues.count)
        let (filters, seed, ending) = (filters, policies.concurrentBatchSeed, document.ending)
        shards[shard].store.append(sequenceNumber: number, arrival: arrival) { bytes, offset in
            let lacksEnding = document.append(record.node, to: &bytes)
            if !filters.isEmpty {
                let json = bytes[offset...] + (lacksEnding ? ending : [])
                if !filters.matches(record: Array(json)) { return (RecordStore.noQueue, false) }
            }
            if queueCount == 1 { return (0, lacksEnding) }
            // At most ten queues.
            let queue = ItemKeyHash.hash(ofKeysOf: record.node, seed: seed) % queueCount
            return (UInt8(truncatingIfNeeded: queue), lacksEnding)
        }
    }

    // MARK: Reading

    /// Begins to read a shard, unless its parent is not done.
    mutating func open(_ shard: Int) {
        guard !shards[shard].isOpen else { return }
        if let parent = shards[shard].parentID.flatMap({ shardPositions[$0] }), parent != shard {
            guard shards[parent].hasEnded, shards[parent].isDrained else { return }
        }
        shards[shard].isOpen = true
        scheduleReading(shard)
    }

    /// Opens the children of a shard that is closed and done.
    mutating func openChildren(of shard: Int) {
        guard shards[shard].hasEnded, shards[shard].isDrained else { return }
        shards[shard].store.releaseAll()
        for child in shards.indices where shards[child].parentID == shards[shard].id { open(child) }
    }

    mutating func scheduleReading(_ shard: Int) {
        guard shards[shard].isOpen, shards[shard].timer == nil, shards[shard].readCount < shards[shard].store.count
        else { return }
        var due = poll(of: shards[shard].store[shards[shard].readCount].arrival)
        if let nextPage = shards[shard].nextPage { due = max(due, poll(of: nextPage)) }
        shards[shard].timer = due
        timers.add(QueueIndex(shard: shard, queue: QueueIndex.reading), due: due)
    }

    /// The first poll that sees a record of this time.
    private func poll(of arrival: MappingInstant) -> MappingInstant {
        let interval = (policies.pollInterval / .milliseconds(1)).rounded()
        var due = arrival
        if let start {
            due = max(due, start)
            let milliseconds = Int64(exactly: min(max(interval, 0), 86_400_000)) ?? 0
            if milliseconds > 0 {
                let late = (due.milliseconds - start.milliseconds) % milliseconds
                if late > 0 { due = MappingInstant(milliseconds: due.milliseconds + milliseconds - late) }
            }
        }
        for span in interruptions.sorted(by: { $0.lowerBound < $1.lowerBound }) where span.contains(due) {
            due = span.upperBound
        }
        return due
    }

    /// Reads a page and gives its records to the queues.
    mutating func read(_ shard: Int) {
        var filtered: [SequenceNumber] = []
        var page = (recordCount: 0, byteCount: 0)
        shards[shard].nextPage = nil
        while shards[shard].readCount < shards[shard].store.count {
            let position = shards[shard].readCount
            let slot = shards[shard].store[position]
            guard poll(of: slot.arrival) <= present else { break }
            let byteCount = page.byteCount + Int(slot.readByteCount)
            // A page has at least one record, however large that is.
            if page.recordCount >= max(1, policies.page.recordCount)
                || (page.recordCount > 0 && byteCount > policies.page.byteCount)
            {
                shards[shard].nextPage = present + max(policies.pollInterval, .milliseconds(1))
                break
            }
            page = (page.recordCount + 1, byteCount)
            shards[shard].readCount += 1
            if isBeforeStart(slot.arrival) {
                recordsBeforeStart += 1
                warn(
                    "StartingPosition LATEST: records written before the mapping read its first page are not delivered."
                )
                continue
            }
            metrics.polledEventCount += 1
            guard slot.queue != RecordStore.noQueue else {
                filtered.append(slot.sequenceNumber)
                continue
            }
            shards[shard].queues[Int(slot.queue)].append(slot: position)
            enqueue(QueueIndex(shard: shard, queue: Int(slot.queue)))
        }
        metrics.filteredOutEventCount += filtered.count
        if !filtered.isEmpty {
            let entry = DeliveryLogEntry.Filtered(
                at: present,
                shardID: shards[shard].id,
                sequenceNumbers: filtered
            )
            log(.filtered(entry))
        }
        moveCheckpoint(of: shard)
        scheduleReading(shard)
        openChildren(of: shard)
    }

    /// Arrivals are known to the second, so the start is taken to the second too.
    private func isBeforeStart(_ arrival: MappingInstant) -> Bool {
        guard configuration.startingPosition == .latest, let start else { return false }
        return arrival.seconds < start.seconds || (policies.latestGap > .zero && arrival < start + policies.latestGap)
    }
}
