// From the records of a queue to batches: size, time and bytes, and windows that a batch does not cross.

internal import DynamoDBStreamEvents

extension MappingSimulation {
    /// Looks at a queue and does what is due there.
    mutating func consider(_ index: QueueIndex) {
        switch shards[index].state {
        case .invoking, .sending: return
        case .responded(let outcome):
            guard isDue(index) else { return }
            shards[index].timer = nil
            shards[index].state = .idle
            settle(outcome, index)
        case .backingOff:
            guard isDue(index) else { return }
            shards[index].timer = nil
            shards[index].state = .idle
            attempt(index)
        case .idle:
            if shards[index].batches.isEmpty {
                guard !sendHeldDiscard(index) else { return }
                formBatch(index)
            }
            attempt(index)
        }
        openChildren(of: index.shard)
    }

    private func isDue(_ index: QueueIndex) -> Bool {
        shards[index].timer.map { $0 <= present } ?? true
    }

    /// Puts together the queue's next batch when it is time for one.
    private mutating func formBatch(_ index: QueueIndex) {
        let isWindowed = configuration.tumblingWindowInSeconds > 0
        if isWindowed, closeWindowIfOver(index) { return }
        gather(index)
        let queue = shards[index]
        let gathered = queue.gathering
        guard gathered.count > 0 else { return }
        if !gathered.isFull {
            let due = timeToFlush(gathered, queue)
            guard due <= present else { return setTimer(index, due) }
        }
        let records = queue.taken..<queue.taken + gathered.count
        shards[index].timer = nil
        shards[index].taken = records.upperBound
        shards[index].gathering = BatchQueue.Gathering()
        if isWindowed { openWindow(of: records, index) }
        shards[index].batches.append(Batch(.records, records: records))
    }

    /// The batching window begins with the end of the last invocation, and not before there is a record; it ends early
    /// for a record that is about to be too old.
    private func timeToFlush(_ gathered: BatchQueue.Gathering, _ queue: BatchQueue) -> MappingInstant {
        let since = gathered.since ?? present
        let begin = queue.lastEnd.map { max($0, since) } ?? since
        let due = begin + .seconds(configuration.maximumBatchingWindowInSeconds)
        guard configuration.maximumRecordAgeInSeconds >= 60, let oldest = gathered.oldest else { return due }
        return min(due, birth(of: oldest) + .seconds(configuration.maximumRecordAgeInSeconds))
    }

    /// Takes further records of the queue for the next batch, until it is full.
    private mutating func gather(_ index: QueueIndex) {
        let queue = shards[index]
        var gathered = queue.gathering
        let limit = EventDocument.maximumByteCount
        while !gathered.isFull, queue.taken + gathered.count < queue.end {
            let record = shards[index.shard].store[queue.slot(at: queue.taken + gathered.count)]
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
        shards[index].gathering = gathered
    }

    // MARK: The checkpoint

    /// The queue's records before `position` are done with.
    mutating func resolve(_ index: QueueIndex, upTo position: Int) {
        if shards[index].held != nil {
            // What was discarded and not sent yet comes first.
            shards[index].held?.resolvesUpTo = position
            _ = sendHeldDiscard(index)
            return
        }
        resolveNow(index, upTo: position)
    }

    mutating func resolveNow(_ index: QueueIndex, upTo position: Int) {
        shards[index].resolve(upTo: position)
        moveCheckpoint(of: index.shard)
    }

    mutating func moveCheckpoint(of shard: Int) {
        if policies.parallelCheckpoint == .noneUnderWay, shards[shard].queues.count > 1,
            !shards[shard].queues.allSatisfy(\.batches.isEmpty)
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
