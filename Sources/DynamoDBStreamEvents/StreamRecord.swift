// One change of one item, as a view into the event.

package import JSONScanning

/// A stream record.
///
/// Its properties read from the event at each access. They are nil if the event does not have the member, has
/// `null` there, or a malformed value. They never fail; `validate()` reports what is wrong.
///
/// ```swift
/// if record.eventName == .modify, let total = record.newImage?["total"]?.number {
///     print("\(record.keys?["id"]?.string ?? "an order") is worth \(total)")
/// }
/// ```
public struct StreamRecord: Sendable {
    package let node: JSONNode
    let members: RecordMembers

    init(_ node: JSONNode) {
        self.node = node
        members = RecordMembers(of: node.place, in: node.document)
    }

    /// The bytes of the record, exactly as received, for replays.
    public var json: [UInt8] { [UInt8](node.jsonText) }

    // MARK: The envelope

    public var eventID: String? { node["eventID"]?.text }
    /// What happened to the item; nil where the record does not say.
    public var eventName: EventName? { members.eventName.flatMap { EventName($0, in: node.document) } }

    /// The version of the record's layout, such as `1.1`.
    public var eventVersion: String? { node["eventVersion"]?.text }
    /// `aws:dynamodb` for the records of a table's stream.
    public var eventSource: String? { node["eventSource"]?.text }
    /// The stream's ARN, which contains the table's name and the time at which the stream was turned on.
    public var eventSourceARN: String? { node["eventSourceARN"]?.text }
    /// The region of the stream, such as `eu-central-1`.
    public var awsRegion: String? { node["awsRegion"]?.text }

    /// Who made the change; nil for a request. Lambda and the Streams API use different names for its members.
    public var userIdentity: UserIdentity? {
        guard let identity = node["userIdentity"], identity.kind == .object else { return nil }
        return UserIdentity(
            type: (identity["type"] ?? identity["Type"])?.text,
            principalID: (identity["principalId"] ?? identity["PrincipalId"])?.text
        )
    }

    /// Whether DynamoDB removed the item because its time to live expired.
    public var isTimeToLiveRemoval: Bool { eventName == .remove && userIdentity == .timeToLive }

    /// Whether the record is not a change, but an item that the table already had when it was backfilled.
    ///
    /// Such a record is an INSERT with the item as it was read as its new image. Its sequence number is lower than that of
    /// every change, so `.onlyNewer` applies it only to an item of which nothing was ever applied. A handler that sends
    /// messages about new items, for example, should skip it:
    ///
    /// ```swift
    /// guard !record.isBackfill else { return }
    /// ```
    public var isBackfill: Bool { userIdentity == .backfill }

    // MARK: The change

    private func changeMember(_ name: StaticString) -> JSONNode? {
        guard let change = members.change, let place = node.document.member(of: change, named: name) else { return nil }
        return JSONNode(place, in: node.document)
    }

    /// The record's place in its shard. Of two changes to an item, the later one has the higher number.
    public var sequenceNumber: SequenceNumber? {
        guard let number = members.sequenceNumber else { return nil }
        return node.document.withText(of: number) { SequenceNumber($0) }
    }

    /// The sequence number as it is spelled, without making a number of it first.
    package var sequenceNumberText: String? {
        guard let number = members.sequenceNumber else { return nil }
        return node.document.withText(of: number) { SequenceNumber.isSpelled(by: $0) ? String(wellFormed: $0) : nil }
    }

    /// When the change was made, with a resolution of a second or better.
    ///
    /// Lambda sends seconds, whole or fractional. Records that came through Kinesis have milliseconds or
    /// microseconds. As seconds, such a number would be after the year 5000, so the unit is unambiguous.
    public var approximateCreationDateTime: EpochTime? {
        guard let time = changeMember("ApproximateCreationDateTime"), time.kind == .number, let text = time.textBytes,
            let decimal = DecimalText(text)
        else { return nil }
        return switch decimal.magnitude {
        case ...11: EpochTime(decimal)
        case ...14: EpochTime(decimal, unitExponent: -3)
        default: EpochTime(decimal, unitExponent: -6)
        }
    }

    /// The primary key of the item.
    public var keys: Item? { item(members.keys) }
    /// The item after the change, when the stream carries it.
    public var newImage: Item? { item(members.newImage) }
    /// The item before the change, when the stream carries it.
    public var oldImage: Item? { item(members.oldImage) }

    /// The size of the record in bytes, as DynamoDB counts it.
    public var sizeBytes: Int? {
        guard let size = changeMember("SizeBytes"), size.kind == .number else { return nil }
        return size.textBytes.flatMap { DecimalText($0) }?.exactly(Int.self)
    }

    /// Which images the stream's records have.
    public var streamViewType: StreamViewType? { changeMember("StreamViewType")?.text.map(StreamViewType.init) }

    private func item(_ place: JSONNode.Place?) -> Item? {
        guard let place, place.isObject else { return nil }
        return Item(JSONNode(place, in: node.document))
    }
}

extension EventName {
    private static let known = JSONNameSet(["INSERT", "MODIFY", "REMOVE"])

    /// - Returns: nil for a value that is not a string.
    init?(_ place: JSONNode.Place, in document: borrowing JSONDocument) {
        switch Self.known.position(of: place, in: document) {
        case 0: self = .insert
        case 1: self = .modify
        case 2: self = .remove
        default:
            guard let text = JSONNode(place, in: copy document).text else { return nil }
            self.init(text)
        }
    }
}

extension StreamRecord: CustomStringConvertible {
    public var description: String {
        let name = eventName?.description ?? "record"
        return sequenceNumber.map { "\(name) at sequence number \($0)" } ?? "\(name) without a sequence number"
    }
}
