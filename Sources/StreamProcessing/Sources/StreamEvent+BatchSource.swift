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
    public var itemIdentifier: String? { sequenceNumberText }

    /// The item's whole primary key.
    public var orderingKey: ItemKey? { keys.map(ItemKey.init) }

    public var hasOrderingKey: Bool { keys != nil }

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
///
/// ```swift
/// let items = Set(event.records.compactMap { record in record.keys.map(ItemKey.init) })
/// print("\(event.records.count) changes of \(items.count) items")
/// ```
public struct ItemKey: Hashable, Sendable {
    private let bytes: [UInt8]

    /// - Parameter keys: the attributes of a primary key, in any order.
    public init(_ keys: Item) {
        bytes = Self.bytes(ofView: keys) ?? Self.bytes(of: keys)
    }

    /// The bytes at once and not one by one, as an array would be hashed.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    private static func bytes(of keys: Item) -> [UInt8] {
        var attributes = Array(keys)
        if attributes.count > 1 { attributes.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        for (name, value) in attributes {
            bytes.appendKeyAttribute(name.utf8) {
                switch value {
                case .string(let text): $0.append(contentsOf: text.utf8)
                case .number(let number): $0.appendCanonical(number)
                default: $0.append(contentsOf: value.json)
                }
            }
        }
        return bytes
    }

    /// The same straight from the event, where all names and values are strings without escapes: no text is made.
    private static func bytes(ofView keys: Item) -> [UInt8]? {
        guard let node = keys.node else { return nil }
        var attributes: [(name: ArraySlice<UInt8>, text: ArraySlice<UInt8>)] = []
        for member in node.members {
            let name = member.name
            guard name.place.isPlainString, let name = name.textBytes,
                let text = member.value.plainTaggedText(UInt8(ascii: "S"))
            else { return nil }
            attributes.append((name, text))
        }
        if attributes.count > 1 { attributes.sort { $0.name.lexicographicallyPrecedes($1.name) } }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        for (name, text) in attributes {
            bytes.appendKeyAttribute(name) { $0.append(contentsOf: text) }
        }
        return bytes
    }
}

extension [UInt8] {
    /// No text has the bytes behind the name and the value, so neither runs into what follows.
    fileprivate mutating func appendKeyAttribute(_ name: some Collection<UInt8>, _ appendValue: (inout Self) -> Void) {
        append(contentsOf: name)
        append(0xFF)
        appendValue(&self)
        append(0xFE)
    }

    /// A number by its digits and its scale: `1` and `1.0` are one key.
    fileprivate mutating func appendCanonical(_ number: AttributeNumber) {
        guard let decimal = DecimalText(number.text.utf8) else { return append(contentsOf: number.text.utf8) }
        if decimal.isNegative, !decimal.isZero { append(UInt8(ascii: "-")) }
        for digit in decimal.digits { append(digit) }
        append(UInt8(ascii: "e"))
        appendJSONInteger(decimal.isZero ? 0 : decimal.scale)
    }
}
