// One change of one item, as a view into the event.

package import JSONScanning

/// A stream record.
///
/// Its properties read from the event each time they are asked for and are nil when the event does not have them, has
/// `null` there, or something that makes no sense. They never fail; `validate()` says what is wrong.
public struct StreamRecord: Sendable {
    package let node: JSONNode
    /// The member `dynamodb`, which most properties look into.
    private let changePlace: JSONNode.Place?

    init(_ node: JSONNode) {
        self.node = node
        changePlace = node.document.member(of: node.place, named: "dynamodb")
    }

    /// The bytes of the record, exactly as received, for replays.
    public var json: [UInt8] { [UInt8](node.jsonText) }

    // MARK: The envelope

    public var eventID: String? { node["eventID"]?.text }
    public var eventName: EventName? {
        let document = node.document
        guard let name = document.member(of: node.place, named: "eventName") else { return nil }
        if document.isString(name, "INSERT") { return .insert }
        if document.isString(name, "MODIFY") { return .modify }
        if document.isString(name, "REMOVE") { return .remove }
        return JSONNode(name, in: document).text.map(EventName.init)
    }
    public var eventVersion: String? { node["eventVersion"]?.text }
    public var eventSource: String? { node["eventSource"]?.text }
    public var eventSourceARN: String? { node["eventSourceARN"]?.text }
    public var awsRegion: String? { node["awsRegion"]?.text }

    /// Who made the change; nil for a request. Lambda and the Streams API spell its members differently.
    public var userIdentity: UserIdentity? {
        guard let identity = node["userIdentity"], identity.kind == .object else { return nil }
        return UserIdentity(
            type: (identity["type"] ?? identity["Type"])?.text,
            principalID: (identity["principalId"] ?? identity["PrincipalId"])?.text
        )
    }

    /// Whether DynamoDB removed the item because its time to live was over.
    public var isTimeToLiveRemoval: Bool { eventName == .remove && userIdentity == .timeToLive }

    // MARK: The change

    private func changeMember(_ name: StaticString) -> JSONNode? {
        guard let changePlace, let place = node.document.member(of: changePlace, named: name) else { return nil }
        return JSONNode(place, in: node.document)
    }

    public var sequenceNumber: SequenceNumber? {
        let document = node.document
        guard let changePlace, let number = document.member(of: changePlace, named: "SequenceNumber") else {
            return nil
        }
        return document.withText(of: number) { SequenceNumber($0) }
    }

    /// When the change was made, to the second or better.
    ///
    /// Lambda sends seconds, whole or fractional. Records that took the way through Kinesis have milliseconds or
    /// microseconds; a number of seconds that large would lie past the year 5000, so it is read as what it must be.
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
    public var keys: Item? { item("Keys") }
    /// The item after the change, when the stream carries it.
    public var newImage: Item? { item("NewImage") }
    /// The item before the change, when the stream carries it.
    public var oldImage: Item? { item("OldImage") }

    /// The size of the record as DynamoDB counts it.
    public var sizeBytes: Int? {
        guard let size = changeMember("SizeBytes"), size.kind == .number else { return nil }
        return size.textBytes.flatMap { DecimalText($0) }?.exactly(Int.self)
    }

    public var streamViewType: StreamViewType? { changeMember("StreamViewType")?.text.map(StreamViewType.init) }

    private func item(_ name: StaticString) -> Item? {
        guard let node = changeMember(name), node.kind == .object else { return nil }
        return Item(node)
    }
}

extension StreamRecord: CustomStringConvertible {
    public var description: String {
        let name = eventName?.description ?? "record"
        return sequenceNumber.map { "\(name) at sequence number \($0)" } ?? "\(name) without a sequence number"
    }
}
