// Reads one shard of a live stream, from the stored position to its end.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping

struct ShardReader: Sendable {
    let shard: LiveShard
    let streams: DynamoDBStreamsClient
    let streamARN: String
    let places: LivePlaces
    let mailbox: AsyncStream<DriverMessage>.Continuation
    let reading: ReadingState

    /// "The base rate is four times a second" for each shard, as of a mapping.
    private static let interval = Duration.milliseconds(250)
    /// Iterators are valid for 15 minutes. One that is stored for a restart is renewed long before.
    private static let renewal = Duration.seconds(60)

    func run() async {
        if let parent = shard.parentID { await reading.end(of: parent) }
        guard !Task.isCancelled else { return }
        if shard.isFinished { return end() }
        var cursor = Cursor(shard.place.position)
        var failures = 0
        while !Task.isCancelled {
            do throws(AWSError) {
                await reading.room(for: shard.id)
                let askedAt = ContinuousClock.now
                let page = try await nextPage(&cursor)
                failures = 0
                if page.event.records.isEmpty {
                    reading.foundNothing(in: shard.id, askedAt: askedAt)
                } else if let problem = take(page, &cursor) {
                    return fail(problem)
                }
                guard let next = page.nextIterator else { return end() }
                cursor.iterator = next
                if page.event.records.isEmpty {
                    if let problem = renew(&cursor) { return fail(problem) }
                    try? await Task.sleep(for: Self.interval)
                }
            } catch {
                reading.failed(shard.id)
                failures += 1
                if await recover(from: error, failures, &cursor) { return }
            }
        }
    }

    /// Where the next page begins.
    private struct Cursor {
        var iterator: String?
        var position: ShardPlace.Position
        /// Records up to this one were read before, or are done.
        var after: SequenceNumber?
        /// Records before this moment were there before the mapping began.
        var notBefore: MappingInstant?
        var hasRecords = false
        var renewedAt = ContinuousClock.now

        init(_ position: ShardPlace.Position) {
            self.position = position
            switch position {
            case .after(let number):
                after = number
                hasRecords = true
            case .at: hasRecords = true
            case .latest(let iterator, _): self.iterator = iterator
            case .skipped, .beginning: break
            }
        }

        var start: DynamoDBStreamsClient.Start {
            switch position {
            case .after(let number): .after(number)
            case .at(let number): .at(number)
            case .latest, .skipped, .beginning: .trimHorizon
            }
        }
    }

    private func nextPage(_ cursor: inout Cursor) async throws(AWSError) -> StreamPage {
        if let iterator = cursor.iterator { return try await streams.records(at: iterator) }
        let iterator = try await streams.shardIterator(cursor.start, inShard: shard.id, of: streamARN)
        cursor.iterator = iterator
        return try await streams.records(at: iterator)
    }

    /// Passes a page to the driver.
    ///
    /// - Returns: why it cannot be read.
    private func take(_ page: StreamPage, _ cursor: inout Cursor) -> (any UserFacingError)? {
        var numbers: [SequenceNumber] = []
        for (index, record) in page.event.records.enumerated() {
            guard let number = record.sequenceNumber else {
                return LiveError.unreadable(
                    shardID: shard.id,
                    reason: RecordRefusal.noSequenceNumber(index: index).description
                )
            }
            numbers.append(number)
        }
        guard let first = numbers.first, let last = numbers.last else { return nil }
        if !cursor.hasRecords {
            cursor.hasRecords = true
            // A restart reads this record again rather than the newest one.
            if case .latest = cursor.position, let problem = keep(.at(first)) { return problem }
        }
        reading.queued(numbers.count, of: shard.id)
        mailbox.yield(
            .records(page.event.bytes, shardID: shard.id, after: cursor.after, notBefore: cursor.notBefore)
        )
        cursor.position = .after(last)
        cursor.after = nil
        return nil
    }

    private func end() {
        reading.shardClosed()
        mailbox.yield(.shardEnded(id: shard.id))
    }

    private func keep(_ position: ShardPlace.Position) -> OutputError? {
        places.note(position, of: shard.id)
    }

    /// Stores a recent iterator while no records arrive, so that a restart can continue from it.
    private func renew(_ cursor: inout Cursor) -> OutputError? {
        guard !cursor.hasRecords, case .latest(_, let since) = cursor.position, let iterator = cursor.iterator,
            ContinuousClock.now - cursor.renewedAt > Self.renewal
        else { return nil }
        cursor.renewedAt = .now
        return keep(.latest(iterator: iterator, since: since))
    }

    private func fail(_ error: any UserFacingError) { mailbox.yield(.failed(error)) }

    // MARK: Errors

    /// - Returns: whether reading ends.
    private func recover(from error: AWSError, _ failures: Int, _ cursor: inout Cursor) async -> Bool {
        guard !Task.isCancelled else { return true }
        if case .latest = cursor.position, error.code != .expiredIterator {
            // A new iterator of LATEST would skip records written since this one.
        } else {
            cursor.iterator = nil
        }
        // Repeated records were read before.
        if case .after(let number) = cursor.position { cursor.after = number }
        switch error.code {
        case .expiredIterator where failures <= 20:
            if case .latest(_, let since) = cursor.position, !cursor.hasRecords {
                // The position of a run that ended long ago: what is left of it is the time at which the shard was
                // seen.
                cursor.position = .beginning
                cursor.notBefore = since
            }
            return false
        case .trimmedDataAccess where failures <= StreamPoller.patience:
            var place = ""
            if case .after(let number) = cursor.position { place = " after \(number)" }
            if case .at(let number) = cursor.position { place = " from \(number) on" }
            mailbox.yield(
                .unknown("\(shard.id): the stream no longer has all records\(place). Some may have been missed.")
            )
            cursor.position = .beginning
            return false
        case .resourceNotFound:
            guard let listed = try? await streams.describeStream(streamARN) else { break }
            guard listed.shards.contains(where: { $0.id == shard.id }) else {
                mailbox.yield(
                    .unknown("\(shard.id) is no longer in the stream. Records of it that were not read are gone.")
                )
                end()
                return true
            }
        default: break
        }
        var isMalformed = false
        if case .malformedReply = error.kind { isMalformed = true }
        if isMalformed, failures >= 3 {
            fail(LiveError.unreadable(shardID: shard.id, reason: "\(error)"))
            return true
        }
        if error.isRefusal || (failures >= StreamPoller.patience && !error.isThrottling) {
            fail(LiveError.unreachable("\(error)"))
            return true
        }
        try? await Task.sleep(for: Self.interval * (1 << min(failures - 1, 4)))
        return false
    }
}
