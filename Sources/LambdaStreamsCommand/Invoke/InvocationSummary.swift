// Many invocations in one sentence.

import Foundation
import RuntimeAPIServer

struct InvocationSummary {
    private var errorCount = 0
    /// Events that ended because the function does not start.
    private var notStartedCount = 0
    /// Events that Lambda refuses.
    private var refusedCount = 0
    private var durations: [Duration] = []
    private let start = ContinuousClock.now

    mutating func add(_ outcome: InvocationOutcome, hasStarted: Bool) {
        durations.append(outcome.report.duration)
        if outcome.error != nil { errorCount += 1 }
        if !hasStarted { notStartedCount += 1 }
    }

    mutating func addRefused() { refusedCount += 1 }

    /// A function that never started is wrong input. One that started sometimes has failed the other times.
    var exit: CommandExit {
        if notStartedCount > 0, notStartedCount == durations.count { return .badInput }
        return errorCount + refusedCount > 0 ? .finding : .done
    }

    var text: String {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let sorted = durations.sorted()
        func milliseconds(_ share: Double) -> String {
            guard let last = sorted.indices.last else { return "-" }
            return String(format: "%.2f", sorted[min(last, Int(Double(sorted.count) * share))] / .milliseconds(1))
        }
        let rate = String(format: "%.0f", Double(durations.count) / max(seconds, 0.000_001))
        return "\(durations.count) invocations in \(String(format: "%.2f", seconds)) s (\(rate)/s), "
            + "\(errorCount) ended in errors\(refusedCount > 0 ? ", \(refusedCount.of("event")) refused" : ""); durations in ms: median \(milliseconds(0.5)), 99th percentile "
            + "\(milliseconds(0.99)), longest \(milliseconds(1))"
    }
}
