// Records that leave without having been handled: told to the destination, or dropped.

internal import DynamoDBStreamEvents

extension MappingSimulation {
    /// Discards what is too old in the lane's next batch.
    ///
    /// - Returns: whether anything was, so that the lane has something else to do first.
    mutating func discardExpired(_ index: LaneIndex) -> Bool {
        guard let batch = shards[index.shard].lanes[index.lane].batches.last else { return false }
        if discardExpired(batch, olderThan: policies.retention, .recordsExpired, index) { return true }
        let age = configuration.maximumRecordAgeInSeconds
        guard age >= 60, batch.kind == .records else { return false }
        return discardExpired(batch, olderThan: .seconds(age), .recordAgeExceeded, index)
    }

    private mutating func discardExpired(
        _ batch: Batch,
        olderThan age: Duration,
        _ reason: DiscardReason,
        _ index: LaneIndex
    ) -> Bool {
        let shard = shards[index.shard]
        let lane = shard.lanes[index.lane]
        guard batch.kind == .records else {
            // The end of a window is as old as the last record in it.
            guard let window = shard.window, window.lastArrival + age < present else { return false }
            shards[index.shard].lanes[index.lane].batches.removeLast()
            discard(batch, batch.records, reason, response: nil, index)
            return true
        }
        let expired = batch.records.prefix { shard.store[lane.slot(at: $0)].arrival + age < present }
        guard !expired.isEmpty else { return false }
        shards[index.shard].lanes[index.lane].batches.removeLast()
        let isWhole =
            policies.partlyExpiredBatch == .wholeBatchLeaves && batch.attempts > 0
            && reason == .recordAgeExceeded
        let end = isWhole ? batch.records.upperBound : expired.upperBound
        if end < batch.records.upperBound {
            let rest = batch.replaced(by: end..<batch.records.upperBound)
            shards[index.shard].lanes[index.lane].batches.append(rest)
        }
        discard(batch, batch.records.lowerBound..<end, reason, response: nil, index)
        return true
    }

    /// Sends or drops records that have left their batch, now or together with those that follow.
    mutating func discard(
        _ batch: Batch,
        _ records: Range<Int>,
        _ reason: DiscardReason,
        response: DestinationMessage.ResponseContext?,
        _ index: LaneIndex
    ) {
        enqueue(index)
        let discard = Discard(
            kind: batch.kind,
            records: records,
            reason: reason,
            requestID: batch.requestID ?? identifiers.next(),
            invokeCount: max(1, batch.attempts),
            response: response,
            window: windowInvocation(batch.kind, shard: index.shard),
            resolvesUpTo: records.upperBound
        )
        guard policies.consolidatesAdjacentFailures, batch.kind == .records else { return tell(discard, index) }
        guard var held = shards[index.shard].lanes[index.lane].held else {
            shards[index.shard].lanes[index.lane].held = discard
            return
        }
        if held.records.upperBound == records.lowerBound, held.reason == reason {
            held.records = held.records.lowerBound..<records.upperBound
            held.resolvesUpTo = records.upperBound
            held.requestID = discard.requestID
            held.invokeCount = max(held.invokeCount, discard.invokeCount)
            held.response = response
            shards[index.shard].lanes[index.lane].held = held
        } else {
            shards[index.shard].lanes[index.lane].held = discard
            tell(held, index)
        }
    }

    /// - Returns: whether there was something to tell, so that the lane is not to go on yet.
    mutating func tellHeldDiscard(_ index: LaneIndex) -> Bool {
        guard let held = shards[index.shard].lanes[index.lane].held else { return false }
        shards[index.shard].lanes[index.lane].held = nil
        tell(held, index)
        enqueue(index)
        return true
    }

    private mutating func tell(_ discard: Discard, _ index: LaneIndex) {
        shards[index.shard].lanes[index.lane].state = .sending(discard)
        guard let destination = configuration.onFailureDestination, let condition = discard.reason.condition else {
            return completeDiscard(index, id: nil, failure: nil)
        }
        let numbers = sequenceNumbers(of: discard.records, index)
        let message = DestinationMessage(
            requestID: discard.requestID,
            functionARN: identity.functionARN,
            condition: condition,
            approximateInvokeCount: discard.invokeCount,
            response: discard.response,
            timestamp: present,
            shardID: shards[index.shard].id,
            streamARN: configuration.eventSourceARN,
            records: range(of: discard.records, numbers, index),
            window: discard.window
        )
        let delivery = DestinationDelivery(
            id: makeID(),
            destination: destination,
            shardID: shards[index.shard].id,
            lane: index.lane,
            sequenceNumbers: numbers,
            message: message
        )
        deliveries[delivery.id] = index
        sending[delivery.id] = delivery
        outbox.append(.send(delivery))
    }

    private func range(
        of records: Range<Int>,
        _ numbers: [SequenceNumber],
        _ index: LaneIndex
    ) -> DestinationMessage.RecordRange? {
        guard let start = numbers.first, let end = numbers.last else { return nil }
        let shard = shards[index.shard]
        let lane = shard.lanes[index.lane]
        return DestinationMessage.RecordRange(
            start: start,
            end: end,
            arrivalOfFirst: shard.store[lane.slot(at: records.lowerBound)].arrival,
            arrivalOfLast: shard.store[lane.slot(at: records.upperBound - 1)].arrival,
            batchSize: records.count
        )
    }

    /// The discarded records are gone, whatever became of the message.
    mutating func completeDiscard(_ index: LaneIndex, id: Int?, failure: String?) {
        guard case .sending(let discard) = shards[index.shard].lanes[index.lane].state else { return }
        shards[index.shard].lanes[index.lane].state = .idle
        let delivery = id.flatMap { sending.removeValue(forKey: $0) }
        if let delivery, failure == nil {
            metrics.onFailureDestinationDeliveredEventCount += discard.records.count
            log(.destination(DeliveryLogEntry.Destination(at: present, delivery: delivery)))
        } else {
            if discard.reason != .recordsExpired { metrics.droppedEventCount += discard.records.count }
            if failure != nil { metrics.destinationDeliveryFailures += 1 }
            let entry = DeliveryLogEntry.Dropped(
                at: present,
                shardID: shards[index.shard].id,
                lane: index.lane,
                sequenceNumbers: sequenceNumbers(of: discard.records, index),
                reason: discard.reason,
                destinationFailure: failure,
                window: discard.window
            )
            log(.dropped(entry))
        }
        if discard.kind != .records { closeWindow(after: discard.kind, index) }
        resolveNow(index, upTo: discard.resolvesUpTo)
    }
}
