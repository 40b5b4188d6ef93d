// What makes one record the same record in every delivery.

public import DynamoDBStreamEvents

/// Names a record across deliveries: its stream and its place there.
public struct RecordIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The stream's ARN; empty where the record does not carry it.
    public let streamARN: String
    public let sequenceNumber: SequenceNumber

    public init(streamARN: String, sequenceNumber: SequenceNumber) {
        self.streamARN = streamARN
        self.sequenceNumber = sequenceNumber
    }

    public var description: String { "\(sequenceNumber) of \(streamARN)" }
}

extension StreamRecord {
    /// The record's identity; nil when its sequence number cannot be read.
    public var identity: RecordIdentity? {
        sequenceNumber.map { RecordIdentity(streamARN: eventSourceARN ?? "", sequenceNumber: $0) }
    }
}
