// Reading a whole table, a page at a time.

public import DynamoDBStreamEvents
internal import JSONScanning

extension DynamoDBClient {
    /// Reads one page of a table: up to 1 MB of it, or as many items as ``Scan/limit`` says.
    ///
    /// A repetition is harmless and consumes its read units again.
    public func scan(_ scan: Scan, timeout: Duration? = nil) async throws(AWSError) -> ScanPage {
        var call = AWSCall.json(.dynamoDB, "Scan", targetPrefix: "DynamoDB_20120810", body: scan.json)
        // A page of 1 MB is several MB as JSON.
        call.attemptTimeout = .seconds(30)
        return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            let reply = try response.jsonObject()
            guard reply["Items"]?.kind == .array else {
                throw MalformedReply("there are no Items in it")
            }
            let last = reply["LastEvaluatedKey"]
            guard last == nil || last?.kind == .object else {
                throw MalformedReply("its LastEvaluatedKey is not a key")
            }
            return ScanPage(
                items: try reply.all("Items", Item.init(view:)),
                lastEvaluatedKey: last.map(Item.init(viewOf:)),
                consumedCapacity: reply["ConsumedCapacity"]?["CapacityUnits"]?.double
            )
        }
    }
}

/// One page of a table, or of one of the segments in which it is read in parallel.
///
/// ```swift
/// let table = DynamoDBClient()
/// var scan = Scan("orders")
/// repeat {
///     let page = try await table.scan(scan)
///     for item in page.items { print(item["id"]?.string ?? "no ID") }
///     scan.exclusiveStartKey = page.lastEvaluatedKey
/// } while scan.exclusiveStartKey != nil
/// ```
public struct Scan: Sendable, Hashable {
    /// The table's name or ARN.
    public var table: String
    /// Which of the segments, from 0.
    public var segment: Int
    /// 1 to 1,000,000.
    public var segmentCount: Int
    /// The page begins after this key, the `LastEvaluatedKey` of the previous page.
    public var exclusiveStartKey: Item?
    /// The most items of a page; nil for as many as are in 1 MB.
    public var limit: Int?
    /// Whether the read is strongly consistent, at twice the cost.
    public var consistently: Bool

    /// Creates the request for one page of a table or of one segment of it.
    public init(
        _ table: String,
        segment: Int = 0,
        of segmentCount: Int = 1,
        after exclusiveStartKey: Item? = nil,
        limit: Int? = nil,
        consistently: Bool = false
    ) {
        self.table = table
        self.segment = segment
        self.segmentCount = segmentCount
        self.exclusiveStartKey = exclusiveStartKey
        self.limit = limit
        self.consistently = consistently
    }

    var json: RequestJSON {
        var json = RequestJSON()
        json.add("TableName", resource: table)
        if segmentCount > 1 {
            json.add("Segment", segment)
            json.add("TotalSegments", segmentCount)
        }
        if let exclusiveStartKey { json.add("ExclusiveStartKey", json: exclusiveStartKey.json) }
        json.add("Limit", limit)
        json.add("ConsistentRead", true: consistently)
        json.add("ReturnConsumedCapacity", "TOTAL")
        return json
    }
}

/// The result of one Scan. A page can have no items and a last key: continue from it.
///
/// ```swift
/// var scan = Scan("orders", consistently: true)
/// var readUnits = 0.0
/// repeat {
///     let page = try await DynamoDBClient().scan(scan)
///     readUnits += page.consumedCapacity ?? 0
///     scan.exclusiveStartKey = page.lastEvaluatedKey
/// } while scan.exclusiveStartKey != nil
/// ```
public struct ScanPage: Sendable {
    /// Views of the reply, in no particular order.
    public let items: [Item]
    /// Where the next page begins; nil at the end of the segment.
    public let lastEvaluatedKey: Item?
    /// Read units; nil where the service does not say.
    public let consumedCapacity: Double?
}
