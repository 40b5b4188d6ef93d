// How far the readers of a live stream are ahead of the mapping in each shard.

import SharedState

/// The state that the readers, the driver and the idle timer share.
final class ReadingState: Sendable {
    private struct Shard: Sendable {
        /// Records that are read and not yet taken by the driver.
        var queued = 0
        /// Records that the driver has taken and that are not done.
        var unresolved = 0
        /// Whether the shard is closed and done, so that its children can be read.
        var isDone = false
        /// How many pages in a row were empty. One alone says little: a stream returns some on the way.
        var emptyPages = 0
        /// When the last of them was asked for.
        var emptyAt: ContinuousClock.Instant?
    }

    private struct State: Sendable {
        var shards: [String: Shard] = [:]
        var total = 0
        var lastReceived = ContinuousClock.now
        /// How many shards were closed, and how many of them before the shards were last listed. The first list is
        /// awaited as if one had been.
        var closings = 1
        var listedClosings = 0

        /// Whether a shard was closed whose children may not be known.
        var needsDiscovery: Bool { closings > listedClosings }
    }

    /// Above this total, a shard may have at most one page under way.
    private let comfortable: Int
    private static let pause = Duration.milliseconds(10)
    /// The number of consecutive empty pages that count as the end.
    private static let emptyPagesAtTip = 3

    private let state = Guarded(State())
    /// How many records a shard may have under way: enough to fill its batches, and no more.
    private let limit: Int

    init(recordsForBatches: Int) {
        limit = max(2_000, recordsForBatches)
        comfortable = max(20_000, limit)
    }

    func add(_ shardID: String) { state.withLock { $0.shards[shardID] = Shard() } }

    /// Records were read, and are on their way to the driver.
    func queued(_ count: Int, of shardID: String) {
        state.withLock { state in
            state.lastReceived = .now
            state.total += count
            state.shards[shardID]?.queued += count
            state.shards[shardID]?.emptyPages = 0
        }
    }

    /// The driver took records: they are under way until `update` says how many are left. In one step, so that at no
    /// moment the shard looks idle.
    func taken(_ count: Int, of shardID: String) {
        state.withLock { state in
            state.shards[shardID]?.queued -= count
            state.shards[shardID]?.unresolved += count
        }
    }

    func update(_ shardID: String, unresolved: Int, isDone: Bool) {
        state.withLock { state in
            guard var shard = state.shards[shardID] else { return }
            shard.unresolved = unresolved
            shard.isDone = shard.isDone || isDone
            state.shards[shardID] = shard
        }
    }

    /// The total of what is under way, once the driver has looked at every shard.
    func recount() {
        state.withLock { state in state.total = state.shards.values.reduce(0) { $0 + $1.queued + $1.unresolved } }
    }

    /// A page was empty.
    func foundNothing(in shardID: String, askedAt: ContinuousClock.Instant) {
        state.withLock { state in
            state.shards[shardID]?.emptyPages += 1
            state.shards[shardID]?.emptyAt = askedAt
        }
    }

    /// A page could not be read, so its records are not known.
    func failed(_ shardID: String) { state.withLock { $0.shards[shardID]?.emptyPages = 0 } }

    func shardClosed() { state.withLock { $0.closings += 1 } }

    /// How many shards were closed so far.
    var closings: Int { state.withLock { $0.closings } }

    /// The shards were listed, by a request that was sent after so many had been closed.
    func discovered(after closings: Int) { state.withLock { $0.listedClosings = closings } }

    var needsDiscovery: Bool { state.withLock { $0.needsDiscovery } }

    /// Whether every shard that was found is closed and done.
    var isAllDone: Bool {
        state.withLock { state in !state.needsDiscovery && state.shards.values.allSatisfy(\.isDone) }
    }

    // MARK: Waiting

    /// Waits until there is room for a page of the shard.
    func room(for shardID: String) async {
        while !Task.isCancelled, !state.withLock({ hasRoom(shardID, $0) }) { try? await Task.sleep(for: Self.pause) }
    }

    private func hasRoom(_ shardID: String, _ state: State) -> Bool {
        guard let shard = state.shards[shardID] else { return true }
        let own = shard.queued + shard.unresolved
        // Each shard can always read one page, so that none waits for another.
        return own == 0 || own < limit && state.total < comfortable
    }

    /// Waits until a shard is done. A shard that the stream does not have counts as done.
    func end(of shardID: String) async {
        while !Task.isCancelled, !state.withLock({ $0.shards[shardID]?.isDone ?? true }) {
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Whether everything that can be read is done, and each shard was asked again after nothing had come for so long.
    /// A shard whose reading is throttled or fails is not idle.
    func isIdle(for duration: Duration) -> Bool {
        state.withLock { state in
            !state.needsDiscovery && ContinuousClock.now - state.lastReceived > duration
                && state.shards.values.allSatisfy { shard in
                    shard.isDone
                        || (shard.emptyPages >= Self.emptyPagesAtTip && shard.queued == 0 && shard.unresolved == 0
                            && shard.emptyAt.map { $0 - state.lastReceived > duration } ?? false)
                }
        }
    }
}
