// A record of a case: a few of its members, from which the whole of it is made.

public import EventSourceMapping
import JSONScanning

public struct CaseRecord: Sendable {
    public let shardID: String
    public let parentID: String?
    public let sequenceNumber: String
    /// The item's key, whose one attribute is `id`.
    public let key: String
    public let arrival: MappingInstant
    /// The record as the Streams API has it.
    public let json: [UInt8]

    init(_ node: JSONNode) throws {
        try node.checkMembers(["seq", "key", "at", "name", "image", "shard", "parent", "userIdentity"])
        shardID = node["shard"]?.text ?? MappingSimulation.defaultShardID
        parentID = node["parent"]?.text
        sequenceNumber = try node.required("seq").text
        key = node["key"]?.text ?? "a"
        let time = node["at"]?.number ?? 0
        arrival = MappingCase.epoch + .milliseconds(Int64(time * 1_000))
        let seconds = Double(MappingCase.epoch.milliseconds / 1_000) + time
        let spelled = seconds == seconds.rounded() ? String(Int64(seconds)) : "\(seconds)"
        var json: [UInt8] = []
        json.appendJSON("{\"eventID\":")
        json.appendJSONString(String(repeating: "0", count: max(0, 32 - sequenceNumber.count)) + sequenceNumber)
        json.appendJSON(",\"eventName\":")
        json.appendJSONString(node["name"]?.text ?? "INSERT")
        json.appendJSON(",\"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\",\"awsRegion\":\"us-east-1\"")
        json.appendJSON(",\"dynamodb\":{\"ApproximateCreationDateTime\":")
        json.append(contentsOf: spelled.utf8)
        json.appendJSON(",\"Keys\":{\"id\":{\"S\":")
        json.appendJSONString(key)
        json.appendJSON("}},\"NewImage\":")
        json.append(contentsOf: node["image"].map { Array($0.jsonText) } ?? Array("{\"id\":{\"S\":\"\(key)\"}}".utf8))
        json.appendJSON(",\"SequenceNumber\":")
        json.appendJSONString(sequenceNumber)
        json.appendJSON(",\"SizeBytes\":26,\"StreamViewType\":\"NEW_AND_OLD_IMAGES\"}")
        if let identity = node["userIdentity"] {
            json.appendJSON(",\"userIdentity\":")
            json.append(contentsOf: identity.jsonText)
        }
        json.appendJSON("}")
        self.json = json
    }
}
