// What DynamoDB says about a table.

public import DynamoDBStreamEvents
internal import JSONScanning

extension DynamoDBClient {
    /// Describes a table: its keys, its size and its stream.
    public func describeTable(_ table: String, timeout: Duration? = nil) async throws(AWSError) -> TableDescription {
        var body = RequestJSON()
        body.add("TableName", resource: table)
        return try await send("DescribeTable", body, timeout) { reply throws(MalformedReply) in
            guard let node = reply["Table"], let description = TableDescription(node) else {
                throw MalformedReply("there is no Table with a KeySchema in it")
            }
            return description
        }
    }
}

/// A table and its stream.
///
/// ```swift
/// let table = try await DynamoDBClient().describeTable("orders")
/// print(table.keyNames, table.latestStreamARN ?? "no stream")
/// ```
public struct TableDescription: Sendable, Hashable {
    /// The table's name, without its ARN.
    public let name: String
    /// The table's ARN.
    public let arn: String?
    /// `ACTIVE`, `CREATING`, `UPDATING`, `DELETING`, …
    public let status: String
    /// The key attributes, the partition key first.
    public let keyNames: [String]
    /// The approximate number of items, which DynamoDB updates about every six hours.
    public let itemCount: Int
    /// The approximate size of the items in bytes.
    public let sizeBytes: Int
    /// The stream that was enabled last, which may be disabled now; nil if there was none.
    public let latestStreamARN: String?
    /// Whether a stream is turned on.
    public let streamIsEnabled: Bool
    /// What the stream's records have of an item; nil without a stream.
    public let streamViewType: StreamViewType?
    /// The provisioned read units for each second; nil for an on-demand table.
    public let provisionedReadUnits: Int?

    init?(_ node: JSONNode) {
        guard let name = node.text("TableName"), let schema = node["KeySchema"], schema.kind == .array else {
            return nil
        }
        let keys = schema.elements.map { ($0.text("AttributeName"), $0.text("KeyType")) }
        let ordered = keys.filter { $0.1 == "HASH" } + keys.filter { $0.1 != "HASH" }
        keyNames = ordered.compactMap(\.0)
        guard keyNames.count == keys.count, !keyNames.isEmpty else { return nil }
        self.name = name
        arn = node.text("TableArn")
        status = node.text("TableStatus") ?? ""
        itemCount = node.count("ItemCount") ?? 0
        sizeBytes = node.count("TableSizeBytes") ?? 0
        latestStreamARN = node.text("LatestStreamArn")
        let stream = node["StreamSpecification"]
        streamIsEnabled = stream?["StreamEnabled"]?.bool ?? false
        streamViewType = stream?.text("StreamViewType").map { StreamViewType($0) }
        let units = node["ProvisionedThroughput"]?.count("ReadCapacityUnits") ?? 0
        provisionedReadUnits = units > 0 ? units : nil
    }
}

extension JSONNode {
    /// A number that is not negative, exactly.
    func count(_ name: StaticString) -> Int? {
        self[name]?.numberText.flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
    }

    /// A number of seconds or of units; nil for any other kind.
    var double: Double? { numberText.flatMap { Double($0) } }
}
