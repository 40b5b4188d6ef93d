// How a processor handles a batch, apart from the order of its records.

/// The settings of a processor, apart from the order of records. Each has a default.
///
/// ```swift
/// let settings = BatchSettings(onFailure: .continue, crashJournal: CrashJournal(), watchdog: FailureReportWatchdog())
/// let processor = BatchProcessor(order: .perKey(maxConcurrency: 16), settings: settings) {
///     (change: ItemChange<Order>, context: RecordContext) in try await notify(change)
/// }
/// ```
public struct BatchSettings: Sendable {
    /// What a failed record stops. Nil, the default, stops everything behind it for a stream that is handled
    /// sequentially, and only the later records of its item or group otherwise.
    public var onFailure: FailureRule?
    /// Which records the response names. Nil, the default, is the lowest for a stream and all for a queue.
    public var report: FailureReport?
    /// How long before the invocation's deadline running handlers are canceled. No record is started when less than
    /// this, plus the longest time that a record of the batch has taken, is left. Nil, the default, is one second, or a
    /// tenth of the time at the start if that is less, so that a function with a timeout of a second can work.
    public var deadlineMargin: Duration?
    /// Records which record runs, so that the next process knows the record that crashed this one.
    public var crashJournal: CrashJournal?
    /// Receives a summary of each batch.
    public var observer: (any BatchObserver)?
    /// Detects a mapping that ignores the response.
    public var watchdog: FailureReportWatchdog?

    /// Creates settings. The defaults suit a mapping with `ReportBatchItemFailures`.
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
