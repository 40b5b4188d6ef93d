// What a replay has in memory: parcels, and their records until each has come to an end.

internal import DynamoDBStreamEvents

extension Replay {
    var isEnding: Bool { summary.ending != nil || isStopRequested }

    // MARK: Parcels in

    /// Waits until enough of what was read is handled.
    func roomForParcel() async {
        while !isEnding, isFull {
            await withCheckedContinuation { waitingFeeder = $0 }
        }
    }

    private var isFull: Bool {
        let (count, size) = queues.reduce((0, 0)) { ($0.0 + $1.count, $0.1 + $1.byteCount) }
        return count >= 2 * options.batchSize * options.concurrency || size >= ReplayOptions.maximumPendingSize
    }

    func add(_ parcel: ReplayParcel) {
        summary.parcels += 1
        summary.read += parcel.records.count
        summary.filtered += parcel.filteredCount
        for loss in parcel.losses {
            summary.losses[loss.kind, default: 0] += 1
            if loss.kind == .lost { summary.lost += loss.count ?? 0 }
            report(.loss(loss, origin: parcel.origin))
        }
        var state = OpenParcel(parcel: parcel, openCount: parcel.records.count)
        for (position, record) in parcel.records.enumerated() {
            let isSelected = options.selection(record)
            if isSelected, !options.isDryRun {
                queues[queue(of: record)].add(Ticket(record: record, parcelID: parcel.id, position: position))
                summary.selectedBytes += record.json.count
                continue
            }
            if isSelected {
                summary.untried += 1
                summary.selectedBytes += record.json.count
            } else {
                summary.notSelected += 1
            }
            state.remaining.append(position)
            state.openCount -= 1
        }
        parcels[parcel.id] = state
        settleIfOver(parcel.id)
        for queue in queues.indices { wakeWorker(queue) }
        noteProgress()
    }

    private func queue(of record: ReplayRecord) -> Int { Int(record.itemHash % UInt64(queues.count)) }

    // MARK: Batches out

    /// The next records of a queue, in ascending order of their sequence numbers; nil when there are no more to come.
    func nextBatch(of queue: Int) async -> [Ticket]? {
        while true {
            guard !isEnding else { return nil }
            let batch = takeBatch(of: queue)
            wakeFeeder()
            if !batch.isEmpty { return batch }
            if hasAllParcels || isEnding { return nil }
            await withCheckedContinuation { queues[queue].worker = $0 }
        }
    }

    private func takeBatch(of queue: Int) -> [Ticket] {
        var batch: [Ticket] = []
        var size = 0
        while batch.count < options.batchSize, let ticket = queues[queue].first {
            if failedItems.contains(ticket.record.itemHash) {
                queues[queue].removeFirst()
                holdBack(ticket)
                continue
            }
            if recentlyHandled.contains(ticket.record) {
                queues[queue].removeFirst()
                summary.repeated += 1
                close(ticket)
                continue
            }
            if let last = batch.last, last.record.isWholeEvent || ticket.record.isWholeEvent { break }
            // A function reports a record by its number, so no two of a batch may share one.
            if let last = batch.last, last.record.sequenceNumber == ticket.record.sequenceNumber { break }
            size += ticket.record.json.count + 1
            if !batch.isEmpty, size > ReplayOptions.maximumEventSize { break }
            if let limit = options.limit, handedOut >= limit {
                if batch.isEmpty { end(.limit) }
                break
            }
            queues[queue].removeFirst()
            handedOut += 1
            batch.append(ticket)
        }
        return batch
    }

    // MARK: What became of a record

    func succeed(_ tickets: some Sequence<Ticket>) {
        for ticket in tickets {
            summary.handled += 1
            recentlyHandled.insert(ticket.record)
            close(ticket)
        }
    }

    func skipStale(_ ticket: Ticket) {
        summary.stale += 1
        report(.stale(ticket.record, origin: parcels[ticket.parcelID]?.parcel.origin ?? ""))
        close(ticket)
    }

    /// A record failed; the later ones of its item are held back.
    func fail(_ ticket: Ticket, reason: String) {
        summary.failed += 1
        failedItems.insert(ticket.record.itemHash)
        report(.failed(ticket.record, origin: parcels[ticket.parcelID]?.parcel.origin ?? "", reason: reason))
        leave(ticket, reason: reason)
        if summary.failed >= options.failureLimit { end(.tooManyFailures) }
    }

    func holdBack(_ ticket: Ticket) {
        summary.heldBack += 1
        leave(ticket, reason: "an earlier record of its item failed")
    }

    func leaveUntried(_ tickets: some Sequence<Ticket>) {
        for ticket in tickets {
            summary.untried += 1
            leave(ticket, reason: nil)
        }
    }

    func countInvocation() { summary.invocations += 1 }

    /// The records of a batch but those of items that failed meanwhile.
    func withoutFailedItems(_ batch: ArraySlice<Ticket>) -> ArraySlice<Ticket> {
        guard !failedItems.isEmpty else { return batch }
        var left: [Ticket] = []
        for ticket in batch {
            if failedItems.contains(ticket.record.itemHash) { holdBack(ticket) } else { left.append(ticket) }
        }
        return left[...]
    }

    /// Everything that still waits stays where it is.
    func leaveRest() {
        for queue in queues.indices { leaveUntried(queues[queue].removeAll()) }
    }

    private func leave(_ ticket: Ticket, reason: String?) {
        parcels[ticket.parcelID]?.remaining.append(ticket.position)
        if let reason { parcels[ticket.parcelID]?.failures[ticket.position] = reason }
        close(ticket)
    }

    private func close(_ ticket: Ticket) {
        parcels[ticket.parcelID]?.openCount -= 1
        settleIfOver(ticket.parcelID)
    }

    private func settleIfOver(_ parcelID: Int) {
        guard let state = parcels[parcelID], state.openCount <= 0 else { return }
        parcels[parcelID] = nil
        let outcome = ParcelOutcome(
            remaining: state.remaining.sorted(),
            failures: state.failures,
            isDryRun: options.isDryRun
        )
        enqueueSettlement(of: state.parcel, outcome)
    }

    // MARK: Waking

    func wakeAll() {
        for queue in queues.indices { wakeWorker(queue) }
        wakeFeeder()
        endingWaiter?.resume()
        endingWaiter = nil
    }

    private func wakeWorker(_ queue: Int) {
        queues[queue].worker?.resume()
        queues[queue].worker = nil
    }

    private func wakeFeeder() {
        waitingFeeder?.resume()
        waitingFeeder = nil
    }
}
