// DynamoDB streams as a source of batches.

public import DynamoDBStreamEvents

extension StreamEvent: BatchSource {
    public typealias Record = StreamRecord

    public init(payload: [UInt8]) throws {
        try self.init(payload)
    }

    public static var checkpoint: BatchCheckpoint { .lowestFailure }
}

extension StreamRecord: BatchRecord {
    /// The sequence number.
    public var itemIdentifier: String? { sequenceNumber?.description }

    /// The item's whole primary key.
    public var orderingKey: Item? { keys }

    public static var requiresOrderingKey: Bool { true }

    public var identity: RecordIdentity? {
        itemIdentifier.map { RecordIdentity(sourceARN: eventSourceARN ?? "", itemIdentifier: $0) }
    }
}
