// Reads a live stream: finds its shards, and goes on in each from where the last run ended.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import SharedState

struct StreamPoller: Sendable {
    let streams: DynamoDBStreamsClient
    let streamARN: String
    /// What is done already, by shard.
    let checkpoints: [String: SequenceNumber]
    let startsAtLatest: Bool
    let mailbox: AsyncStream<DriverMessage>.Continuation
    let load: RunLoad

    /// "The base rate is four times a second" for each shard, as of a mapping.
    private static let interval = Duration.milliseconds(250)
    /// How often it is looked for new shards.
    private static let discoveryInterval = Duration.seconds(5)
    /// Failures in a row after which the stream counts as gone; the client has tried each call several times already.
    private static let patience = 8

    /// Reads until it is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            var known: Set<String> = []
            var failures = 0
            while !Task.isCancelled {
                do throws(AWSError) {
                    let isFirst = known.isEmpty
                    for shard in try await streams.describeStream(streamARN).shards
                    where known.insert(shard.id).inserted {
                        mailbox.yield(.shard(id: shard.id, parent: shard.parentID))
                        let start = start(of: shard, isFirstLook: isFirst)
                        group.addTask { await read(shard.id, from: start) }
                    }
                    failures = 0
                } catch {
                    failures += 1
                    if await giveUp(error, failures) { return }
                }
                try? await Task.sleep(for: Self.discoveryInterval)
            }
        }
    }

    private func start(of shard: StreamShard, isFirstLook: Bool) -> DynamoDBStreamsClient.Start {
        if let checkpoint = checkpoints[shard.id] { return .after(checkpoint) }
        // A shard that is found later was opened after the mapping began.
        return startsAtLatest && isFirstLook && checkpoints.isEmpty ? .latest : .trimHorizon
    }

    private func read(_ shardID: String, from start: DynamoDBStreamsClient.Start) async {
        var start = start
        var iterator: String?
        var failures = 0
        while !Task.isCancelled {
            do throws(AWSError) {
                let current: String
                if let iterator {
                    current = iterator
                } else {
                    current = try await streams.shardIterator(start, inShard: shardID, of: streamARN)
                }
                let page = try await streams.records(at: current)
                failures = 0
                if let last = page.event.records.last?.sequenceNumber {
                    load.received()
                    mailbox.yield(.records(page.event.bytes, shardID: shardID))
                    start = .after(last)
                }
                guard let next = page.nextIterator else {
                    mailbox.yield(.shardEnded(id: shardID))
                    return
                }
                iterator = next
                await load.room()
                if page.event.records.isEmpty { try? await Task.sleep(for: Self.interval) }
            } catch {
                iterator = nil
                failures += 1
                if error.code == .trimmedDataAccess { start = .trimHorizon }
                if await giveUp(error, failures) { return }
            }
        }
    }

    private func giveUp(_ error: AWSError, _ failures: Int) async -> Bool {
        guard !Task.isCancelled else { return true }
        let isHopeless = error.code == .resourceNotFound || error.code == .accessDenied || failures >= Self.patience
        if isHopeless {
            mailbox.yield(.failed(LiveError.unreachable("\(error)")))
            return true
        }
        try? await Task.sleep(for: Self.interval * (1 << min(failures, 5)))
        return false
    }
}

/// How much the mapping has to do, so that reading does not run ahead of it.
final class RunLoad: Sendable {
    private struct State: Sendable {
        var unresolved = 0
        var lastReceived = ContinuousClock.now
    }

    private static let maximum = 20_000
    private let state = Guarded(State())

    func received() { state.withLock { $0.lastReceived = .now } }

    func set(unresolved: Int) { state.withLock { $0.unresolved = unresolved } }

    /// Waits until there is room for more.
    func room() async {
        while !Task.isCancelled, state.withLock({ $0.unresolved }) > Self.maximum {
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Whether all is done and nothing has come for so long.
    func isIdle(for duration: Duration) -> Bool {
        state.withLock { $0.unresolved == 0 && ContinuousClock.now - $0.lastReceived > duration }
    }
}
