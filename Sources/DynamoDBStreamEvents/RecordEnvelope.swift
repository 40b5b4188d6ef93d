// The members of a record that a change is made of, found in one walk and checked.

import JSONScanning

/// A record's members, after a check of everything but the attributes.
struct RecordEnvelope {
    let change: JSONNode.Place
    let keys: JSONNode.Place
    /// nil when the stream does not carry the image.
    let newImage: JSONNode.Place?
    let oldImage: JSONNode.Place?

    init(_ record: JSONNode) throws(StreamRecordError) {
        let document = record.document
        guard record.kind == .object else { throw .malformed(path: "", reason: "the record is not a JSON object") }
        let members = try MembersOfRecord(record)
        guard let eventName = members.eventName else { throw .malformed(path: "eventName", reason: "is missing") }
        guard eventName.isPlainString || JSONNode(eventName, in: document).text != nil else {
            throw .malformed(path: "eventName", reason: "is not a string")
        }
        guard let change = members.dynamodb else { throw .malformed(path: "dynamodb", reason: "is missing") }
        self.change = change
        let changed = JSONNode(change, in: document)
        guard changed.kind == .object else { throw .malformed(path: "dynamodb", reason: "is not an object") }
        let images = try MembersOfChange(changed)
        try Self.check(sequenceNumber: images.sequenceNumber, in: document)
        guard let keys = images.keys, !keys.isNull else { throw .malformed(path: "Keys", reason: "are missing") }
        self.keys = keys
        newImage = images.newImage.flatMap { $0.isNull ? nil : $0 }
        oldImage = images.oldImage.flatMap { $0.isNull ? nil : $0 }
        guard keys.isObject else { throw .malformed(path: "Keys", reason: "is not an object") }
        guard newImage?.isObject != false else { throw .malformed(path: "NewImage", reason: "is not an object") }
        guard oldImage?.isObject != false else { throw .malformed(path: "OldImage", reason: "is not an object") }
        guard !JSONNode(keys, in: document).members.isAtEnd else { throw .malformed(path: "Keys", reason: "are empty") }
    }

    /// A record from DynamoDB's way through Kinesis has no sequence number of DynamoDB's; one that is there is sound.
    private static func check(
        sequenceNumber: JSONNode.Place?,
        in document: JSONDocument
    ) throws(StreamRecordError) {
        guard let sequenceNumber, !sequenceNumber.isNull else { return }
        guard document.withText(of: sequenceNumber, { SequenceNumber($0) }) != nil else {
            throw .malformed(path: "dynamodb.SequenceNumber", reason: "is not a string of decimal digits")
        }
    }
}

/// The members of a record that a change needs.
private struct MembersOfRecord {
    private(set) var eventName: JSONNode.Place?
    private(set) var dynamodb: JSONNode.Place?

    /// All that Lambda and the Streams API write, in Lambda's order. Kinesis adds the last two.
    private static let names = JSONNameSet([
        "eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN",
        "userIdentity", "tableName", "recordFormat",
    ])

    init(_ record: JSONNode) throws(StreamRecordError) {
        let document = record.document
        let isPlain = Self.names.find(in: record.place, of: document) { position, place in
            switch position {
            case 1: eventName = place
            case 5: dynamodb = place
            default: break
            }
        }
        if isPlain { return }
        if let twice = record.firstRepeatedMember {
            throw .malformed(path: twice.repairedName, reason: "is there twice")
        }
        eventName = document.member(of: record.place, named: "eventName")
        dynamodb = document.member(of: record.place, named: "dynamodb")
    }
}

/// The members of `dynamodb` that a change needs.
private struct MembersOfChange {
    private(set) var keys: JSONNode.Place?
    private(set) var newImage: JSONNode.Place?
    private(set) var oldImage: JSONNode.Place?
    private(set) var sequenceNumber: JSONNode.Place?

    private static let names = JSONNameSet([
        "ApproximateCreationDateTime", "Keys", "NewImage", "OldImage", "SequenceNumber", "SizeBytes", "StreamViewType",
        "ApproximateCreationDateTimePrecision",
    ])

    init(_ change: JSONNode) throws(StreamRecordError) {
        let document = change.document
        let isPlain = Self.names.find(in: change.place, of: document) { position, place in
            switch position {
            case 1: keys = place
            case 2: newImage = place
            case 3: oldImage = place
            case 4: sequenceNumber = place
            default: break
            }
        }
        if isPlain { return }
        if let twice = change.firstRepeatedMember {
            throw .malformed(path: "dynamodb.\(twice.repairedName)", reason: "is there twice")
        }
        keys = document.member(of: change.place, named: "Keys")
        newImage = document.member(of: change.place, named: "NewImage")
        oldImage = document.member(of: change.place, named: "OldImage")
        sequenceNumber = document.member(of: change.place, named: "SequenceNumber")
    }
}
