// The verdict of a run, in plain words.

import DynamoDBStreamEvents
import EventSourceMapping
import JSONScanning

struct Verdict: Sendable {
    let counts: RunCounts
    let facts: RunFacts
    /// One sentence that says whether it went well.
    let headline: String
    let sentences: [String]
    /// What other settings would have handled, as far as that was tried.
    let advice: [String]
    let warnings: [String]
    /// How discarded records come back: sentences, the last of them a command line.
    let recovery: [String]
    /// The last errors that the function logged, where records were discarded or lost.
    let loggedErrors: [String]
    let losses: [Loss]
    /// How the command ends.
    let exit: CommandExit

    /// Records that were not handled, one batch after the other.
    struct Loss: Sendable {
        let shardID: String
        let range: String
        let count: Int
        let reason: String
        /// Whether a message to the on-failure destination describes them.
        let hasMessage: Bool
    }

    /// - Parameter loggedErrors: the last errors in the function's log.
    init(_ trace: RunTrace, _ facts: RunFacts = RunFacts(), advice: [String] = [], loggedErrors: [String] = []) {
        counts = RunCounts(trace)
        self.facts = facts
        self.loggedErrors = counts.exit == nil ? [] : loggedErrors
        self.advice = advice
        warnings = facts.warnings + trace.warnings
        recovery = facts.redrive?.sentences(counts, trace.mapping) ?? []
        losses = Self.losses(trace)
        exit = Self.exit(counts, facts)
        headline = Self.headline(counts, facts)
        let disabled = trace.mapping.isEnabled ? [] : ["The mapping is disabled (Enabled: false): it delivers nothing."]
        sentences =
            disabled + Self.sentences(counts, losses, facts, destination: trace.mapping.onFailureDestination)
    }

    /// 0 only where every record was handled or filtered, and everything about the run is known.
    private static func exit(_ counts: RunCounts, _ facts: RunFacts) -> CommandExit {
        if let exit = counts.exit { return exit }
        if !facts.failures.isEmpty { return .badInput }
        if counts.waiting > 0 { return facts.isInterrupted ? .interrupted : .finding }
        if !facts.unknowns.isEmpty { return .finding }
        if facts.isInterrupted, !facts.isLive { return .interrupted }
        return counts.records == 0 && !facts.isResumed ? .finding : .done
    }

    private static func headline(_ counts: RunCounts, _ facts: RunFacts) -> String {
        let total = counts.records.of("record")
        if counts.lost > 0 { return "\(counts.lost.grouped) of \(total) \(counts.lost == 1 ? "was" : "were") lost." }
        if counts.windowsLostSilently > 0 {
            return "\(counts.windowsLostSilently.of("window")) could not be closed, and no message says so."
        }
        if counts.discarded > 0 {
            return "\(counts.discarded.grouped) of \(total) \(counts.discarded == 1 ? "was" : "were") discarded."
        }
        if counts.windowsLost > 0 { return "\(counts.windowsLost.of("window")) could not be closed." }
        if !facts.failures.isEmpty {
            return
                "The run failed: \(counts.handled.grouped) of \(total) \(counts.was(counts.handled)) handled."
        }
        if facts.isInterrupted, counts.waiting > 0 || !facts.isLive {
            return "Interrupted: \(counts.handled.grouped) of \(total) \(counts.was(counts.handled)) handled."
        }
        if counts.waiting > 0 {
            return "\(counts.waiting.grouped) of \(total) \(counts.waiting == 1 ? "was" : "were") not delivered."
        }
        if !facts.unknowns.isEmpty { return "Every record that was read was handled; others may have been missed." }
        if counts.records == 0 { return facts.isResumed ? "There were no new records." : "There were no records." }
        if counts.handled == 0 {
            return "No record was handled: \(counts.filtered == 1 ? "it was" : "all were") filtered."
        }
        return "Every record was handled\(counts.filtered > 0 ? " or filtered" : "")."
    }

    private static func sentences(
        _ counts: RunCounts,
        _ losses: [Loss],
        _ facts: RunFacts,
        destination: String?
    ) -> [String] {
        var parts = ["\(counts.records.of("record")): \(counts.handled.grouped) handled"]
        if counts.filtered > 0 { parts.append("\(counts.filtered.grouped) filtered") }
        if counts.discarded > 0 { parts.append("\(counts.discarded.grouped) discarded") }
        if counts.lost > 0 { parts.append("\(counts.lost.grouped) lost") }
        if counts.waiting > 0 { parts.append("\(counts.waiting.grouped) waiting") }
        var sentences = facts.failures
        sentences.append(parts.joined(separator: ", ") + ", in \(counts.invocations.of("invocation")).")
        if facts.duplicates > 0 {
            let were = facts.duplicates == 1 ? "record was" : "records were"
            sentences.append("\(facts.duplicates.grouped) \(were) in the input more than once, and counted once.")
        }
        if counts.redelivered > 0 {
            sentences.append(
                "\(counts.redelivered.of("record")) \(counts.redelivered == 1 ? "was" : "were") delivered more than once, "
                    + "\(counts.redelivered == 1 ? "" : "one of them ")\(counts.mostDeliveries) times."
            )
        }
        if counts.throttledInvocations > 0 {
            sentences.append(
                "\(counts.throttledInvocations.of("attempt")) \(counts.throttledInvocations == 1 ? "was" : "were") throttled; those count neither as invocations nor as retries."
            )
        }
        sentences += LossGroup.groups(of: losses).map {
            $0.sentence(destination: destination, sends: facts.sendsMessages)
        }
        sentences += facts.openWindows.prefix(maximumWindows).map { window in
            "The window from \(window.start.iso8601Seconds) of \(window.shardID) stays open."
        }
        if facts.openWindows.count > maximumWindows {
            sentences.append("\((facts.openWindows.count - maximumWindows).of("other window")) stay open.")
        }
        if !facts.openWindows.isEmpty, facts.isLive {
            sentences.append("A restart continues them; --close-windows closes them at the end of a run.")
        }
        return sentences + facts.unknowns.prefix(maximumUnknowns)
            + (facts.unknowns.count > maximumUnknowns
                ? ["… and \((facts.unknowns.count - maximumUnknowns).grouped) more."] : [])
    }

    private static let maximumWindows = 5
    private static let maximumUnknowns = 10

    private static func losses(_ trace: RunTrace) -> [Loss] {
        trace.shards.flatMap { shard in
            let unread = shard.unreadReports.map {
                ShardTrace.Loss.unreadReport($0, range: shard.range($0), after: shard.invocations.count)
            }
            return (shard.losses + unread).map { loss in
                Loss(
                    shardID: shard.id,
                    range: loss.range,
                    count: loss.records.count,
                    reason: loss.reason,
                    hasMessage: loss.hasMessage
                )
            }
        }
    }
}
