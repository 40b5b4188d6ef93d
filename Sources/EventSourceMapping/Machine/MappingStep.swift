// The next step of the mapping, for its driver.

public import DynamoDBStreamEvents

/// The next thing that happens.
public enum MappingStep: Sendable {
    /// Invoke the function, and report its outcome with ``MappingSimulation/finish(_:with:at:)``. Others may be requested in the meantime, of other shards and concurrent batches.
    case invoke(MappingInvocation)
    /// Send a message to the on-failure destination, and say with ``MappingSimulation/finishSending(_:failure:)`` that
    /// it was sent, or why not. The batches behind it, and the checkpoint, wait for that.
    case send(DestinationDelivery)
    /// Something happened that belongs in the delivery log.
    case log(DeliveryLogEntry)
    /// Nothing happens before this moment, unless an invocation ends or records come: then ``MappingSimulation/advance(to:)``.
    case wait(until: MappingInstant)
    /// Nothing happens before an invocation ends, a message is sent, or records come.
    case idle
    /// Every record is resolved, and no more will come.
    case finished
}

/// One invocation of the function.
///
/// ```swift
/// let mapping = EventSourceMappingConfiguration(maximumRetryAttempts: 3)
/// let deliveries = try await mapping.deliver(event) { invocation, event in
///     invocation.attempt < 3 ? .functionError(message: "try again") : .success
/// }
/// ```
public struct MappingInvocation: Sendable, Hashable {
    /// Tells this invocation from every other of the same run.
    public let id: Int
    /// When it begins.
    public let at: MappingInstant
    /// The shard of the batch.
    public let shardID: String
    /// Which of the shard's concurrent batches this is: 0 to `ParallelizationFactor` - 1.
    public let concurrentBatch: Int
    /// A UUID, the same for every try of the same batch.
    public let requestID: String
    /// 1 for the first try of the batch.
    public let attempt: Int
    /// The records, in stream order; none where a window is closed.
    public let sequenceNumbers: [SequenceNumber]
    /// nil without tumbling windows.
    public let window: WindowInvocation?
}

/// What an invocation says of its tumbling window.
///
/// ```swift
/// let mapping = EventSourceMappingConfiguration(maximumRetryAttempts: 1, tumblingWindowInSeconds: 60)
/// let deliveries = try await mapping.deliver(event, to: processor)
/// for window in deliveries.lostWindows { print(window.start, String(decoding: window.state, as: UTF8.self)) }
/// ```
public struct WindowInvocation: Sendable, Hashable {
    /// The start of the window.
    public let start: MappingInstant
    /// The window ends just before it.
    public let end: MappingInstant
    /// JSON: what the last invocation of the window returned, `{}` for the first.
    public let state: [UInt8]
    /// Whether the window ends with this invocation. Its batch has no records.
    public let isFinalInvokeForWindow: Bool
    /// Whether the window ends before its time because its state was too large.
    public let isWindowTerminatedEarly: Bool
}

/// A message to be sent to the on-failure destination.
///
/// ```swift
/// let destination = "arn:aws:sqs:us-east-1:123456789012:failed-batches"
/// let mapping = EventSourceMappingConfiguration(maximumRetryAttempts: 1, onFailureDestination: destination)
/// var simulation = try MappingSimulation(mapping)
/// try simulation.add(event)
/// simulation.endInput()
/// let send = { (delivery: DestinationDelivery) -> String? in "no permission to send to \(delivery.destination)" }
/// let deliveries = await simulation.run(sending: send) { _, _ in .functionError(message: "no") }
/// ```
public struct DestinationDelivery: Sendable, Hashable {
    /// Tells this message from every other of the same run.
    public let id: Int
    /// The destination's ARN.
    public let destination: String
    /// The shard of the records.
    public let shardID: String
    /// Which of the shard's concurrent batches had them, from 0.
    public let concurrentBatch: Int
    /// The records that are discarded; none for a window whose closing failed.
    public let sequenceNumbers: [SequenceNumber]
    /// The message as the destination receives it.
    public let message: DestinationMessage
}
