// The description of a stream.

public import DynamoDBStreamEvents
internal import JSONScanning

/// A stream and its shards.
public struct StreamDescription: Sendable, Hashable {
    /// The stream's ARN, which ends in the time at which it was turned on.
    public let streamARN: String
    /// The name of the stream's table.
    public let tableName: String?
    /// `ENABLING`, `ENABLED`, `DISABLING` or `DISABLED`; a disabled stream can still be read.
    public let status: String
    /// What the stream's records have of an item.
    public let viewType: StreamViewType?
    /// The stream's shards, open and closed, in the order in which the service lists them.
    public internal(set) var shards: [StreamShard]

    init?(_ node: JSONNode) {
        guard let arn = node.text("StreamArn") else { return nil }
        streamARN = arn
        tableName = node.text("TableName")
        status = node.text("StreamStatus") ?? ""
        viewType = node.text("StreamViewType").map { StreamViewType($0) }
        shards = node["Shards"]?.elements.compactMap(StreamShard.init) ?? []
    }
}

/// A part of a stream, in the order of its sequence numbers.
public struct StreamShard: Sendable, Hashable {
    public let id: String
    /// The shard that this one continues. Read it to its end first.
    public let parentID: String?
    /// The number at which the shard begins. Its first record may have a higher one.
    public let startingSequenceNumber: SequenceNumber?
    /// nil while the shard is open.
    public let endingSequenceNumber: SequenceNumber?

    init?(_ node: JSONNode) {
        guard let id = node.text("ShardId") else { return nil }
        self.id = id
        parentID = node.text("ParentShardId")
        let range = node["SequenceNumberRange"]
        startingSequenceNumber = range?.text("StartingSequenceNumber").flatMap { SequenceNumber($0) }
        endingSequenceNumber = range?.text("EndingSequenceNumber").flatMap { SequenceNumber($0) }
    }
}
