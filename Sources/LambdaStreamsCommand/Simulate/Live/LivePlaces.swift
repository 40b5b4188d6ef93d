// The checkpoint file, shared by the parts of a live run.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import SharedState

/// A shard that a run reads, and where it begins.
struct LiveShard: Sendable {
    let id: String
    let parentID: String?
    let place: ShardPlace

    /// Whether the shard is not read at all.
    var isFinished: Bool {
        if case .skipped = place.position { return true }
        return place.hasEnded && place.window == nil
    }
}

final class LivePlaces: Sendable {
    private struct State: Sendable {
        var file: CheckpointFile
        var known: Set<String> = []
    }

    private let state: Guarded<State>

    init(_ file: CheckpointFile) { state = Guarded(State(file: file)) }

    /// Whether no shard has been seen, by this run or an earlier one.
    var isFirstLook: Bool { state.withLock { $0.known.isEmpty && !$0.file.isResumed } }

    /// The shards that were not known, each with its place.
    ///
    /// - Parameter latest: where the open shards are when a mapping that starts at LATEST first sees them, as
    ///   iterators. They are kept, so that a restart delivers nothing older. Shards that were closed before are not
    ///   read at all.
    func discover(_ listed: [StreamShard], latest: [String: String]?) throws(OutputError) -> [LiveShard] {
        try locked { state throws(OutputError) in
            let fresh = listed.filter { !state.known.contains($0.id) }
            guard !fresh.isEmpty else { return [] }
            let parents = Dictionary(listed.map { ($0.id, $0.parentID) }, uniquingKeysWith: { first, _ in first })
            for shard in fresh {
                state.known.insert(shard.id)
                guard state.file.shards[shard.id] == nil else { continue }
                var place = ShardPlace()
                if let latest {
                    place.position = latest[shard.id].map { .latest(iterator: $0, since: .now) } ?? .skipped
                }
                state.file.add(shard.id, place)
            }
            try state.file.write()
            return fresh.map { shard in
                LiveShard(
                    id: shard.id,
                    parentID: Self.parent(of: shard.id, parents),
                    place: state.file.shards[shard.id] ?? ShardPlace()
                )
            }
        }
    }

    /// The parent, unless the stream does not list it, or the shards are in a circle and would wait for each other.
    private static func parent(of shardID: String, _ parents: [String: String?]) -> String? {
        guard let parent = parents[shardID].flatMap({ $0 }), parents[parent] != nil else { return nil }
        var seen: Set<String> = [shardID]
        var ancestor: String? = parent
        while let current = ancestor {
            guard seen.insert(current).inserted else { return nil }
            ancestor = parents[current].flatMap { $0 }
        }
        return parent
    }

    /// Removes shards that the stream no longer lists.
    ///
    /// - Returns: the removed shards that were not done.
    func vanished(_ listed: [StreamShard]) -> [String] {
        let listed = Set(listed.map(\.id))
        return state.withLock { state in
            let gone = state.file.shards.filter { !listed.contains($0.key) }
            guard !gone.isEmpty else { return [] }
            // If the file cannot be written, the next run removes the shard.
            try? state.file.keep { listed.contains($0) }
            return gone.filter { !LiveShard(id: $0.key, parentID: nil, place: $0.value).isFinished }.keys.sorted()
        }
    }

    /// Stores where a shard is read from. A stored position of records that are done takes precedence.
    func note(_ position: ShardPlace.Position, of shardID: String) -> OutputError? {
        update(shardID) { place in
            if case .after = place.position { return }
            place.position = position
        }
    }

    /// Stores the last record of a shard that is done, and the window that is open there.
    func passed(_ number: SequenceNumber?, window: OpenWindow?, shardID: String) -> OutputError? {
        update(shardID) { place in
            if let number { place.position = .after(number) }
            place.window = window
        }
    }

    /// Stores that a shard is closed and done.
    func ended(_ shardID: String) -> OutputError? {
        update(shardID) { place in
            if case .skipped = place.position { return }
            place.hasEnded = true
            place.window = nil
        }
    }

    private func update(_ shardID: String, _ change: (inout ShardPlace) -> Void) -> OutputError? {
        do throws(OutputError) {
            try locked { state throws(OutputError) in try state.file.update(shardID, change) }
            return nil
        } catch {
            return error
        }
    }

    private func locked<Value: Sendable>(
        _ body: (inout State) throws(OutputError) -> Value
    ) throws(OutputError) -> Value {
        try state.withLock { state throws(OutputError) in try body(&state) }
    }
}
