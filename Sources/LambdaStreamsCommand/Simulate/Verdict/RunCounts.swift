// The outcomes of a run's records, counted.

import EventSourceMapping

struct RunCounts: Sendable, Equatable {
    var records = 0
    var handled = 0
    var filtered = 0
    /// Discarded, with a message to the on-failure destination.
    var discarded = 0
    /// Discarded without any message, or lost.
    var lost = 0
    /// Not delivered to the end: the run was interrupted, or the mapping is still trying.
    var waiting = 0
    /// Invocations that ran. Throttled attempts did not, and count apart, as in CloudWatch.
    var invocations = 0
    /// Invocations after which no record of the batch was done.
    var failedInvocations = 0
    /// Invocations after which some records of the batch were done, and others were not.
    var partialInvocations = 0
    var throttledInvocations = 0
    /// Records that were delivered more than once.
    var redelivered = 0
    /// How often the most delivered record was.
    var mostDeliveries = 0
    /// Windows that could not be closed.
    var windowsLost = 0
    /// Of those, the ones without a message to the destination.
    var windowsLostSilently = 0

    init() {}

    init(_ trace: RunTrace) {
        for shard in trace.shards {
            add(shard.earlier)
            for (fate, deliveries) in zip(shard.fates, shard.deliveries) { add(fate, deliveries: deliveries) }
            for invocation in shard.invocations { add(invocation.outcome) }
            windowsLost += shard.losses.count { $0.isWindow }
            windowsLostSilently += shard.losses.count { $0.isWindow && !$0.hasMessage }
        }
    }

    /// The verb for so many of the records: `0 of 1 record was`.
    func was(_ count: Int) -> String { count == 1 || records == 1 ? "was" : "were" }

    /// Invocations, and throttled attempts at them.
    var attempts: Int { invocations + throttledInvocations }

    mutating func add(_ fate: ShardTrace.Fate, deliveries: UInt32) {
        records += 1
        switch fate {
        case .waiting: waiting += 1
        case .filtered: filtered += 1
        case .handled: handled += 1
        case .discarded: discarded += 1
        case .lost: lost += 1
        }
        if deliveries > 1 { redelivered += 1 }
        mostDeliveries = max(mostDeliveries, Int(deliveries))
    }

    mutating func add(_ outcome: DeliveryLogEntry.Outcome) {
        switch outcome {
        case .throttled:
            throttledInvocations += 1
            return
        case .failed: failedInvocations += 1
        case .partial: partialInvocations += 1
        case .success: break
        }
        invocations += 1
    }

    private mutating func add(_ other: RunCounts) {
        records += other.records
        handled += other.handled
        filtered += other.filtered
        discarded += other.discarded
        lost += other.lost
        waiting += other.waiting
        invocations += other.invocations
        failedInvocations += other.failedInvocations
        partialInvocations += other.partialInvocations
        throttledInvocations += other.throttledInvocations
        redelivered += other.redelivered
        mostDeliveries = max(mostDeliveries, other.mostDeliveries)
    }

    /// How the command ends where records were not handled.
    var exit: CommandExit? {
        if lost > 0 || windowsLostSilently > 0 { return .lost }
        return discarded > 0 || windowsLost > 0 ? .discarded : nil
    }
}

extension Int {
    /// `10,000`
    var grouped: String {
        var text = ""
        for (index, digit) in String(magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }

    /// `1 record`, `2 records`.
    func of(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }
}
