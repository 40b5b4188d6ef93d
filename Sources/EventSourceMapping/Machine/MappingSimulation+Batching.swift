// From the records of a lane to batches: size, time and bytes, and windows that a batch does not cross.

internal import DynamoDBStreamEvents

extension MappingSimulation {
    /// Looks at a lane and does what is due there.
    mutating func consider(_ index: LaneIndex) {
        switch shards[index.shard].lanes[index.lane].state {
        case .invoking, .sending: return
        case .answered(let outcome):
            guard isDue(index) else { return }
            shards[index.shard].lanes[index.lane].timer = nil
            shards[index.shard].lanes[index.lane].state = .idle
            settle(outcome, index)
        case .backingOff:
            guard isDue(index) else { return }
            shards[index.shard].lanes[index.lane].timer = nil
            shards[index.shard].lanes[index.lane].state = .idle
            attempt(index)
        case .idle:
            if shards[index.shard].lanes[index.lane].batches.isEmpty {
                guard !tellHeldDiscard(index) else { return }
                formBatch(index)
            }
            attempt(index)
        }
        openChildren(of: index.shard)
    }

    private func isDue(_ index: LaneIndex) -> Bool {
        shards[index.shard].lanes[index.lane].timer.map { $0 <= present } ?? true
    }

    /// Puts together the lane's next batch when it is time for one.
    private mutating func formBatch(_ index: LaneIndex) {
        let isWindowed = configuration.tumblingWindowInSeconds > 0
        if isWindowed, closeWindowIfOver(index) { return }
        gather(index)
        let lane = shards[index.shard].lanes[index.lane]
        let gathered = lane.gathering
        guard gathered.count > 0 else { return }
        if !gathered.isFull {
            let due = timeToFlush(gathered, lane)
            guard due <= present else { return setTimer(index, due) }
        }
        let records = lane.taken..<lane.taken + gathered.count
        shards[index.shard].lanes[index.lane].timer = nil
        shards[index.shard].lanes[index.lane].taken = records.upperBound
        shards[index.shard].lanes[index.lane].gathering = Lane.Gathering()
        if isWindowed { openWindow(of: records, index) }
        shards[index.shard].lanes[index.lane].batches.append(Batch(.records, records: records))
    }

    /// The batching window begins with the end of the last invocation, and not before there is a record; it ends early
    /// for a record that is about to be too old.
    private func timeToFlush(_ gathered: Lane.Gathering, _ lane: Lane) -> MappingInstant {
        let since = gathered.since ?? present
        let begin = lane.lastEnd.map { max($0, since) } ?? since
        let due = begin + .seconds(configuration.maximumBatchingWindowInSeconds)
        guard configuration.maximumRecordAgeInSeconds >= 60, let oldest = gathered.oldest else { return due }
        return min(due, oldest + .seconds(configuration.maximumRecordAgeInSeconds))
    }

    /// Takes further records of the lane for the next batch, until it is full.
    private mutating func gather(_ index: LaneIndex) {
        let lane = shards[index.shard].lanes[index.lane]
        var gathered = lane.gathering
        let limit = EventDocument.maximumByteCount
        while !gathered.isFull, lane.taken + gathered.count < lane.end {
            let record = shards[index.shard].store[lane.slot(at: lane.taken + gathered.count)]
            if configuration.tumblingWindowInSeconds > 0 {
                let own = windowStart(of: record.arrival)
                if let window = gathered.window ?? shards[index.shard].window?.start, window != own {
                    gathered.isFull = true
                    break
                }
                gathered.window = own
            }
            if gathered.count == 0 {
                gathered.byteCount = EventDocument.envelopeByteCount + windowByteCount(index.shard)
            }
            let recordByteCount = shards[index.shard].store.byteCount(of: record)
            let byteCount = gathered.byteCount + recordByteCount + (gathered.count > 0 ? 1 : 0)
            // A record that is too large by itself goes by itself.
            guard gathered.count == 0 || byteCount <= limit else {
                gathered.isFull = true
                break
            }
            gathered.byteCount = byteCount
            gathered.count += 1
            gathered.oldest = min(gathered.oldest ?? record.arrival, record.arrival)
            gathered.since = gathered.since ?? present
            if gathered.count == configuration.batchSize { gathered.isFull = true }
        }
        shards[index.shard].lanes[index.lane].gathering = gathered
    }

    // MARK: The checkpoint

    /// The lane's records before `position` are done with.
    mutating func resolve(_ index: LaneIndex, upTo position: Int) {
        if shards[index.shard].lanes[index.lane].held != nil {
            // What was discarded and not told yet comes first.
            shards[index.shard].lanes[index.lane].held?.resolvesUpTo = position
            _ = tellHeldDiscard(index)
            return
        }
        resolveNow(index, upTo: position)
    }

    mutating func resolveNow(_ index: LaneIndex, upTo position: Int) {
        shards[index.shard].lanes[index.lane].resolve(upTo: position)
        moveCheckpoint(of: index.shard)
    }

    mutating func moveCheckpoint(of shard: Int) {
        if policies.parallelCheckpoint == .allLanesIdle, shards[shard].lanes.count > 1,
            !shards[shard].lanes.allSatisfy(\.batches.isEmpty)
        {
            return
        }
        let lowest = shards[shard].lowestUnfinished
        guard lowest > shards[shard].checkpoint else { return }
        let number = shards[shard].store[lowest - 1].sequenceNumber
        shards[shard].checkpoint = lowest
        shards[shard].checkpointNumber = number
        shards[shard].store.release(before: lowest - 1)
        let entry = DeliveryLogEntry.Checkpoint(at: present, shardID: shards[shard].id, sequenceNumber: number)
        log(.checkpoint(entry))
    }
}
