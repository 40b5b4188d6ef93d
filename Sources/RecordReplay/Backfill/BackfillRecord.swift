// An item that a table already has, as a record of the table's stream.

public import DynamoDBStreamEvents
internal import EventSourceMapping
package import JSONScanning

/// The stream that a backfill's records appear to come from.
///
/// ```swift
/// let stream = BackfillStream(
///     streamARN: "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
///     keyNames: ["customer", "id"]
/// )
/// print(stream.region, stream.tableName)  // eu-central-1 orders
/// ```
public struct BackfillStream: Hashable, Sendable {
    /// The current stream of the table. It is part of the key of an item's last applied number.
    public let streamARN: String
    /// The names of the key attributes, the partition key first.
    public let keyNames: [String]
    /// What the records of the stream have of an item. The backfill's records have the same.
    public let viewType: StreamViewType

    /// Creates the description of a stream.
    public init(streamARN: String, keyNames: [String], viewType: StreamViewType = .newAndOldImages) {
        self.streamARN = streamARN
        self.keyNames = keyNames
        self.viewType = viewType
    }

    /// The region in the stream's ARN; empty where there is none.
    public var region: String {
        let parts = streamARN.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
        return parts.count > 3 ? String(parts[3]) : ""
    }

    /// The name of the table in the stream's ARN, `arn:…:table/orders/stream/…`.
    public var tableName: String {
        let resource = streamARN.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).last ?? ""
        let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1]) : streamARN
    }
}

extension BackfillStream {
    /// When the stream was turned on, which is its label: the end of its ARN, `2026-09-17T12:49:54.528`.
    var creationTime: MappingInstant? {
        streamARN.split(separator: "/").last.flatMap { MappingInstant(iso8601: "\($0)Z") }
    }
}

/// Makes records of items: INSERTs by the identity `UserIdentity.backfill`.
///
/// ```swift
/// let stream = try await BackfillSurvey(of: "orders").stream
/// let records = BackfillRecords(of: stream, asOf: EpochTime(seconds: 1_767_225_600))
/// let record = try records.record(of: ["id": "o-1", "total": 12.5])
/// print(String(decoding: record.json, as: UTF8.self))
/// ```
///
/// Everything in a record but its time depends on the item alone, so that a backfill that is repeated sends the same
/// records: the same sequence number for the same keys, and the same event id for the same item.
///
/// - The sequence number has at most 19 digits; those of DynamoDB have 21 or more. A function that keeps the last applied
///   numbers therefore applies the record only to an item of which nothing was ever applied.
/// - The image is the item byte for byte: no number is converted.
public struct BackfillRecords: Sendable {
    private let stream: BackfillStream
    /// What every record begins with up to its id, and what stands between its parts.
    private let afterEventID: [UInt8]
    private let afterNumber: [UInt8]
    private let ending: [UInt8]

    /// A sequence number of a backfill is lower than this.
    public static let numberLimit: UInt64 = 1_000_000_000_000_000_001

