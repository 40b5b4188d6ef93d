// How a processor handles a batch, beside the order of its records: one value, each member with its default.

/// What can be chosen about the handling of batches.
public struct BatchSettings: Sendable {
    /// What a failed record stops. Nil, the default: everything behind it for a stream whose records run one after the
    /// other, otherwise only the later records of its item or group.
    public var onFailure: FailureRule?
    /// Which records the response names. Nil, the default: the lowest for a stream, all for a queue.
    public var report: FailureReport?
    /// Running handlers are canceled this long before the invocation's deadline, and no record is begun when less than this
    /// and the longest time a record of the batch has taken is left. Nil, the default: a second, or a tenth of the time
    /// there was at the start where that is less, so that a function with a timeout of a second can work.
    public var deadlineMargin: Duration?
    /// Notes which records run, so that one that crashes the process is known to the next process.
    public var crashJournal: CrashJournal?
    /// Receives a summary of each batch.
    public var observer: (any BatchObserver)?
    /// Notices a mapping that ignores the response.
    public var watchdog: FailureReportWatchdog?

    public init(
        onFailure: FailureRule? = nil,
        report: FailureReport? = nil,
        deadlineMargin: Duration? = nil,
        crashJournal: CrashJournal? = nil,
        observer: (any BatchObserver)? = nil,
        watchdog: FailureReportWatchdog? = nil
    ) {
        self.onFailure = onFailure
        self.report = report
        self.deadlineMargin = deadlineMargin
        self.crashJournal = crashJournal
        self.observer = observer
        self.watchdog = watchdog
    }
}
