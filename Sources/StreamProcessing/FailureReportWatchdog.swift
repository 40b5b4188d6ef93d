// Detects a mapping that ignores reported failures, which would lose records silently.

internal import JSONScanning
internal import Logging
internal import SharedState

/// Watches for an event source mapping without `ReportBatchItemFailures`.
///
/// Such a mapping treats any response as a success and continues, so a failed record is lost. A mapping that reads the
/// report of a record behind the first of its batch delivers that record again, whatever its `MaximumRetryAttempts`:
/// the rest of the batch is a new batch. (The report of a batch's first record proves nothing: with no retries left,
/// the mapping discards it.) The watchdog looks for later records of an item that arrive while the reported one is
/// missing. The second delivery may have gone to another environment of the function, so one such case is not enough.
/// An error is logged after several in a row without a reported record that came again. The alarm ends when one does.
///
/// ```swift
/// let settings = BatchSettings(watchdog: FailureReportWatchdog(after: 3) { print("the mapping ignores failures") })
/// ```
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
        /// The identifiers of reported records that have not come again, by item.
        var awaited: [AnyHashable: ExactText] = [:]
        var order: [AnyHashable] = []
        /// The number of reported records that were skipped since the last one that came again.
        var missed = 0
        var isAlarmed = false

        mutating func look<Records: Collection & Sendable>(at records: Records, evidence: Int) -> News?
        where Records.Element: BatchRecord {
            guard !awaited.isEmpty || isAlarmed else { return nil }
            for record in records {
                guard let key = record.orderingKey.map({ AnyHashable($0) }), let wanted = awaited[key],
                    let found = record.itemIdentifier
                else { continue }
                if ExactText(found) == wanted {
                    let wasAlarmed = isAlarmed
                    self = State()
                    return wasAlarmed ? .allClear : nil
                }
                guard found.isLaterSequenceNumber(than: wanted.text) else { continue }
                awaited[key] = nil
                missed += 1
            }
            guard missed >= evidence, !isAlarmed else { return nil }
            isAlarmed = true
            return .alarm
        }
    }

    private enum News {
        case alarm, allClear
    }

    private let state = Guarded(State())
    private let evidence: Int
    private let reaction: Reaction
    private let onAlarm: (@Sendable () -> Void)?
    private static let capacity = 1000

    /// - Parameters:
    ///   - evidence: how many reported records in a row must have been skipped.
    ///   - reaction: what to do after the alarm.
    ///   - onAlarm: called for each alarm, for a metric.
    public init(
        after evidence: Int = 3,
        reaction: Reaction = .log,
        onAlarm: (@Sendable () -> Void)? = nil
    ) {
        self.evidence = max(1, evidence)
        self.reaction = reaction
        self.onAlarm = onAlarm
    }

    /// Whether the mapping was found to ignore failures, and has not redelivered a reported record since.
    public var isAlarmed: Bool { state.withLock { $0.isAlarmed } }

    /// Looks at a batch before it is handled.
    func observe<Records: Collection & Sendable>(_ records: Records, logger: Logger)
    where Records.Element: BatchRecord {
        let news = state.withLock { state in state.look(at: records, evidence: evidence) }
        switch news {
        case nil: return
        case .allClear: logger.notice("the event source mapping reads failure reports again")
        case .alarm:
            logger.error(
                """
                records are being lost: failures were reported and the records never came again, so the event source \
                mapping ignores the response. Set FunctionResponseTypes to [ReportBatchItemFailures] on it
                """
            )
            onAlarm?()
        }
    }

    /// Remembers what was reported.
    ///
    /// - Throws: ``FailureReportIgnored`` when the mapping ignores reports and the reaction is to fail.
    func note<Records: Collection & Sendable>(
        _ response: BatchResponse,
        of records: Records
    ) throws(FailureReportIgnored) where Records.Element: BatchRecord {
        guard let lowest = response.batchItemFailures.first?.itemIdentifier else { return }
        let isIgnored = state.withLock { state in
            guard let place = records.firstIndex(where: { $0.itemIdentifier?.isExactly(lowest) ?? false }),
                place != records.startIndex, let key = records[place].orderingKey.map({ AnyHashable($0) })
            else { return state.isAlarmed }
            if state.awaited.updateValue(ExactText(lowest), forKey: key) == nil { state.order.append(key) }
            if state.order.count > Self.capacity { state.awaited[state.order.removeFirst()] = nil }
            return state.isAlarmed
        }
        if isIgnored, reaction == .fail { throw FailureReportIgnored(itemIdentifier: lowest) }
    }
}

/// A failure that is thrown because the mapping does not read the response it would be reported in.
///
/// ```swift
/// do {
///     _ = try await processor.process(event, context: context)
/// } catch let error as FailureReportIgnored {
///     context.logger.critical("\(error.itemIdentifier) failed, and the mapping does not read reports")
///     throw error
/// }
/// ```
public struct FailureReportIgnored: Error, Sendable, Hashable, CustomStringConvertible {
    /// The lowest record that is not done.
    public let itemIdentifier: String

    public var description: String {
        """
        record \(itemIdentifier) is not done, and the event source mapping ignores failure reports; the whole batch \
        fails instead. Set FunctionResponseTypes to [ReportBatchItemFailures] on the mapping
        """
    }
}

extension String {
    /// Compares as decimal numbers: sequence numbers of one stream differ in length.
    fileprivate func isLaterSequenceNumber(than other: String) -> Bool {
        let (one, two) = (drop { $0 == "0" }, other.drop { $0 == "0" })
        return (one.utf8.count, String(one)) > (two.utf8.count, String(two))
    }
}
