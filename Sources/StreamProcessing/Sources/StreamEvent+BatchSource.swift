// DynamoDB streams as a source of batches.

public import DynamoDBStreamEvents
internal import JSONScanning
public import LambdaFunctions

extension StreamEvent: BatchSource {
    public typealias Record = StreamRecord

    /// - Throws: `StreamEventError` for bytes that are not an event, ``BatchEventError`` for the event of another
    ///   source.
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
    public var orderingKey: ItemKey? { keys.map(ItemKey.init) }

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

/// Tells an item from others by its primary key. One allocation, where hashing an `Item` makes a dictionary of it.
public struct ItemKey: Hashable, Sendable {
    private let bytes: [UInt8]

    /// - Parameter keys: the attributes of a primary key, in any order.
    public init(_ keys: Item) {
        var attributes = Array(keys)
        if attributes.count > 1 { attributes.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        for (name, value) in attributes {
            bytes.append(contentsOf: name.utf8)
            // No text has this byte, so a name does not run into its value.
            bytes.append(0xFF)
            switch value {
            case .string(let text): bytes.append(contentsOf: text.utf8)
            case .number(let number): bytes.appendCanonical(number)
            default: bytes.append(contentsOf: value.json)
            }
            bytes.append(0xFE)
        }
        self.bytes = bytes
    }
}

extension [UInt8] {
    /// A number by its digits and its scale: `1` and `1.0` are one key.
    fileprivate mutating func appendCanonical(_ number: AttributeNumber) {
        guard let decimal = DecimalText(number.text.utf8) else { return append(contentsOf: number.text.utf8) }
        if decimal.isNegative, !decimal.isZero { append(UInt8(ascii: "-")) }
        for digit in decimal.digits { append(digit) }
        append(UInt8(ascii: "e"))
        appendJSONInteger(decimal.isZero ? 0 : decimal.scale)
    }
}
