// What a run comes to, in plain words.

import DynamoDBStreamEvents
import EventSourceMapping
import JSONScanning

struct Verdict: Sendable {
    let counts: RunCounts
    /// One sentence that says whether it went well.
    let headline: String
    let sentences: [String]
    /// What other settings would have made of it, as far as that was tried.
    let advice: [String]
    let warnings: [String]
    /// The last errors that the function logged, where records were given up or lost.
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
        let isTold: Bool
    }

    init(_ trace: RunTrace, advice: [String] = [], loggedErrors: [String] = [], isInterrupted: Bool = false) {
        counts = RunCounts(trace)
        self.loggedErrors = counts.exit == nil ? [] : loggedErrors
        self.advice = advice
        warnings = trace.warnings
        losses = Self.losses(trace)
        // A live stream has no end: there an interruption is one.
        exit = counts.exit ?? (isInterrupted && counts.waiting > 0 ? .interrupted : .done)
        headline = Self.headline(counts, isInterrupted: isInterrupted)
        let disabled = trace.mapping.isEnabled ? [] : ["The mapping is disabled (Enabled: false): it delivers nothing."]
        sentences = disabled + Self.sentences(counts, losses, destination: trace.mapping.onFailureDestination)
    }

    private static func headline(_ counts: RunCounts, isInterrupted: Bool) -> String {
        let total = counts.records.of("record")
        if counts.lost > 0 { return "\(counts.lost.grouped) of \(total) \(counts.lost == 1 ? "was" : "were") lost." }
        if counts.windowsLostSilently > 0 {
            return "\(counts.windowsLostSilently.of("window")) could not be closed, and nobody was told."
        }
        if counts.discarded > 0 {
            return
                "\(counts.discarded.grouped) of \(total) \(counts.discarded == 1 ? "was" : "were") discarded to the destination."
        }
        if counts.windowsLost > 0 { return "\(counts.windowsLost.of("window")) could not be closed." }
        if isInterrupted { return "Interrupted: \(counts.handled.grouped) of \(total) were handled." }
        if counts.waiting > 0 {
            return "\(counts.waiting.grouped) of \(total) \(counts.waiting == 1 ? "was" : "were") not delivered."
        }
        return counts.records == 0
            ? "There were no records." : "Every record was handled\(counts.filtered > 0 ? " or filtered" : "")."
    }

    private static func sentences(_ counts: RunCounts, _ losses: [Loss], destination: String?) -> [String] {
        var sentences: [String] = []
        var parts = ["\(counts.records.of("record")): \(counts.handled.grouped) handled"]
        if counts.filtered > 0 { parts.append("\(counts.filtered.grouped) filtered") }
        if counts.discarded > 0 { parts.append("\(counts.discarded.grouped) discarded") }
        if counts.lost > 0 { parts.append("\(counts.lost.grouped) lost") }
        if counts.waiting > 0 { parts.append("\(counts.waiting.grouped) waiting") }
        sentences.append(parts.joined(separator: ", ") + ", in \(counts.invocations.of("invocation")).")
        if counts.redelivered > 0 {
            sentences.append(
                "\(counts.redelivered.of("record")) came more than once, one of them \(counts.mostDeliveries) times."
            )
        }
        if counts.throttledInvocations > 0 {
            sentences.append(
                "\(counts.throttledInvocations.of("try", plural: "tries")) \(counts.throttledInvocations == 1 ? "was" : "were") throttled; those do not count as retries."
            )
        }
        for group in LossGroup.groups(of: losses) { sentences.append(group.sentence(destination: destination)) }
        return sentences
    }

    private static func losses(_ trace: RunTrace) -> [Loss] {
        trace.shards.flatMap { shard in
            var losses = shard.losses.map { loss in
                Loss(
                    shardID: shard.id,
                    range: range(loss.records, in: shard),
                    count: loss.records.count,
                    reason: loss.reason,
                    isTold: loss.message != nil
                )
            }
            losses += ignoredReports(shard)
            return losses
        }
    }

    /// Records that the function reported as failed to a mapping that does not listen, in runs.
    private static func ignoredReports(_ shard: ShardTrace) -> [Loss] {
        var told = Set<Int>()
        for loss in shard.losses { told.formUnion(loss.records.positions) }
        let silent = shard.fates.indices.filter { shard.fates[$0] == .lost && !told.contains($0) }
        var runs: [[Int]] = []
        for position in silent {
            if let last = runs.last?.last, last + 1 == position {
                runs[runs.count - 1].append(position)
            } else {
                runs.append([position])
            }
        }
        return runs.map { run in
            Loss(
                shardID: shard.id,
                range: range(TracedRecords(run), in: shard),
                count: run.count,
                reason: "the function reported a failure, and the mapping does not read reports",
                isTold: false
            )
        }
    }

    private static func range(_ records: TracedRecords, in shard: ShardTrace) -> String {
        guard !records.isEmpty else { return "" }
        let first = shard.sequenceNumbers[records.first].description
        return records.count == 1 ? first : "\(first) to \(shard.sequenceNumbers[records.last])"
    }
}

extension Int {
    fileprivate func of(_ noun: String, plural: String) -> String { "\(grouped) \(self == 1 ? noun : plural)" }
}
