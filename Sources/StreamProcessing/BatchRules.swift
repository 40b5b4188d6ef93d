// The settings of a processor for one batch, with every default resolved.

internal import LambdaFunctions

/// How one batch is handled.
struct BatchRules: Sendable {
    let order: ProcessingOrder
    let onFailure: FailureRule
    let report: FailureReport
    let deadlineMargin: Duration?
    let crashJournal: CrashJournal?
    let observer: (any BatchObserver)?

    init<Record: BatchRecord>(order: ProcessingOrder, settings: BatchSettings, stack: RecordStack<Record>) {
        // A change that overtakes an earlier one of its item would have that one skipped as not newer, and reported as done.
        if case .unordered(let maxConcurrency) = order, stack.needsItemOrder {
            self.order = .perKey(maxConcurrency: maxConcurrency)
        } else {
            self.order = order
        }
        let isStream = Record.Source.checkpoint == .lowestFailure
        onFailure = settings.onFailure ?? (self.order == .sequential && isStream ? .stop : .continue)
        report = settings.report ?? (isStream ? .lowest : .all)
        deadlineMargin = settings.deadlineMargin
        crashJournal = settings.crashJournal
        observer = settings.observer
    }

    /// Whether the processor needs the key of each record.
    var needsKeys: Bool {
        switch order {
        case .sequential: onFailure == .continue
        case .perKey: true
        case .unordered: false
        }
    }
}
