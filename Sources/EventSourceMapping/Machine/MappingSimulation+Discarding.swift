// Records that leave without having been handled: sent to the on-failure destination, or dropped.

internal import DynamoDBStreamEvents

extension MappingSimulation {
    /// Discards what is too old in the queue's next batch.
    ///
    /// - Returns: whether anything was, so that the queue has something else to do first.
    mutating func discardExpired(_ index: QueueIndex) -> Bool {
        guard let batch = shards[index].batches.last else { return false }
        if discardExpired(batch, olderThan: policies.retention, .recordsExpired, index) { return true }
        let age = configuration.maximumRecordAgeInSeconds
        guard age >= 60, batch.kind == .records else { return false }
        return discardExpired(batch, olderThan: .seconds(age), .recordAgeExceeded, index)
    }

    /// The moment that a record's age counts from.
    func birth(of arrival: MappingInstant) -> MappingInstant {
        agesRecordsFromStart ? max(arrival, start ?? arrival) : arrival
    }

    private mutating func discardExpired(
        _ batch: Batch,
        olderThan age: Duration,
        _ reason: DiscardReason,
        _ index: QueueIndex
    ) -> Bool {
        let shard = shards[index.shard]
        let queue = shard.queues[index.queue]
        guard batch.kind == .records else {
            // The end of a window is as old as the last record in it.
            guard let window = shard.window, birth(of: window.lastArrival) + age < present else { return false }
            shards[index].batches.removeLast()
            discard(batch, batch.records, reason, response: nil, index)
            return true
        }
        let expired = batch.records.prefix { birth(of: shard.store[queue.slot(at: $0)].arrival) + age < present }
        guard !expired.isEmpty else { return false }
        shards[index].batches.removeLast()
        let isWhole =
            policies.partlyExpiredBatch == .wholeBatchLeaves && batch.attempts > 0
            && reason == .recordAgeExceeded
        let end = isWhole ? batch.records.upperBound : expired.upperBound
        if end < batch.records.upperBound {
            let rest = batch.replaced(by: end..<batch.records.upperBound)
            shards[index].batches.append(rest)
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
        _ index: QueueIndex
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
        guard policies.consolidatesAdjacentFailures, batch.kind == .records else { return send(discard, index) }
        guard var held = shards[index].held else {
            shards[index].held = discard
            return
        }
        if held.records.upperBound == records.lowerBound, held.reason == reason {
            held.records = held.records.lowerBound..<records.upperBound
            held.resolvesUpTo = records.upperBound
            held.requestID = discard.requestID
            held.invokeCount = max(held.invokeCount, discard.invokeCount)
            held.response = response
            shards[index].held = held
        } else {
            shards[index].held = discard
            send(held, index)
        }
    }

    /// - Returns: whether a message was sent, so that the queue must wait.
    mutating func sendHeldDiscard(_ index: QueueIndex) -> Bool {
        guard let held = shards[index].held else { return false }
        shards[index].held = nil
        send(held, index)
        enqueue(index)
        return true
    }

    private mutating func send(_ discard: Discard, _ index: QueueIndex) {
        shards[index].state = .sending(discard)
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
            concurrentBatch: index.queue,
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
        _ index: QueueIndex
    ) -> DestinationMessage.RecordRange? {
        guard let start = numbers.first, let end = numbers.last else { return nil }
        let shard = shards[index.shard]
        let queue = shard.queues[index.queue]
        return DestinationMessage.RecordRange(
            start: start,
            end: end,
            arrivalOfFirst: shard.store[queue.slot(at: records.lowerBound)].arrival,
            arrivalOfLast: shard.store[queue.slot(at: records.upperBound - 1)].arrival,
            batchSize: records.count
        )
    }

    /// The discarded records are gone, whatever became of the message.
    mutating func completeDiscard(_ index: QueueIndex, id: Int?, failure: String?) {
        guard case .sending(let discard) = shards[index].state else { return }
        shards[index].state = .idle
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
                concurrentBatch: index.queue,
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
