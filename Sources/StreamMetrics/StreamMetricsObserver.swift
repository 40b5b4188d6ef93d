// The outcome of each batch as metrics.

internal import CoreMetrics
internal import LambdaFunctions
public import StreamProcessing

/// Records each batch with swift-metrics: counters `records_processed`, `records_failed`, `records_dead_lettered` and
/// `records_skipped`, the timer `batch_duration` and the recorder `iterator_age_ms`.
///
/// ```swift
/// let metrics = EmbeddedMetrics(namespace: "Orders")
/// MetricsSystem.bootstrap(metrics)
/// let settings = BatchSettings(observer: StreamMetricsObserver(flushing: metrics))
/// let processor = BatchProcessor(settings: settings) { (change: ItemChange<Order>, _: RecordContext) in
///     try await notify(change)
/// }
/// ```
public struct StreamMetricsObserver: BatchObserver {
    private let embedded: EmbeddedMetrics?

    /// - Parameter embedded: writes its line after each batch.
    public init(flushing embedded: EmbeddedMetrics? = nil) {
        self.embedded = embedded
    }

    public func didProcess(_ summary: BatchSummary) async {
        Counter(label: "records_processed").increment(by: summary.doneCount)
        Counter(label: "records_failed").increment(by: summary.failedCount)
        Counter(label: "records_dead_lettered").increment(by: summary.deadLetteredCount)
        Counter(label: "records_skipped").increment(by: summary.skippedCount)
        CoreMetrics.Timer(label: "batch_duration").recordNanoseconds(summary.duration.nanoseconds)
        if let age = summary.iteratorAge {
            Recorder(label: "iterator_age_ms", aggregate: true).record(age.nanoseconds / 1_000_000)
        }
        embedded?.flush(functionName: summary.lambda.functionName, requestID: summary.lambda.requestID)
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? .max : sum
    }
}
