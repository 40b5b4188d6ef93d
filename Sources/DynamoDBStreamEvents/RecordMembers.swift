// Where the members of a record stand that nearly everything about it needs, found in one walk when the record is made.

import JSONScanning

/// The places of a record's members; of a name that comes twice, the first one. nil for what is not there.
struct RecordMembers: Sendable {
    let eventName: JSONNode.Place?
    /// The member `dynamodb`; the members below are its own.
    let change: JSONNode.Place?
    private(set) var keys: JSONNode.Place?
    private(set) var newImage: JSONNode.Place?
    private(set) var oldImage: JSONNode.Place?
    private(set) var sequenceNumber: JSONNode.Place?
    /// Whether the walk showed that no name comes twice; otherwise that is still to be looked at.
    let isRecordPlain: Bool
    let isChangePlain: Bool

    /// All that Lambda and the Streams API write, in Lambda's order. Kinesis adds the last two.
    private static let namesOfRecord = JSONNameSet([
        "eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN",
        "userIdentity", "tableName", "recordFormat",
    ])

    private static let namesOfChange = JSONNameSet([
        "ApproximateCreationDateTime", "Keys", "NewImage", "OldImage", "SequenceNumber", "SizeBytes", "StreamViewType",
        "ApproximateCreationDateTimePrecision",
    ])

    init(of record: JSONNode.Place, in document: borrowing JSONDocument) {
        var (eventName, change): (JSONNode.Place?, JSONNode.Place?)
        isRecordPlain = Self.namesOfRecord.find(in: record, of: document) { position, place in
            if position == 1 { eventName = place }
            if position == 5 { change = place }
        }
        if !isRecordPlain {
            eventName = document.member(of: record, named: "eventName")
            change = document.member(of: record, named: "dynamodb")
        }
        (self.eventName, self.change) = (eventName, change)
        var (keys, newImage): (JSONNode.Place?, JSONNode.Place?)
        var (oldImage, sequenceNumber): (JSONNode.Place?, JSONNode.Place?)
        guard let change else {
            isChangePlain = false
            return
        }
        isChangePlain = Self.namesOfChange.find(in: change, of: document) { position, place in
            switch position {
            case 1: keys = place
            case 2: newImage = place
            case 3: oldImage = place
            case 4: sequenceNumber = place
            default: break
            }
        }
        if !isChangePlain {
            keys = document.member(of: change, named: "Keys")
            newImage = document.member(of: change, named: "NewImage")
            oldImage = document.member(of: change, named: "OldImage")
            sequenceNumber = document.member(of: change, named: "SequenceNumber")
        }
        (self.keys, self.newImage, self.oldImage, self.sequenceNumber) = (keys, newImage, oldImage, sequenceNumber)
    }
}
