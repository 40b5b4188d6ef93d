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

    init(of record: JSONNode.Place, in document: JSONDocument) {
        if let found = Self.namesOfRecord.find(in: record, of: document) {
            isRecordPlain = true
            eventName = found.place(1, in: document)
            change = found.place(5, in: document)
        } else {
            isRecordPlain = false
            eventName = document.member(of: record, named: "eventName")
            change = document.member(of: record, named: "dynamodb")
        }
        guard let change else {
            isChangePlain = false
            return
        }
        if let found = Self.namesOfChange.find(in: change, of: document) {
            isChangePlain = true
            keys = found.place(1, in: document)
            newImage = found.place(2, in: document)
            oldImage = found.place(3, in: document)
            sequenceNumber = found.place(4, in: document)
        } else {
            isChangePlain = false
            keys = document.member(of: change, named: "Keys")
            newImage = document.member(of: change, named: "NewImage")
            oldImage = document.member(of: change, named: "OldImage")
            sequenceNumber = document.member(of: change, named: "SequenceNumber")
        }
    }
}
