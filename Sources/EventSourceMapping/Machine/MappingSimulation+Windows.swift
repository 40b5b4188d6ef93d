// Tumbling windows: each shard has at most one open, with the state that its last invocation returned.

internal import DynamoDBStreamEvents
internal import JSONScanning

/// A window that has had records and has not been closed.
///
/// ```swift
/// func simulation(continuing windows: [OpenWindow]) throws -> MappingSimulation {
///     var simulation = try MappingSimulation(EventSourceMappingConfiguration(tumblingWindowInSeconds: 60))
///     for window in windows { simulation.resume(window) }
///     return simulation
/// }
/// ```
public struct OpenWindow: Hashable, Sendable {
    /// The shard that the window belongs to.
    public let shardID: String
    /// The start of the window.
    public let start: MappingInstant
    /// The window ends just before it.
    public let end: MappingInstant
    /// The state as JSON: what the window's last invocation returned.
    public let state: [UInt8]
    /// When the last record of the window was written.
    public let lastArrival: MappingInstant

    /// Creates the description of a window, to continue a simulation with.
    public init(
        shardID: String,
        start: MappingInstant,
        end: MappingInstant,
        state: [UInt8],
        lastArrival: MappingInstant
    ) {
        self.shardID = shardID
        self.start = start
        self.end = end
        self.state = state
        self.lastArrival = lastArrival
    }
}

extension MappingSimulation {
    /// The windows that are open now, by shard.
    public var openWindows: [OpenWindow] { shards.compactMap { openWindow(of: $0.id) } }

    /// The open window of a shard.
    public func openWindow(of shardID: String) -> OpenWindow? {
        guard let shard = shardPositions[shardID], let window = shards[shard].window else { return nil }
        return OpenWindow(
            shardID: shardID,
            start: window.start,
            end: window.end,
            state: window.state,
            lastArrival: window.lastArrival
        )
    }

    /// Continues a window that an earlier run left open, before any record of its shard is added.
    public mutating func resume(_ window: OpenWindow) {
        addShard(window.shardID)
        guard let shard = shardPositions[window.shardID], configuration.tumblingWindowInSeconds > 0 else { return }
        shards[shard].window = Shard.OpenWindow(
            start: window.start,
            end: window.end,
            state: window.state,
            lastArrival: window.lastArrival
        )
        enqueue(QueueIndex(shard: shard, queue: 0))
    }

    /// Closes each open window as soon as the added records are done, without waiting for its end.
    public mutating func closeOpenWindows() {
        closesWindows = true
        for shard in shards.indices where shards[shard].window != nil { enqueue(QueueIndex(shard: shard, queue: 0)) }
    }

    /// The state beyond which a window ends early, in bytes.
    static let maximumStateByteCount = 1_048_576

    /// Windows are aligned to the epoch, and a record's own time says which is its.
    func windowStart(of arrival: MappingInstant) -> MappingInstant {
        let length = Int64(max(configuration.tumblingWindowInSeconds, 1))
        let seconds = arrival.seconds
        let rest = seconds % length
        return MappingInstant(milliseconds: (seconds - (rest < 0 ? rest + length : rest)) * 1_000)
    }

    mutating func openWindow(of records: Range<Int>, _ index: QueueIndex) {
        let queue = shards[index]
        let last = shards[index.shard].store[queue.slot(at: records.upperBound - 1)].arrival
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
    mutating func closeWindowIfOver(_ index: QueueIndex) -> Bool {
        guard let window = shards[index.shard].window else { return false }
        let queue = shards[index]
        if queue.taken < queue.end {
            let next = shards[index.shard].store[queue.slot(at: queue.taken)].arrival
            guard windowStart(of: next) != window.start else { return false }
        } else if !closesWindows,
            !(shards[index.shard].hasEnded && shards[index.shard].readCount == shards[index.shard].store.count)
        {
            let due = window.end + policies.idleWindowDelay
            guard due <= present else {
                setTimer(index, due)
                return false
            }
        }
        shards[index].timer = nil
        shards[index].batches.append(Batch(.windowEnd, records: queue.taken..<queue.taken))
        return true
    }

    /// Takes the state of a response; one that is too large ends the window before anything else is done.
    mutating func carry(_ state: [UInt8], _ index: QueueIndex) {
        shards[index.shard].window?.state = state
        guard state.count > Self.maximumStateByteCount else { return }
        let queue = shards[index]
        let position = queue.batches.last?.records.lowerBound ?? queue.taken
        shards[index].batches.append(Batch(.earlyTermination, records: position..<position))
    }

    /// The closing invocation has succeeded, or is discarded.
    mutating func closeWindow(after kind: Batch.Kind, _ index: QueueIndex) {
        if kind == .earlyTermination, policies.stateAfterEarlyTermination == .kept { return }
        guard kind == .earlyTermination, let batch = shards[index].batches.last else {
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
