// One change of one item, written as the record that DynamoDB Streams has of it.

internal import JSONScanning
internal import LambdaStreams

struct StreamChange {
    let name: EventName
    let old: Item?
    let new: Item?
    var cause = RemovalCause.request

    /// The primary key, which both images must agree on.
    func keys(named names: [String]) throws(StreamBuilderError) -> Item {
        var keys = Item()
        for name in names {
            for image in [old, new] {
                guard let image else { continue }
                guard let value = image[name] else { throw .missingKey(name, attributes: image.names) }
                guard value.canBeKey else { throw .unusableKey(name) }
                guard keys[name] == nil || keys[name] == value else { throw .changedKey(name) }
                keys[name] = value
            }
        }
        return keys
    }

    func json(keys: Item, stream: StreamIdentity, view: StreamViewType, position: StreamPosition) -> [UInt8] {
        let newImage = view == .newImage || view.hasBothImages ? new : nil
        let oldImage = view == .oldImage || view.hasBothImages ? old : nil
        var json: [UInt8] = []
        json.appendJSON("{")
        json.appendMember("eventID", position.eventID)
        json.appendMember("eventName", name.description)
        json.appendMember("eventVersion", "1.1")
        json.appendMember("eventSource", "aws:dynamodb")
        json.appendMember("awsRegion", stream.region)
        json.appendJSON(",\"dynamodb\":{\"ApproximateCreationDateTime\":")
        json.append(contentsOf: position.time.decimal.utf8)
        for (name, image) in [("Keys", keys), ("NewImage", newImage), ("OldImage", oldImage)] {
            guard let image else { continue }
            json.appendJSON(",")
            json.appendJSONString(name)
            json.appendJSON(":")
            json.append(contentsOf: image.json)
        }
        json.appendMember("SequenceNumber", position.sequenceNumber)
        json.appendJSON(",\"SizeBytes\":")
        json.appendJSONInteger(keys.sizeBytes + (newImage?.sizeBytes ?? 0) + (oldImage?.sizeBytes ?? 0))
        json.appendMember("StreamViewType", view.description)
        json.appendJSON("}")
        if let identity = cause.identity {
            json.appendJSON(",\"userIdentity\":{")
            json.appendMember("type", identity.type ?? "")
            json.appendMember("principalId", identity.principalID ?? "")
            json.appendJSON("}")
        }
        json.appendMember("eventSourceARN", stream.arn)
        json.appendJSON("}")
        return json
    }
}

extension AttributeValue {
    fileprivate var canBeKey: Bool {
        switch self {
        case .string(let text): !text.isEmpty
        case .binary(let bytes): !bytes.isEmpty
        case .number: true
        default: false
        }
    }
}

extension StreamViewType {
    /// A view type that is not known yet is taken to leave nothing out.
    fileprivate var hasBothImages: Bool {
        switch self {
        case .newAndOldImages, .other: true
        case .keysOnly, .newImage, .oldImage: false
        }
    }
}

extension RemovalCause {
    fileprivate var identity: UserIdentity? {
        switch self {
        case .request: nil
        case .timeToLive: .timeToLive
        case .other(let identity): identity
        }
    }
}

extension EpochTime {
    /// Seconds, with a fraction when there is one.
    fileprivate var decimal: String {
        guard nanoseconds != 0 else { return String(seconds) }
        let isNegative = seconds < 0
        let whole = isNegative ? seconds + 1 : seconds
        let fraction = isNegative ? 1_000_000_000 - nanoseconds : nanoseconds
        let digits = String(String(1_000_000_000 + Int(fraction)).dropFirst())
        return "\(isNegative ? "-" : "")\(whole.magnitude).\(digits)"
    }
}

extension [UInt8] {
    /// Appends a member to the object that was begun last.
    fileprivate mutating func appendMember(_ name: String, _ value: String) {
        if last != UInt8(ascii: "{") { appendJSON(",") }
        appendJSONString(name)
        appendJSON(":")
        appendJSONString(value)
    }
}
