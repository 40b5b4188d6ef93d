// Finds the shards of a live stream, and reads each when its parent is done.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import SharedState

struct StreamPoller: Sendable {
    let streams: DynamoDBStreamsClient
    let tables: DynamoDBClient
    let table: String
    let streamARN: String
    let places: LivePlaces
    let startsAtLatest: Bool
    let mailbox: AsyncStream<DriverMessage>.Continuation
    let reading: ReadingState

    /// The interval of looking for new shards. A closed shard causes an immediate look.
    private static let discoveryInterval = Duration.seconds(5)
    /// Failures in a row after which the stream counts as gone; the client has tried each call several times already.
    static let patience = 8

    /// Reads until it is canceled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            var known: Set<String> = []
            var failures = 0
            while !Task.isCancelled {
                do throws(AWSError) {
                    let closings = reading.closings
                    let description = try await streams.describeStream(streamARN)
                    let latest = try await latestPositions(description.shards)
                    do throws(OutputError) {
                        let fresh = try places.discover(description.shards, latest: latest)
                        if known.isEmpty { reportVanished(description.shards) }
                        for shard in fresh where known.insert(shard.id).inserted { reading.add(shard.id) }
                        for shard in fresh { start(shard, &group) }
                    } catch {
                        return fail(error)
                    }
                    failures = 0
                    reading.discovered(after: closings)
                    try await lookForAnotherStream()
                } catch {
                    failures += 1
                    if Task.isCancelled { return }
                    if error.code == .resourceNotFound { return await streamIsGone(error) }
                    if error.isRefusal || (failures >= Self.patience && !error.isThrottling) {
                        return fail(LiveError.unreachable("\(error)"))
                    }
                }
                await pause()
            }
        }
    }

    /// Where each open shard is now, for a mapping that starts at LATEST and has not begun; nil for any other.
    private func latestPositions(_ shards: [StreamShard]) async throws(AWSError) -> [String: String]? {
        guard startsAtLatest, places.isFirstLook else { return nil }
        var iterators: [String: String] = [:]
        for shard in shards where shard.endingSequenceNumber == nil {
            iterators[shard.id] = try await streams.shardIterator(.latest, inShard: shard.id, of: streamARN)
        }
        return iterators
    }

    private func start(_ shard: LiveShard, _ group: inout TaskGroup<Void>) {
        mailbox.yield(.shard(id: shard.id, parent: shard.parentID))
        if let window = shard.place.window { mailbox.yield(.window(window)) }
        let reader = ShardReader(
            shard: shard,
            streams: streams,
            streamARN: streamARN,
            places: places,
            mailbox: mailbox,
            reading: reading
        )
        group.addTask { await reader.run() }
    }

    /// Shards that were not done and that the stream no longer lists were trimmed, with what was left in them.
    private func reportVanished(_ listed: [StreamShard]) {
        for shardID in places.vanished(listed) {
            mailbox.yield(
                .unknown(
                    "\(shardID) is no longer in the stream. Records of it that were not delivered before are gone."
                )
            )
        }
    }

    /// A table whose stream was disabled and enabled again has a new stream.
    private func lookForAnotherStream() async throws(AWSError) {
        guard let latest = try await tables.latestStreamARN(ofTable: table), latest != streamARN, reading.isAllDone
        else { return }
        fail(LiveError.replaced(table: table, by: latest))
    }

    private func streamIsGone(_ error: AWSError) async {
        if let latest = try? await tables.latestStreamARN(ofTable: table), latest != streamARN {
            return fail(LiveError.replaced(table: table, by: latest))
        }
        fail(LiveError.unreachable("\(error)"))
    }

    private func fail(_ error: any UserFacingError) { mailbox.yield(.failed(error)) }

    private func pause() async {
        let start = ContinuousClock.now
        repeat {
            try? await Task.sleep(for: .milliseconds(200))
        } while !Task.isCancelled && !reading.needsDiscovery && ContinuousClock.now - start < Self.discoveryInterval
    }
}
