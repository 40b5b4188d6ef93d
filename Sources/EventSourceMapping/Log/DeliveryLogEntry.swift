// The delivery log: what the mapping did, one entry after the other.

public import DynamoDBStreamEvents

/// An event of the mapping. ``json`` is one line of the delivery log.
public enum DeliveryLogEntry: Sendable, Hashable {
    case invoke(Invoke)
    case checkpoint(Checkpoint)
    case filtered(Filtered)
    case destination(Destination)
    case dropped(Dropped)
    case warning(Warning)

    /// An invocation that has ended.
    public struct Invoke: Sendable, Hashable {
        public let invocation: MappingInvocation
        public let endedAt: MappingInstant
        public let outcome: Outcome
        /// `Unhandled`, or nil where the function responded or did not run.
        public let functionError: String?
        /// The lowest record that the function named as failed.
        public let failedSequenceNumber: SequenceNumber?
    }

    /// The outcome of an invocation.
    public enum Outcome: String, Sendable, Hashable {
        /// Every record is done.
        case success
        /// The records before the failed one are done.
        case partial
        /// No record is done.
        case failed
        /// Nothing ran, and the attempt does not count.
        case throttled
    }

    /// The shard is done up to and including a record. These records are not delivered again.
    public struct Checkpoint: Sendable, Hashable {
        public let at: MappingInstant
        public let shardID: String
        public let sequenceNumber: SequenceNumber
    }

    /// Records that matched no filter.
    public struct Filtered: Sendable, Hashable {
        public let at: MappingInstant
        public let shardID: String
        public let sequenceNumbers: [SequenceNumber]
    }

    /// Records that were discarded, with the message that was sent.
    public struct Destination: Sendable, Hashable {
        public let at: MappingInstant
        public let delivery: DestinationDelivery
    }

    /// Records that were discarded without a message to the on-failure destination.
    public struct Dropped: Sendable, Hashable {
        public let at: MappingInstant
        public let shardID: String
        public let concurrentBatch: Int
        /// Empty for a window whose closing failed.
        public let sequenceNumbers: [SequenceNumber]
        public let reason: DiscardReason
        /// Why no message was sent, if there is a destination.
        public let destinationFailure: String?
        public let window: WindowInvocation?
    }

    /// A problem to look into.
    public struct Warning: Sendable, Hashable {
        public let at: MappingInstant
        public let text: String
    }
}

/// Why records were discarded.
public enum DiscardReason: String, Sendable, Hashable {
    /// More attempts failed than `MaximumRetryAttempts` allows.
    case retryAttemptsExhausted = "RetryAttemptsExhausted"
    /// They were older than `MaximumRecordAgeInSeconds`.
    case recordAgeExceeded = "RecordAgeExceeded"
    /// The stream no longer has them. No message describes them.
    case recordsExpired = "RecordsExpired"

    var condition: DestinationMessage.Condition? {
        switch self {
        case .retryAttemptsExhausted: .retryAttemptsExhausted
        case .recordAgeExceeded: .recordAgeExceeded
        case .recordsExpired: nil
        }
    }
}
