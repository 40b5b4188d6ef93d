// Reads one shard of a live stream, from the stored position to its end.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import RecordReplay

struct ShardReader: Sendable {
    let shard: LiveShard
    let streams: DynamoDBStreamsClient
    let streamARN: String
    let places: LivePlaces
    let mailbox: AsyncStream<DriverMessage>.Continuation
    let reading: ReadingState

    func run() async {
        if let parent = shard.parentID { await reading.end(of: parent) }
        guard !Task.isCancelled else { return }
        if shard.isFinished { return end() }
        let (position, iterator, since) = shard.place.position.start
        var pages = ShardPages(
            shard.id,
            of: streamARN,
            from: position,
            iterator: iterator,
            streams,
            patience: ReadingPatience(.zero, minimumFailures: StreamPoller.patience, outlastsThrottling: true)
        )
        var waiting = since.map { Waiting(since: $0) }
        var notBefore: MappingInstant?
        while !Task.isCancelled {
            await reading.room(for: shard.id)
            let step = await pages.next()
            guard !Task.isCancelled else { return }
            if case .page = step {} else { reading.failed(shard.id) }
            switch step {
            case .page(let page):
                if let problem = take(page, pages.iterator, &waiting, notBefore) { return fail(problem) }
                if page.isLast { return end() }
            case .repeating: break
            case .latestExpired:
                // The position of a run that ended long ago: what is left of it is the time at which the shard was seen.
                notBefore = since
                waiting = nil
            case .trimmed(let position):
                if position == .latest { notBefore = since }
                waiting = nil
                mailbox.yield(
                    .unknown(
                        "\(shard.id): the stream no longer has all records\(position.place). Some may have been missed."
                    )
                )
            case .gone:
                guard let listed = try? await streams.describeStream(streamARN),
                    !listed.shards.contains(where: { $0.id == shard.id })
                else { break }
                mailbox.yield(
                    .unknown("\(shard.id) is no longer in the stream. Records of it that were not read are gone.")
                )
                return end()
            case .failed(let error):
                guard case .malformedReply = error.kind else { return fail(LiveError.unreachable("\(error)")) }
                return fail(LiveError.unreadable(shardID: shard.id, reason: "\(error)"))
            }
        }
    }

    /// The time at LATEST without a record.
    private struct Waiting {
        /// When the shard was first seen.
        let since: MappingInstant
        private let storedAt = ContinuousClock.now

        init(since: MappingInstant) { self.since = since }

        /// Iterators are valid for 15 minutes. One that is stored for a restart is renewed long before.
        var isRenewalDue: Bool { ContinuousClock.now - storedAt > .seconds(60) }
    }

    /// Passes a page to the driver.
    ///
    /// - Returns: why the position cannot be stored.
    private func take(
        _ page: ShardPage,
        _ iterator: String?,
        _ waiting: inout Waiting?,
        _ notBefore: MappingInstant?
    ) -> OutputError? {
        guard let first = page.event.records.first else {
            reading.foundNothing(in: shard.id, askedAt: page.askedAt)
            // Stored while no records arrive, so that a restart can continue from it.
            guard let since = waiting?.since, let iterator, waiting?.isRenewalDue == true else { return nil }
            waiting = Waiting(since: since)
            return places.note(.latest(iterator: iterator, since: since), of: shard.id)
        }
        if waiting != nil, let number = first.sequenceNumber {
            waiting = nil
            // A restart reads this record again rather than the newest one.
            if let problem = places.note(.at(number), of: shard.id) { return problem }
        }
        reading.queued(page.event.records.count, of: shard.id)
        mailbox.yield(.records(page, shardID: shard.id, notBefore: notBefore))
        return nil
    }

    private func end() {
        reading.shardClosed()
        mailbox.yield(.shardEnded(id: shard.id))
    }

    private func fail(_ error: any UserFacingError) { mailbox.yield(.failed(error)) }
}

extension ShardPlace.Position {
    /// Where the reading begins: the position, its iterator if there is one, and when that was made.
    fileprivate var start: (DynamoDBStreamsClient.Start, iterator: String?, since: MappingInstant?) {
        switch self {
        case .after(let number): (.after(number), nil, nil)
        case .at(let number): (.at(number), nil, nil)
        case .latest(let iterator, let since): (.latest, iterator, since)
        case .skipped, .beginning: (.trimHorizon, nil, nil)
        }
    }
}
