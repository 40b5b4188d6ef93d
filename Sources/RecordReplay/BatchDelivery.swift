// One batch of a replay: handled, handled again, split, until each of its records has come to an end.

internal import AWSServices
internal import DynamoDBStreamEvents
internal import EventSourceMapping
internal import JSONScanning

struct BatchDelivery: Sendable {
    let replay: Replay
    let target: any ReplayTarget
    let staleness: (any ReplayGuard)?
    let options: ReplayOptions
    let pace: Pace

    func deliver(_ batch: [Ticket]) async {
        guard let batch = await admitted(batch) else { return await replay.leaveUntried(batch) }
        await handle(batch, attempts: options.attempts)
    }

    // MARK: The guard

    /// The records that are not stale; nil when that cannot be found out.
    private func admitted(_ batch: [Ticket]) async -> [Ticket]? {
        guard let staleness else { return batch }
        var outage = Outage(options)
        while true {
            do {
                let admissions = try await staleness.admit(batch.map(\.record))
                var admitted: [Ticket] = []
                // A guard that returns too little has not admitted the rest.
                for (ticket, admission) in zip(batch, admissions) {
                    switch admission {
                    case .admitted: admitted.append(ticket)
                    case .stale: await replay.skipStale(ticket)
                    case .undecidable(let reason): await replay.fail(ticket, reason: reason)
                    }
                }
                await replay.leaveUntried(batch.dropFirst(admissions.count))
                return admitted
            } catch {
                let reason = "whether records are stale cannot be found out: \(error)"
                if let error = error as? AWSError, error.isFinal {
                    await replay.end(.unavailable(reason: reason))
                    return nil
                }
                guard await wait(&outage, reason) else { return nil }
            }
        }
    }

    // MARK: The target

    /// - Parameter attempts: how often this batch may fail before it is split. A record that is alone, or that the function
    ///   reports, has all attempts whatever it was in before.
    private func handle(_ batch: [Ticket], attempts: Int) async {
        var rest = batch[...]
        var failures = 0
        var outage = Outage(options)
        while true {
            rest = await replay.withoutFailedItems(rest)
            guard !rest.isEmpty else { return }
            guard await !replay.isEnding else { return await replay.leaveUntried(rest) }
            await pause(until: pace.turn(of: rest.count))
            guard await !replay.isEnding else { return await replay.leaveUntried(rest) }
            let outcome: InvocationOutcome
            do {
                outcome = try await invoke(rest)
            } catch {
                await replay.end(.unavailable(reason: "\(error)"))
                return await replay.leaveUntried(rest)
            }
            switch verdict(of: outcome, on: rest) {
            case .done: return await replay.succeed(rest)
            case .unavailable(let reason):
                guard await wait(&outage, reason) else { return await replay.leaveUntried(rest) }
                continue
            case .tooLarge where rest.count > 1:
                return await split(rest, attempts: attempts)
            case .tooLarge:
                await replay.fail(rest[rest.startIndex], reason: "its event is larger than Lambda takes")
                rest = rest.dropFirst()
            case .failed(let count, let isNamed, let reason):
                // Records before the lowest that is reported are done, as for a mapping. That is progress, so the others
                // begin anew.
                if count > 0 {
                    await replay.succeed(rest.prefix(count))
                    rest = rest.dropFirst(count)
                    failures = 0
                }
                failures += 1
                let isAlone = isNamed || rest.count == 1
                if failures < (isAlone ? options.attempts : attempts) {
                    await pause(until: .now + options.pause(afterFailure: failures))
                } else if isAlone {
                    await replay.fail(rest[rest.startIndex], reason: reason)
                    rest = rest.dropFirst()
                    failures = 0
                } else {
                    return await split(rest, attempts: 1)
                }
            }
            outage = Outage(options)
        }
    }

    /// The first half comes to its end before the second, for the sake of the order of items.
    private func split(_ batch: ArraySlice<Ticket>, attempts: Int) async {
        let middle = batch.startIndex + batch.count / 2
        await handle(Array(batch[..<middle]), attempts: attempts)
        await handle(Array(batch[middle...]), attempts: attempts)
    }

    private func invoke(_ batch: ArraySlice<Ticket>) async throws -> InvocationOutcome {
        await replay.countInvocation()
        if let first = batch.first, first.record.isWholeEvent { return try await target.handle(first.record.json) }
        var event: [UInt8] = []
        event.reserveCapacity(batch.reduce(16) { $0 + $1.record.json.count + 1 })
        event.appendJSON(#"{"Records":["#)
        for (index, ticket) in batch.enumerated() {
            if index > 0 { event.appendJSON(",") }
            event += ticket.record.json
        }
        event.appendJSON("]}")
        return try await target.handle(event)
    }

    private enum Verdict {
        case done
        /// - Parameters:
        ///   - doneCount: how many records from the first on are done.
        ///   - isNamed: whether the function reported the record behind them.
        case failed(doneCount: Int, isNamed: Bool, reason: String)
        case tooLarge
        case unavailable(reason: String)
    }

    private func verdict(of outcome: InvocationOutcome, on batch: ArraySlice<Ticket>) -> Verdict {
        switch outcome {
        case .throttled: return .unavailable(reason: "the function is throttled")
        case .unavailable(let reason): return .unavailable(reason: reason)
        case .requestTooLarge: return .tooLarge
        case .functionError(let message): return .failed(doneCount: 0, isNamed: false, reason: message)
        case .response(let body):
            let isWholeEvent = batch.first?.record.isWholeEvent == true
            let reader = ResponseReader(
                reportsFailures: options.reportsBatchItemFailures,
                needsState: false,
                unreadable: .fails
            )
            let numbers = isWholeEvent ? [] : batch.map(\.record.sequenceNumber)
            switch reader.verdict(on: body, of: numbers, finding: { _ in }) {
            case .success: return .done
            case .partial(let firstFailed, _):
                return .failed(doneCount: firstFailed, isNamed: true, reason: "the function reported it as failed")
            case .failed(_, let reported):
                let reason =
                    reported == nil && !isWholeEvent
                    ? "the function's response cannot be read, or reports a record that is not in the event"
                    : "the function reported it as failed"
                return .failed(doneCount: 0, isNamed: reported != nil || isWholeEvent, reason: reason)
            }
        }
    }

    // MARK: What is out of reach

    /// How long a target or a guard has been out of reach.
    private struct Outage {
        let patience: Duration
        let since = ContinuousClock.now
        var count = 0

        init(_ options: ReplayOptions) { patience = options.patience }
    }

    /// Pauses; ends the replay when that takes too long.
    ///
    /// - Returns: whether to go on.
    private func wait(_ outage: inout Outage, _ reason: String) async -> Bool {
        outage.count += 1
        guard ContinuousClock.now - outage.since < outage.patience else {
            await replay.end(.unavailable(reason: reason))
            return false
        }
        await replay.report(.waiting(reason: reason))
        await pause(until: .now + options.pause(afterFailure: outage.count))
        return await !replay.isEnding
    }

    /// In short pieces, so that a stop does not wait for it.
    private func pause(until end: ContinuousClock.Instant) async {
        while ContinuousClock.now < end, !replay.isStopRequested, !Task.isCancelled {
            try? await Task.sleep(for: min(.milliseconds(100), end - ContinuousClock.now))
        }
    }
}

extension AWSError {
    /// Whether the same request fails again, whenever it is sent.
    var isFinal: Bool { isRefusal || code == .resourceNotFound || code == .validation }
}
