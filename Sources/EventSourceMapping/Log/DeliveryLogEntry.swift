// The delivery log: what the mapping did, one entry after the other.

public import DynamoDBStreamEvents

/// An event of the mapping. ``json`` is one line of the delivery log.
public enum DeliveryLogEntry: Sendable, Hashable {
    /// An invocation ended.
    case invoke(Invoke)
    /// The checkpoint of a shard moved.
    case checkpoint(Checkpoint)
    /// Records were filtered out.
    case filtered(Filtered)
    /// Records were discarded, and a message was sent.
    case destination(Destination)
    /// Records were discarded, and no message was sent.
    case dropped(Dropped)
    /// Something needs attention.
    case warning(Warning)

    /// An invocation that has ended.
    public struct Invoke: Sendable, Hashable {
        /// The batch, and which attempt at it this was.
        public let invocation: MappingInvocation
        /// When the response, the error or the throttle came.
        public let endedAt: MappingInstant
        /// What the mapping made of it.
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
        /// When the checkpoint moved.
        public let at: MappingInstant
        /// The shard.
        public let shardID: String
        /// The last record that is done.
        public let sequenceNumber: SequenceNumber
    }

    /// Records that matched no filter.
    public struct Filtered: Sendable, Hashable {
        /// When the records were read.
        public let at: MappingInstant
        /// The shard of the records.
        public let shardID: String
        /// The records, in the order of the shard.
        public let sequenceNumbers: [SequenceNumber]
    }

    /// Records that were discarded, with the message that was sent.
    public struct Destination: Sendable, Hashable {
        /// When the message was sent.
        public let at: MappingInstant
        /// The message and the records that it describes.
        public let delivery: DestinationDelivery
    }

    /// Records that were discarded without a message to the on-failure destination.
    public struct Dropped: Sendable, Hashable {
        /// When the records were discarded.
        public let at: MappingInstant
        /// The shard of the records.
        public let shardID: String
        /// Which of the shard's concurrent batches had them, from 0.
        public let concurrentBatch: Int
        /// Empty for a window whose closing failed.
        public let sequenceNumbers: [SequenceNumber]
        /// Why the mapping discarded them.
        public let reason: DiscardReason
        /// Why no message was sent, if there is a destination.
        public let destinationFailure: String?
        /// The tumbling window; nil for a mapping without one.
        public let window: WindowInvocation?
    }

    /// A problem to look into.
    public struct Warning: Sendable, Hashable {
        /// When it was noticed.
        public let at: MappingInstant
        /// What was noticed, as a sentence.
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
