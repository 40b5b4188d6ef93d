// The metrics that CloudWatch would count, under its names.

/// The counts of a run. The first six are the event source mapping's `EventCount` metrics, the others the function's.
///
/// ```swift
/// let deliveries = try await EventSourceMappingConfiguration().deliver(event, to: processor)
/// for (name, value) in deliveries.metrics.byName { print(name, value) }
/// ```
///
/// See https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
public struct MappingMetrics: Sendable, Hashable {
    /// Records read from the stream.
    public internal(set) var polledEventCount = 0
    /// Records that matched no filter.
    public internal(set) var filteredOutEventCount = 0
    /// Records sent to the function, once for each attempt.
    public internal(set) var invokedEventCount = 0
    /// Records in attempts that failed; of a partial failure, those that were not done.
    public internal(set) var failedInvokeEventCount = 0
    /// Records discarded without a message to the on-failure destination. Records that the stream no longer had do not count here.
    public internal(set) var droppedEventCount = 0
    /// Records discarded with a message.
    public internal(set) var onFailureDestinationDeliveredEventCount = 0

    /// Invocations that ran.
    public internal(set) var invocations = 0
    /// Invocations that ended in a function error.
    public internal(set) var errors = 0
    /// Invocations that were throttled.
    public internal(set) var throttles = 0
    /// Messages that could not be sent.
    public internal(set) var destinationDeliveryFailures = 0
    /// The greatest age that the last record of a batch had when the batch was sent to the function.
    public internal(set) var maximumIteratorAge = Duration.zero

    public init() {}

    /// All of them by CloudWatch's names; `IteratorAge` in milliseconds.
    public var byName: [(name: String, value: Int)] {
        let age = maximumIteratorAge.components
        return [
            ("PolledEventCount", polledEventCount),
            ("FilteredOutEventCount", filteredOutEventCount),
            ("InvokedEventCount", invokedEventCount),
            ("FailedInvokeEventCount", failedInvokeEventCount),
            ("DroppedEventCount", droppedEventCount),
            ("OnFailureDestinationDeliveredEventCount", onFailureDestinationDeliveredEventCount),
            ("Invocations", invocations),
            ("Errors", errors),
            ("Throttles", throttles),
            ("DestinationDeliveryFailures", destinationDeliveryFailures),
            ("IteratorAge", Int(age.seconds) * 1_000 + Int(age.attoseconds / 1_000_000_000_000_000)),
        ]
    }
}
