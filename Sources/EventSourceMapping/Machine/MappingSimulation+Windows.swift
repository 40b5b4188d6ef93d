// Tumbling windows: each shard has at most one open, with the state that its last invocation answered.

internal import DynamoDBStreamEvents
internal import JSONScanning

extension MappingSimulation {
    /// The state beyond which a window ends early, in bytes.
    static let maximumStateByteCount = 1_048_576

    /// Windows are aligned to the epoch, and a record's own time says which is its.
    func windowStart(of arrival: MappingInstant) -> MappingInstant {
        let length = Int64(max(configuration.tumblingWindowInSeconds, 1))
        let seconds = arrival.seconds
        let rest = seconds % length
        return MappingInstant(milliseconds: (seconds - (rest < 0 ? rest + length : rest)) * 1_000)
    }

    mutating func openWindow(of records: Range<Int>, _ index: LaneIndex) {
        let lane = shards[index.shard].lanes[index.lane]
        let last = shards[index.shard].store[lane.slot(at: records.upperBound - 1)].arrival
        guard shards[index.shard].window == nil else {
            shards[index.shard].window?.lastArrival = last
            return
        }
        let start = windowStart(of: last)
        let end = start + .seconds(configuration.tumblingWindowInSeconds)
        shards[index.shard].window = Shard.OpenWindow(start: start, end: end, state: Self.emptyState, lastArrival: last)
    }

    static let emptyState = Array("{}".utf8)

    /// Makes the closing of the open window the next batch when a record of another one is there, when the shard has
    /// ended, or when nothing has come for long enough after the window's end.
    ///
    /// - Returns: whether it did.
    mutating func closeWindowIfOver(_ index: LaneIndex) -> Bool {
        guard let window = shards[index.shard].window else { return false }
        let lane = shards[index.shard].lanes[index.lane]
        if lane.taken < lane.end {
            let next = shards[index.shard].store[lane.slot(at: lane.taken)].arrival
            guard windowStart(of: next) != window.start else { return false }
        } else if !(shards[index.shard].hasEnded && shards[index.shard].readCount == shards[index.shard].store.count) {
            let due = window.end + policies.idleWindowDelay
            guard due <= present else {
                setTimer(index, due)
                return false
            }
        }
        shards[index.shard].lanes[index.lane].timer = nil
        shards[index.shard].lanes[index.lane].batches.append(Batch(.windowEnd, records: lane.taken..<lane.taken))
        return true
    }

    /// Takes the state of an answer; one that is too large ends the window before anything else is done.
    mutating func carry(_ state: [UInt8], _ index: LaneIndex) {
        shards[index.shard].window?.state = state
        guard state.count > Self.maximumStateByteCount else { return }
        let lane = shards[index.shard].lanes[index.lane]
        let position = lane.batches.last?.records.lowerBound ?? lane.taken
        shards[index.shard].lanes[index.lane].batches.append(Batch(.earlyTermination, records: position..<position))
    }

    /// The closing invocation has succeeded, or is given up.
    mutating func closeWindow(after kind: Batch.Kind, _ index: LaneIndex) {
        if kind == .earlyTermination, policies.stateAfterEarlyTermination == .kept { return }
        guard kind == .earlyTermination, let batch = shards[index.shard].lanes[index.lane].batches.last else {
            shards[index.shard].window = nil
            return
        }
        // The rest of a batch of which a part was done belongs to the same window, opened anew.
        if batch.kind == .records {
            shards[index.shard].window?.state = Self.emptyState
        } else {
            shards[index.shard].window = nil
        }
    }

    /// What the invocation of a batch says of the window.
    func windowInvocation(_ kind: Batch.Kind, shard: Int) -> WindowInvocation? {
        guard let window = shards[shard].window else { return nil }
        return WindowInvocation(
            start: window.start,
            end: window.end,
            state: window.state,
            isFinalInvokeForWindow: kind != .records,
            isWindowTerminatedEarly: kind == .earlyTermination
        )
    }

    /// The bytes that the window adds to an event, near enough: its names and times are of fixed length.
    func windowByteCount(_ shard: Int) -> Int {
        guard configuration.tumblingWindowInSeconds > 0 else { return 0 }
        let state = shards[shard].window?.state.count ?? Self.emptyState.count
        return state + shards[shard].id.utf8.count + configuration.eventSourceARN.utf8.count + 200
    }
}
