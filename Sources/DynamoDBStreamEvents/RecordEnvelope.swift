// The members of a record that a change is made of, checked.

import JSONScanning

/// A record's members, after a check of everything but the attributes.
struct RecordEnvelope {
    let keys: JSONNode.Place
    /// nil when the stream does not carry the image.
    let newImage: JSONNode.Place?
    let oldImage: JSONNode.Place?

    init(_ node: borrowing JSONNode, _ members: RecordMembers) throws(StreamRecordError) {
        let document = node.document
        guard node.kind == .object else { throw .malformed(path: "", reason: "the record is not a JSON object") }
        if !members.isRecordPlain, let twice = node.firstRepeatedMember {
            throw .malformed(path: twice.repairedName, reason: "is there twice")
        }
        guard let eventName = members.eventName else { throw .malformed(path: "eventName", reason: "is missing") }
        guard eventName.isPlainString || JSONNode(eventName, in: document).text != nil else {
            throw .malformed(path: "eventName", reason: "is not a string")
        }
        guard let change = members.change else { throw .malformed(path: "dynamodb", reason: "is missing") }
        guard change.isObject else { throw .malformed(path: "dynamodb", reason: "is not an object") }
        if !members.isChangePlain, let twice = JSONNode(change, in: document).firstRepeatedMember {
            throw .malformed(path: "dynamodb.\(twice.repairedName)", reason: "is there twice")
        }
        try Self.check(sequenceNumber: members.sequenceNumber, in: document)
        guard let keys = members.keys, !keys.isNull else { throw .malformed(path: "Keys", reason: "are missing") }
        self.keys = keys
        newImage = members.newImage.flatMap { $0.isNull ? nil : $0 }
        oldImage = members.oldImage.flatMap { $0.isNull ? nil : $0 }
        guard keys.isObject else { throw .malformed(path: "Keys", reason: "is not an object") }
        guard newImage?.isObject != false else { throw .malformed(path: "NewImage", reason: "is not an object") }
        guard oldImage?.isObject != false else { throw .malformed(path: "OldImage", reason: "is not an object") }
        guard document.hasMembers(keys) else { throw .malformed(path: "Keys", reason: "are empty") }
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
