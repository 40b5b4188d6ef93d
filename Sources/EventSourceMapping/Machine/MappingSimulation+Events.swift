// The events of steps, built when they are asked for.

internal import JSONScanning

extension MappingSimulation {
    /// The event of an invocation, as Lambda sends it.
    ///
    /// - Returns: nil once the invocation has ended, because its records may be gone.
    public func event(of invocation: MappingInvocation) -> [UInt8]? {
        guard let index = invocations[invocation.id],
            let batch = shards[index].batches.last
        else { return nil }
        return event(of: batch.records, invocation.window, index)
    }

    /// The event that could not be delivered: the payload of the object in a bucket.
    ///
    /// - Returns: nil once the message has been sent, because its records may be gone.
    public func event(of delivery: DestinationDelivery) -> [UInt8]? {
        guard let index = deliveries[delivery.id],
            case .sending(let discard) = shards[index].state
        else { return nil }
        return event(of: discard.records, discard.window, index)
    }

    private func event(of records: Range<Int>, _ window: WindowInvocation?, _ index: QueueIndex) -> [UInt8] {
        let shard = shards[index.shard]
        let queue = shard.queues[index.queue]
        var json: [UInt8] = []
        let byteCount = records.reduce(0) { $0 + shard.store.byteCount(of: shard.store[queue.slot(at: $1)]) + 1 }
        json.reserveCapacity(byteCount + EventDocument.envelopeByteCount + windowByteCount(index.shard))
        json.appendJSON("{\"Records\":[")
        for position in records {
            if position > records.lowerBound { json.appendJSON(",") }
            shard.store.appendJSON(of: queue.slot(at: position), to: &json)
        }
        json.appendJSON("]")
        guard let window else {
            json.appendJSON("}")
            return json
        }
        EventDocument.appendWindow(window, shardID: shard.id, streamARN: configuration.eventSourceARN, to: &json)
        return json
    }
}
