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

    init(_ trace: RunTrace) {
        for shard in trace.shards {
            records += shard.fates.count
            for fate in shard.fates {
                switch fate {
                case .waiting: waiting += 1
                case .filtered: filtered += 1
                case .handled: handled += 1
                case .discarded: discarded += 1
                case .lost: lost += 1
                }
            }
            for count in shard.deliveries {
                if count > 1 { redelivered += 1 }
                mostDeliveries = max(mostDeliveries, Int(count))
            }
            invocations += shard.invocations.count { $0.outcome != .throttled }
            failedInvocations += shard.invocations.count { $0.outcome == .failed }
            partialInvocations += shard.invocations.count { $0.outcome == .partial }
            throttledInvocations += shard.invocations.count { $0.outcome == .throttled }
            windowsLost += shard.losses.count { $0.isWindow }
            windowsLostSilently += shard.losses.count { $0.isWindow && $0.message == nil }
        }
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
