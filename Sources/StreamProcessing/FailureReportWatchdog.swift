// Notices a mapping that ignores the failures it is told: records would be lost without a word.

public import DynamoDBStreamEvents
internal import Logging
internal import Synchronization

/// Watches for an event source mapping without `ReportBatchItemFailures`.
///
/// Such a mapping takes any answer for a success and goes on, so a failed record is gone. After a failure was reported,
/// the mapping must deliver that record again before any later record of the same item. This looks for later ones
/// that come first. Since the second delivery may have gone to another environment of the function, one such case is
/// no proof: an error is logged, once, when several were seen and not a single record ever came again.
public final class FailureReportWatchdog: Sendable {
    /// What to do when the mapping is found to ignore failures.
    public enum Reaction: Sendable, Hashable {
        /// Log an error that says which setting to change.
        case log
        /// Log it, and from then on fail the invocation where a failure would be reported: a mapping of any kind
        /// understands that.
        case fail
    }

    private struct State {
        /// Reported records that have not come again, by item.
        var awaited: [Item: SequenceNumber] = [:]
        var order: [Item] = []
        var missed = 0
        /// A record came again, so reports are honoured: there is nothing more to watch for.
        var isHonoured = false
        var isAlarmed = false
    }

    private let state = Mutex(State())
    private let evidence: Int
    private let reaction: Reaction
    private let onAlarm: (@Sendable () -> Void)?
    private static let capacity = 1000

    /// - Parameters:
    ///   - evidence: how many reported records must have been passed over.
    ///   - onAlarm: called once, for a metric.
    public init(
        after evidence: Int = 3,
        reaction: Reaction = .log,
        onAlarm: (@Sendable () -> Void)? = nil
    ) {
        self.evidence = max(1, evidence)
        self.reaction = reaction
        self.onAlarm = onAlarm
    }

    /// Whether the mapping was found to ignore failures.
    public var isAlarmed: Bool { state.withLock { $0.isAlarmed } }

    /// Looks at a batch before it is handled.
    func observe(_ records: StreamRecords, logger: Logger) {
        let isNews = state.withLock { state in
            guard !state.awaited.isEmpty else { return false }
            for record in records {
                guard let item = record.keys, let awaited = state.awaited[item], let found = record.sequenceNumber else {
                    continue
                }
                if found == awaited {
                    state.isHonoured = true
                    state.awaited = [:]
                    return false
                }
                guard found > awaited else { continue }
                state.awaited[item] = nil
                state.missed += 1
            }
            guard state.missed >= evidence, !state.isAlarmed else { return false }
            state.isAlarmed = true
            return true
        }
        guard isNews else { return }
        logger.error(
            """
            records are being lost: failures were reported and the records never came again, so the event source \
            mapping ignores the answer. Set FunctionResponseTypes to [ReportBatchItemFailures] on it
            """
        )
        onAlarm?()
    }

    /// Remembers what was reported.
    ///
    /// - Throws: ``FailureReportIgnored`` when the mapping ignores reports and the reaction is to fail.
    func note(_ response: BatchResponse, of records: StreamRecords) throws(FailureReportIgnored) {
        guard let lowest = response.batchItemFailures.first?.itemIdentifier else { return }
        let isIgnored = state.withLock { state in
            if state.isAlarmed { return true }
            guard !state.isHonoured, let record = records.first(where: { $0.sequenceNumber == lowest }),
                let item = record.keys
            else { return false }
            if state.awaited.updateValue(lowest, forKey: item) == nil { state.order.append(item) }
            if state.order.count > Self.capacity { state.awaited[state.order.removeFirst()] = nil }
            return false
        }
        if isIgnored, reaction == .fail { throw FailureReportIgnored(sequenceNumber: lowest) }
    }
}

/// A failure that is thrown because the mapping does not read the answer it would be reported in.
public struct FailureReportIgnored: Error, Sendable, Hashable, CustomStringConvertible {
    /// The lowest record that is not done.
    public let sequenceNumber: SequenceNumber

    public var description: String {
        """
        record \(sequenceNumber) is not done, and the event source mapping ignores failure reports; the whole batch \
        fails instead. Set FunctionResponseTypes to [ReportBatchItemFailures] on the mapping
        """
    }
}
