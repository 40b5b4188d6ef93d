// DynamoDB streams as a source of batches.

public import DynamoDBStreamEvents
public import LambdaFunctions

extension StreamEvent: BatchSource {
    public typealias Record = StreamRecord

    /// - Throws: `StreamEventError` for bytes that are no event, ``BatchEventError`` for the event of another source.
    public init(payload: [UInt8]) throws {
        try self.init(payload)
        let source = records.first?.eventSource
        guard source == nil || source == "aws:dynamodb" else {
            throw BatchEventError(from: source, wanted: "aws:dynamodb")
        }
    }

    public static var checkpoint: BatchCheckpoint { .lowestFailure }
}

extension StreamRecord: BatchRecord {
    public typealias Source = StreamEvent

    /// The sequence number.
    public var itemIdentifier: String? { sequenceNumber?.description }

    /// The item's whole primary key.
    public var orderingKey: Item? { keys }

    public static var requiresOrderingKey: Bool { true }

    public var creationTime: LambdaClock.Instant? {
        approximateCreationDateTime.map { time in
            let (milliseconds, overflow) = time.seconds.multipliedReportingOverflow(by: 1000)
            let sum = milliseconds.addingReportingOverflow(Int64(time.nanoseconds / 1_000_000))
            return LambdaClock.Instant(millisecondsSinceEpoch: overflow || sum.overflow ? .max : sum.partialValue)
        }
    }

    public var identity: RecordIdentity? {
        itemIdentifier.map {
            RecordIdentity(sourceARN: eventSourceARN ?? "", itemIdentifier: $0, eventID: eventID)
        }
    }
}
