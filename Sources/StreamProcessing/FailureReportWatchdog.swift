// Notices a mapping that ignores the failures it is told: records would be lost without a word.

internal import Logging
internal import SharedState

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
        /// The identifiers of reported records that have not come again, by item.
        var awaited: [AnyHashable: String] = [:]
        var order: [AnyHashable] = []
        var missed = 0
        /// A record came again, so reports are honoured: there is nothing more to watch for.
        var isHonoured = false
        var isAlarmed = false
    }

    private let state = Guarded(State())
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
    func observe<Records: Collection>(_ records: Records, logger: Logger) where Records.Element: BatchRecord {
        let isNews = state.withLock { state in
            guard !state.awaited.isEmpty else { return false }
            for record in records {
                guard let key = record.orderingKey.map({ AnyHashable($0) }), let awaited = state.awaited[key],
                    let found = record.itemIdentifier
                else { continue }
                if found == awaited {
                    state.isHonoured = true
                    state.awaited = [:]
                    return false
                }
                guard found.isLaterSequenceNumber(than: awaited) else { continue }
                state.awaited[key] = nil
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
    func note<Records: Collection>(
        _ response: BatchResponse,
        of records: Records
    ) throws(FailureReportIgnored) where Records.Element: BatchRecord {
        guard let lowest = response.batchItemFailures.first?.itemIdentifier else { return }
        let isIgnored = state.withLock { state in
            if state.isAlarmed { return true }
            guard !state.isHonoured, let record = records.first(where: { $0.itemIdentifier == lowest }),
                let key = record.orderingKey.map({ AnyHashable($0) })
            else { return false }
            if state.awaited.updateValue(lowest, forKey: key) == nil { state.order.append(key) }
            if state.order.count > Self.capacity { state.awaited[state.order.removeFirst()] = nil }
            return false
        }
        if isIgnored, reaction == .fail { throw FailureReportIgnored(itemIdentifier: lowest) }
    }
}

/// A failure that is thrown because the mapping does not read the answer it would be reported in.
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
