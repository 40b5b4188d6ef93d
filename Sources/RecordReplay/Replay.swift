// A replay from its first record to its summary.

internal import SharedState

/// Hands the records of a source to a target in batches, as an event source mapping would.
///
/// ```swift
/// let recovery = FailureRecovery(reader: StreamRangeReader(DynamoDBStreamsClient()))
/// let source = QueueSource(url: queueURL, sqs: SQSClient(), s3: S3Client(), recovery: recovery)
/// let replay = Replay(from: source, to: FunctionTarget("OrderProjector"))
/// let summary = await replay.run()
/// print("\(summary.handled) of \(summary.read) records were handled")
/// ```
///
/// The records of one item are handled in the order of their sequence numbers as far as the source gives them out in it,
/// never two at once. A batch that fails is handled again; then the record that the function reports, or that is found by
/// splitting the batch, counts as failed. It and the later records of its item stay where they are, and the others go on.
public actor Replay {
    let options: ReplayOptions
    private let source: any ReplaySource
    private let target: any ReplayTarget
    private let staleness: (any ReplayGuard)?
    private let observer: @Sendable (ReplayEvent) -> Void
    private let stopRequest = Guarded(false)

    // What the methods in Replay+Queue.swift keep.
    var queues: [RecordQueue]
    var parcels: [Int: OpenParcel] = [:]
    var summary = ReplaySummary()
    var failedItems: Set<UInt64> = []
    var hasAllParcels = false
    var handedOut = 0
    var waitingFeeder: CheckedContinuation<Void, Never>?
    var endingWaiter: CheckedContinuation<Void, Never>?
    var recentlyHandled = RecentRecords()
    private var sourceFailure: String?
    private let settlements: AsyncStream<(ReplayParcel, ParcelOutcome)>
    private let settlementsEnd: AsyncStream<(ReplayParcel, ParcelOutcome)>.Continuation

    /// - Parameters:
    ///   - source: gives out the records.
    ///   - target: handles them.
    ///   - staleness: tells which records are stale; nil where the function finds out itself, or nobody does.
    ///   - options: batch sizes, rates and limits.
    ///   - observer: is called for everything that happens, from one task at a time.
    public init(
        from source: any ReplaySource,
        to target: any ReplayTarget,
        guardedBy staleness: (any ReplayGuard)? = nil,
        options: ReplayOptions = ReplayOptions(),
        observer: @escaping @Sendable (ReplayEvent) -> Void = { _ in }
    ) {
        self.source = source
        self.target = target
        self.staleness = staleness
        self.options = options.bounded
        self.observer = observer
        queues = Array(repeating: RecordQueue(), count: self.options.concurrency)
        (settlements, settlementsEnd) = AsyncStream.makeStream()
    }

    /// Reads, handles and settles until the source has no more records, or something ends the replay before.
    ///
    /// It is called once. What a source or a target says of its end is in the summary; nothing is thrown.
    public func run() async -> ReplaySummary {
        let delivery = BatchDelivery(
            replay: self,
            target: target,
            staleness: staleness,
            options: options,
            pace: Pace(perSecond: options.recordsPerSecond)
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.settle() }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.feed() }
                guard !options.isDryRun else { return }
                for queue in queues.indices {
                    group.addTask {
                        while let batch = await self.nextBatch(of: queue) {
                            await delivery.deliver(batch)
                            await self.noteProgress()
                        }
                    }
                }
            }
            await target.close()
            leaveRest()
            settlementsEnd.finish()
        }
        await source.close()
        if let sourceFailure, summary.ending == nil { summary.ending = .source(reason: sourceFailure) }
        noteProgress()
        return summary
    }

    /// Ends the replay in good order: no further batch is begun, those under way are finished, and what is left stays where
    /// it is. It may be called from anywhere, also before ``run()``.
    public nonisolated func stop() {
        stopRequest.withLock { $0 = true }
        Task { await end(.stopped) }
    }

    nonisolated var isStopRequested: Bool { stopRequest.withLock { $0 } }

    /// Ends the replay for a reason; the first one counts.
    func end(_ reason: ReplaySummary.Ending) {
        if summary.ending == nil { summary.ending = reason }
        wakeAll()
    }

    func report(_ event: ReplayEvent) { observer(event) }

    func noteProgress() { observer(.progress(summary)) }

    // MARK: The source

    /// Reads until there is nothing more, or the replay ends; that also ends a wait for the next parcel.
    private func feed() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.readAll() }
            group.addTask { await self.untilEnding() }
            await group.next()
            group.cancelAll()
        }
    }

    private func readAll() async {
        while !isEnding {
            await roomForParcel()
            guard !isEnding else { break }
            do {
                guard let parcel = try await source.next() else { break }
                add(parcel)
            } catch {
                // What was read before is handled all the same.
                if !isEnding { sourceFailure = "\(error)" }
                break
            }
        }
        hasAllParcels = true
        wakeAll()
    }

    private func untilEnding() async {
        while !isEnding, !hasAllParcels { await withCheckedContinuation { endingWaiter = $0 } }
    }

    func enqueueSettlement(of parcel: ReplayParcel, _ outcome: ParcelOutcome) {
        settlementsEnd.yield((parcel, outcome))
    }

    private func settle() async {
        for await (parcel, outcome) in settlements {
            do {
                try await source.settle(parcel, outcome)
                observer(.settled(parcel, outcome))
            } catch {
                summary.unsettled += 1
                observer(.unsettled(origin: parcel.origin, reason: "\(error)"))
            }
        }
    }
}
