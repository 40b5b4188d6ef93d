// The description of a stream.

public import DynamoDBStreamEvents
internal import JSONScanning

/// A stream and its shards.
///
/// ```swift
/// let streamARN = try await DynamoDBClient().latestStreamARN(ofTable: "orders") ?? ""
/// let stream = try await DynamoDBStreamsClient().describeStream(streamARN)
/// let open = stream.shards.filter { $0.endingSequenceNumber == nil }
/// print("\(stream.status): \(open.count) of \(stream.shards.count) shards are open")
/// ```
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

    init(_ node: JSONNode) throws(MalformedReply) {
        guard let arn = node.text("StreamArn") else { throw MalformedReply("there is no StreamArn in it") }
        streamARN = arn
        tableName = node.text("TableName")
        status = node.text("StreamStatus") ?? ""
        viewType = node.text("StreamViewType").map { StreamViewType($0) }
        shards = try node.all("Shards", StreamShard.init)
    }
}

/// A part of a stream, in the order of its sequence numbers.
///
/// ```swift
/// let streamARN = try await DynamoDBClient().latestStreamARN(ofTable: "orders") ?? ""
/// let shards = try await DynamoDBStreamsClient().describeStream(streamARN).shards
/// let ids = Set(shards.map(\.id))
/// // Those whose parent is gone, or that never had one, can be read at once.
/// let first = shards.filter { shard in shard.parentID.map { !ids.contains($0) } ?? true }
/// ```
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
        let starting = range?.text("StartingSequenceNumber")
        let ending = range?.text("EndingSequenceNumber")
        startingSequenceNumber = starting.flatMap { SequenceNumber($0) }
        endingSequenceNumber = ending.flatMap { SequenceNumber($0) }
        // A number that cannot be read is not the same as none, which says that the shard is open.
        guard (starting == nil) == (startingSequenceNumber == nil), (ending == nil) == (endingSequenceNumber == nil)
        else {
            return nil
        }
    }
}
