// A swift-metrics backend for CloudWatch: collects in memory, writes one log line per invocation.

public import CoreMetrics

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Metrics in CloudWatch's Embedded Metric Format: lines of the function's log that CloudWatch turns into metrics, so
/// that no request is made while the function is billed
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
///
/// Everything recorded between two calls of ``flush(functionName:requestID:)`` goes out on one line; on more of them
/// where metrics differ in their dimensions, and where there are more than the 100 metrics, or 100 values of one, that a line may hold.
///
/// ```swift
/// MetricsSystem.bootstrap(EmbeddedMetrics(namespace: "Orders"))
/// ```
public final class EmbeddedMetrics: MetricsFactory {
    private let namespace: String
    private let write: @Sendable ([UInt8]) -> Void
    let store = MetricStore()

    /// - Parameters:
    ///   - namespace: the CloudWatch namespace.
    ///   - write: takes a line, line break included; by default it goes to standard output in one piece.
    public init(namespace: String, write: @escaping @Sendable ([UInt8]) -> Void = writeToStandardOutput) {
        self.namespace = namespace
        self.write = write
    }

    /// Writes what was recorded since the last time, and forgets it.
    ///
    /// - Parameters:
    ///   - functionName: becomes the dimension `FunctionName`.
    ///   - requestID: on the line, to search for; it is not a dimension.
    public func flush(functionName: String?, requestID: String?) {
        for line in store.takeLines() {
            write(line.json(namespace: namespace, functionName: functionName, requestID: requestID))
        }
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        CountingMetric(MetricKey(label, dimensions, .count), store)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        ValueMetric(MetricKey(label, dimensions, .none, keepsLastOnly: true), store)
    }

    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        ValueMetric(MetricKey(label, dimensions, .none, keepsLastOnly: !aggregate), store)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        ValueMetric(MetricKey(label, dimensions, .milliseconds), store)
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}

/// Writes a line to standard output with as few calls as the system allows: one.
public func writeToStandardOutput(_ line: [UInt8]) {
    var rest = line[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}

private final class CountingMetric: CounterHandler {
    private let key: MetricKey
    private let store: MetricStore

    init(_ key: MetricKey, _ store: MetricStore) {
        self.key = key
        self.store = store
    }

    func increment(by amount: Int64) { store.add(Double(amount), to: key) }
    func reset() { store.forget(key) }
}

private final class ValueMetric: RecorderHandler, MeterHandler, TimerHandler {
    private let key: MetricKey
    private let store: MetricStore

    init(_ key: MetricKey, _ store: MetricStore) {
        self.key = key
        self.store = store
    }

    func record(_ value: Int64) { store.append(Double(value), to: key) }
    func record(_ value: Double) { store.append(value, to: key) }
    func recordNanoseconds(_ duration: Int64) { store.append(Double(duration) / 1e6, to: key) }
    func set(_ value: Int64) { store.append(Double(value), to: key) }
    func set(_ value: Double) { store.append(value, to: key) }
    func increment(by amount: Double) { store.add(amount, to: key) }
    func decrement(by amount: Double) { store.add(-amount, to: key) }
}