    /// - Parameters:
    ///   - stream: the stream that the records appear to come from.
    ///   - time: when the items were as they are here.
    public init(of stream: BackfillStream, asOf time: EpochTime) {
        self.stream = stream
        var json: [UInt8] = []
        json.appendJSON(#"","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"#)
        json.appendJSONString(stream.region)
        json.appendJSON(#","dynamodb":{"ApproximateCreationDateTime":"#)
        json += time.secondsSince1970.rounded(.down).javaText.utf8
        json.appendJSON(#","Keys":{"#)
        afterEventID = json
        json = []
        json.appendJSON(#","StreamViewType":"#)
        json.appendJSONString(stream.viewType.description)
        json.appendJSON(#"},"userIdentity":{"principalId":"lambda-streams.backfill","type":"Backfill"},"#)
        json.appendJSON(#""eventSourceARN":"#)
        json.appendJSONString(stream.streamARN)
        json.appendJSON("}")
        ending = json
        afterNumber = Array(#"","SizeBytes":"#.utf8)
    }

    /// The record of an item.
    ///
    /// - Parameter item: in DynamoDB's typed JSON, `{"id":{"S":"o-1"}}`.
    /// - Throws: for what cannot be an item of the table, because a key attribute is missing or has no key's type.
    public func record(of item: Item) throws(BackfillItemError) -> ReplayRecord {
        if let node = item.node { return try record(of: node) }
        guard let document = try? JSONDocument(item.json) else { throw .notAnItem }
        return try record(of: document.root)
    }

    package func record(of item: JSONNode) throws(BackfillItemError) -> ReplayRecord {
        guard item.kind == .object else { throw .notAnItem }
        var content = ContentHash()
        var keys: [JSONMember?] = Array(repeating: nil, count: stream.keyNames.count)
        for member in item.members {
            content.add(member)
            for (position, name) in stream.keyNames.enumerated() where keys[position] == nil {
                if member.isNamed(name) { keys[position] = member }
            }
        }
        var members: [JSONMember] = []
        for (position, name) in stream.keyNames.enumerated() {
            guard let member = keys[position] else { throw .missingKey(name) }
            guard member.value.isKey else { throw .badKey(name) }
            members.append(member)
        }
        let hash = ItemKeyHash.hash(of: members, seed: 0)
        let number = Self.number(of: hash)
        let image = item.jsonText
        var json: [UInt8] = []
        json.reserveCapacity(image.count + afterEventID.count + ending.count + 256)
        json.appendJSON(#"{"eventID":"backfill-"#)
        json.appendHexadecimal(hash.mixed)
        json.appendHexadecimal(content.value)
        json += afterEventID
        var keySize = 0
        for (position, member) in members.enumerated() {
            if position > 0 { json.appendJSON(",") }
            json += member.name.jsonText
            json.appendJSON(":")
            json += member.value.jsonText
            keySize += member.sizeAsAttribute
        }
        json.appendJSON(#"},"NewImage":"#)
        json += image
        json.appendJSON(#","SequenceNumber":""#)
        json += number
        json += afterNumber
        json.appendJSONInteger(item.sizeOfItem + keySize)
        json += ending
        guard let sequenceNumber = SequenceNumber(number) else { throw .notAnItem }
        return ReplayRecord(made: json, sequenceNumber: sequenceNumber, itemHash: hash)
    }

    /// 1 to 10^18: few enough digits to be lower than every number of DynamoDB, and hardly ever the same for two items of
    /// one batch, which a function tells apart by it.
    private static func number(of hash: UInt64) -> [UInt8] {
        Array(String(hash.mixed % (numberLimit - 1) + 1).utf8)
    }
}

/// Why a value cannot be an item of the table.
///
/// ```swift
/// let stream = try await BackfillSurvey(of: "orders").stream
/// do {
///     _ = try BackfillRecords(of: stream, asOf: EpochTime(seconds: 1_767_225_600)).record(of: receipt)
/// } catch .missingKey(let name) {
///     print("The item has no \(name)")
/// }
/// ```
public enum BackfillItemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The value is not an object of typed attributes.
    case notAnItem
    /// The item does not have this key attribute.
    case missingKey(String)
    /// This key attribute has a type that keys cannot have.
    case badKey(String)

    public var description: String {
        switch self {
        case .notAnItem: "it is not an item in DynamoDB's JSON"
        case .missingKey(let name): "it has no key attribute \(name); is it of another table?"
        case .badKey(let name): "its key attribute \(name) is neither a string nor a number nor binary"
        }
    }
}

extension ReplayRecord {
    /// A record that was made here.
    init(made json: [UInt8], sequenceNumber: SequenceNumber, itemHash: UInt64) {
        self.json = json
        self.sequenceNumber = sequenceNumber
        self.itemHash = itemHash
        isWholeEvent = false
    }
}

extension JSONNode {
    /// `{"S":"…"}`, `{"N":"…"}` or `{"B":"…"}`.
    fileprivate var isKey: Bool {
        guard let tagged = singleMember, tagged.value.kind == .string else { return false }
        switch tagged.singleByteName {
        case UInt8(ascii: "S"), UInt8(ascii: "N"), UInt8(ascii: "B"): return true
        default: return false
        }
    }
}

extension [UInt8] {
    fileprivate mutating func appendHexadecimal(_ value: UInt64) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: value >> shift & 0x0F)
            append(digit < 10 ? digit + 0x30 : digit + 0x57)
        }
    }
}
