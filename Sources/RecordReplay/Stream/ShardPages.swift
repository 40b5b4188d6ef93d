// The pages of one shard, whatever happens to its iterators and on the way.

package import AWSServices
package import DynamoDBStreamEvents

/// Reads a shard page by page from a position on.
///
/// An iterator that expired or failed is made anew behind the last record that was read. The caller learns of
/// records that the stream no longer has. What may pass is repeated after a growing pause, until the patience ends.
package struct ShardPages: Sendable {
    /// What became of one request.
    package enum Step: Sendable {
        case page(ShardPage)
        /// The stream no longer has all records from this position on. The next page begins with the oldest that it has.
        case trimmed(DynamoDBStreamsClient.Start)
        /// The iterator of LATEST has expired, and there is no record behind which to begin. The next page begins with
        /// the oldest record that the stream has.
        case latestExpired
        /// The stream no longer has the shard, or no longer exists. The next call asks once more.
        case gone(AWSError)
        /// The request failed. The next call repeats it.
        case repeating
        /// The shard cannot be read.
        case failed(AWSError)
    }

    private let shardID: String
    private let streamARN: String
    private let streams: DynamoDBStreamsClient
    private let pause: Duration
    private var patience: ReadingPatience
    /// Where the next iterator begins.
    private var position: DynamoDBStreamsClient.Start
    /// Where the next page begins, if an iterator was made.
    package private(set) var iterator: String?
    /// The number from which a new iterator reads; records before it may come all the same. Nil behind its first page.
    private var beginning: DynamoDBStreamsClient.Start?
    private var resumesAt: ContinuousClock.Instant?

    /// - Parameters:
    ///   - position: where to begin.
    ///   - iterator: the iterator of that position, if one was made before.
    ///   - pause: the wait after a page without records. A mapping reads each shard four times a second.
    ///   - patience: how long failures in a row may go on.
    package init(
        _ shardID: String,
        of streamARN: String,
        from position: DynamoDBStreamsClient.Start,
        iterator: String? = nil,
        _ streams: DynamoDBStreamsClient,
        pause: Duration = .milliseconds(250),
        patience: ReadingPatience
    ) {
        self.shardID = shardID
        self.streamARN = streamARN
        self.streams = streams
        self.pause = pause
        self.patience = patience
        self.position = position
        self.iterator = iterator
        beginning = position
    }

    /// Sends one request, after the pause that the one before it asked for.
    package mutating func next() async -> Step {
        // A canceled task's request fails by itself.
        if let resumesAt { try? await Task.sleep(until: resumesAt, clock: .continuous) }
        resumesAt = nil
        do throws(AWSError) {
            let current: String
            if let iterator {
                current = iterator
            } else {
                current = try await streams.shardIterator(position, inShard: shardID, of: streamARN)
                iterator = current
            }
            let askedAt = ContinuousClock.now
            return .page(take(try await streams.records(at: current), askedAt))
        } catch {
            return recover(from: error)
        }
    }

    private mutating func take(_ page: StreamPage, _ askedAt: ContinuousClock.Instant) -> ShardPage {
        patience.succeeded()
        iterator = page.nextIterator
        let taken = ShardPage(
            event: page.event,
            beginning: beginning,
            isLast: page.nextIterator == nil,
            askedAt: askedAt
        )
        if taken.isEmpty { resumesAt = .now + pause }
        let numbers = page.event.records.reversed().lazy.compactMap(\.sequenceNumber)
        if let last = numbers.first, beginning?.includes(last) ?? true {
            position = .after(last)
            beginning = nil
        }
        return taken
    }

    private mutating func recover(from error: AWSError) -> Step {
        // These are solved by another iterator, or by none.
        let code = error.code
        let isOfIterator = code == .expiredIterator || code == .trimmedDataAccess
        guard error.mayPass || isOfIterator || code == .resourceNotFound, let pause = patience.pause(after: error)
        else { return .failed(error) }
        if !isOfIterator || patience.failures > 1 { resumesAt = .now + pause }
        if position != .trimHorizon { beginning = position }
        // A new iterator of LATEST would skip what was written since this one.
        if isOfIterator || position != .latest { iterator = nil }
        switch code {
        case .trimmedDataAccess where position != .trimHorizon:
            defer { position = .trimHorizon }
            return .trimmed(position)
        case .expiredIterator where position == .latest:
            position = .trimHorizon
            return .latestExpired
        case .resourceNotFound: return .gone(error)
        default: return .repeating
        }
    }
}

/// A page of a shard.
package struct ShardPage: Sendable {
    /// The whole page, records that were read before included.
    package let event: StreamEvent
    fileprivate let beginning: DynamoDBStreamsClient.Start?
    /// Whether the shard is closed, and this is its end.
    package let isLast: Bool
    /// When the page was asked for.
    package let askedAt: ContinuousClock.Instant

    /// Whether the page has no records. Such pages are common and say nothing.
    package var isEmpty: Bool { event.records.isEmpty }

    /// The records from the position on that were not read before, each with its index in the page. A record without a
    /// number is among them.
    package var newRecords: some Sequence<(offset: Int, element: StreamRecord)> {
        event.records.enumerated().lazy.filter { _, record in
            guard let beginning, let number = record.sequenceNumber else { return true }
            return beginning.includes(number)
        }
    }
}

extension DynamoDBStreamsClient.Start {
    fileprivate func includes(_ number: SequenceNumber) -> Bool {
        switch self {
        case .after(let last): number > last
        case .at(let first): number >= first
        case .latest, .trimHorizon: true
        }
    }

    /// Which records are behind the position, for people: ` after 4491…`; empty where no number says it.
    package var place: String {
        switch self {
        case .after(let number): " after \(number)"
        case .at(let number): " from \(number) on"
        case .latest, .trimHorizon: ""
        }
    }
}
