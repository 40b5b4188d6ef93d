// A mapping driven in process, in virtual time: given these records and this function, what is delivered?

public import DynamoDBStreamEvents

extension EventSourceMappingConfiguration {
    /// Delivers records to a closure and returns everything that happened.
    ///
    /// Waits take no time, and one invocation follows the other, also those of concurrent batches.
    ///
    /// ```swift
    /// let mapping = EventSourceMappingConfiguration(batchSize: 3, maximumRetryAttempts: 1)
    /// let deliveries = try await mapping.deliver(event) { invocation, event in
    ///     invocation.contains("2") ? .functionError(message: "no") : .success
    /// }
    /// #expect(deliveries.invocations == [["1", "2", "3"], ["1", "2", "3"]])
    /// #expect(deliveries.lost == ["1", "2", "3"])
    /// ```
    ///
    /// - Parameters:
    ///   - event: the records, in stream order.
    ///   - policies: the rules that AWS does not document.
    ///   - seed: the number from which request ids are generated.
    ///   - start: when the mapping begins to read; records then have the age that their own times give them. Nil for
    ///     the time of the last record (with `LATEST` of the first): all of them are there at once and begin to age
    ///     then.
    ///   - function: receives the invocation and its event, and returns the outcome.
    /// - Throws: ``AdmissionError`` and ``RecordRefusal``.
    public func deliver(
        _ event: StreamEvent,
        policies: MappingPolicies = MappingPolicies(),
        seed: UInt64 = 0,
        start: MappingInstant? = nil,
        to function: (MappingInvocation, [UInt8]) async -> InvocationOutcome
    ) async throws -> Deliveries {
        let last = event.records.compactMap { try? $0.arrival() }.max()
        let beginning = start ?? (startingPosition == .trimHorizon ? last : nil)
        var mapping = try MappingSimulation(self, policies: policies, seed: seed, start: beginning)
        mapping.agesRecordsFromStart = start == nil
        try mapping.add(event)
        mapping.endInput()
        return await mapping.run(function)
    }
}

extension MappingSimulation {
    /// Drives the mapping in virtual time until nothing more happens. Invocations run one after the other, and each
    /// message is sent.
    ///
    /// - Parameters:
    ///   - send: returns why a message could not be sent; nil if it was. By default each one is.
    ///   - function: receives each invocation and its event, and returns the outcome.
    public mutating func run(
        sending send: (DestinationDelivery) -> String? = { _ in nil },
        _ function: (MappingInvocation, [UInt8]) async -> InvocationOutcome
    ) async -> Deliveries {
        var deliveries = Deliveries()
        while true {
            switch next() {
            case .invoke(let invocation):
                finish(invocation.id, with: await function(invocation, event(of: invocation) ?? []))
            case .send(let delivery): finishSending(delivery.id, failure: send(delivery))
            case .log(let entry): deliveries.entries.append(entry)
            case .wait(let moment): advance(to: moment)
            case .idle, .finished:
                deliveries.metrics = metrics
                return deliveries
            }
        }
    }
}

extension MappingInvocation {
    /// Whether the batch has the record of this sequence number.
    public func contains(_ sequenceNumber: String) -> Bool {
        SequenceNumber(sequenceNumber).map(sequenceNumbers.contains) ?? false
    }
}

/// The outcome of a run.
///
/// ```swift
/// let mapping = EventSourceMappingConfiguration(
///     maximumRetryAttempts: 1,
///     onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:failed-batches"
/// )
/// let deliveries = try await mapping.deliver(event) { _, _ in .functionError(message: "no") }
/// print(deliveries.invokeEntries.map(\.invocation.attempt))  // [1, 2]
/// print(deliveries.discarded)  // the sequence number of each record
/// print(deliveries.lost)  // []
/// ```
public struct Deliveries: Sendable, Hashable {
    /// The delivery log.
    public internal(set) var entries: [DeliveryLogEntry] = []
    /// Counts of what was delivered, as CloudWatch counts them.
    public internal(set) var metrics = MappingMetrics()

    /// The sequence numbers of each invocation, in the order in which they ended; empty for the closing of a window.
    public var invocations: [[String]] { invokeEntries.map(\.invocation.sequenceNumbers.texts) }

    /// The invocations with their outcomes. `invokeEntries.map(\.invocation.attempt)` are the attempts.
    public var invokeEntries: [DeliveryLogEntry.Invoke] {
        entries.compactMap { if case .invoke(let entry) = $0 { entry } else { nil } }
    }

    /// The messages that were sent to the on-failure destination.
    public var messages: [DestinationMessage] {
        entries.compactMap { if case .destination(let entry) = $0 { entry.delivery.message } else { nil } }
    }

    /// Everything that was discarded without a message to the on-failure destination, which is everything discarded if the
    /// mapping has no `onFailureDestination`: the sequence numbers of records,
    /// and `window 2026-09-17T12:50:50Z` for a window whose closing failed permanently.
    public var lost: [String] {
        entries.flatMap { entry -> [String] in
            guard case .dropped(let dropped) = entry else { return [] }
            guard dropped.sequenceNumbers.isEmpty, let window = dropped.window else {
                return dropped.sequenceNumbers.texts
            }
            return ["window \(window.start.iso8601Seconds)"]
        }
    }

    /// The windows whose closing failed permanently, with a message to the on-failure destination or without. Their
    /// state is lost. The states are those of the function's last response.
    public var lostWindows: [WindowInvocation] {
        var lost: [WindowInvocation] = []
        // The last closing that was tried in each shard.
        var closings: [String: WindowInvocation] = [:]
        for entry in entries {
            switch entry {
            case .invoke(let entry):
                guard let window = entry.invocation.window, window.isFinalInvokeForWindow else { continue }
                closings[entry.invocation.shardID] = window
            case .dropped(let dropped) where dropped.sequenceNumbers.isEmpty: lost += [dropped.window].compactMap { $0 }
            case .destination(let sent) where sent.delivery.sequenceNumbers.isEmpty:
                lost += [closings[sent.delivery.shardID]].compactMap { $0 }
            default: continue
            }
        }
        return lost
    }

    /// The records that were discarded and that a message to the on-failure destination describes. Empty if the mapping
    /// has no `onFailureDestination`: the records are then in ``lost``.
    public var discarded: [String] {
        entries.flatMap {
            if case .destination(let entry) = $0 { entry.delivery.sequenceNumbers.texts } else { [String]() }
        }
    }

    /// The records that matched no filter.
    public var filtered: [String] {
        entries.flatMap { if case .filtered(let entry) = $0 { entry.sequenceNumbers.texts } else { [String]() } }
    }

    /// Problems that the mapping's author should look into.
    public var warnings: [String] {
        entries.compactMap { if case .warning(let entry) = $0 { entry.text } else { nil } }
    }

    /// The last record up to which a shard is done; nil if there is none.
    public func checkpoint(of shardID: String = MappingSimulation.defaultShardID) -> String? {
        let numbers = entries.compactMap { entry -> String? in
            guard case .checkpoint(let checkpoint) = entry, checkpoint.shardID == shardID else { return nil }
            return checkpoint.sequenceNumber.description
        }
        return numbers.last
    }

    /// The delivery log as JSON lines.
    public var log: String {
        entries.map { String(decoding: $0.json, as: UTF8.self) + "\n" }.joined()
    }
}

extension [SequenceNumber] {
    fileprivate var texts: [String] { map(\.description) }
}
