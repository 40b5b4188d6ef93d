// The calls to DynamoDB that read and write one item, or several at once.

public import DynamoDBStreamEvents
internal import HTTPTransfers
internal import JSONScanning
internal import SharedState

/// Amazon DynamoDB, API version 2012-08-10.
///
/// Items in results are views of the reply: an attribute is decoded when it is first read. Every call throws an
/// ``AWSError``, and takes at most `timeout`, or the client's own, its retries included.
///
/// ```swift
/// let dynamoDB = DynamoDBClient()
/// let item = try await dynamoDB.getItem(["id": "o-1"], from: "orders")
/// let total = item?["total"]?.number
/// ```
public struct DynamoDBClient: Sendable {
    let aws: AWSClient

    /// Creates a client that sends its requests through `aws`.
    public init(_ aws: AWSClient = .shared) {
        self.aws = aws
    }

    /// Puts an item.
    ///
    /// A repetition is harmless to the table: it puts the same item.
    ///
    /// - Parameters:
    ///   - put: the item, its table and its condition.
    ///   - returnsOldItem: whether to give back what was there before.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Returns: the item that was there before, if there was one and it was asked for.
    /// - Throws: `.conditionalCheckFailed` among others. After a lost reply the item may have been put, and a retry of
    ///   a conditional put may then fail on it: compare the item that comes with the error.
    @discardableResult
    public func putItem(
        _ put: PutItem,
        returnsOldItem: Bool = false,
        timeout: Duration? = nil
    ) async throws(AWSError) -> Item? {
        var body = put.json
        if returnsOldItem { body.add("ReturnValues", ReturnValues.allOld.rawValue) }
        return try await send("PutItem", body, timeout) { $0.item("Attributes") }
    }

    /// Reads an item.
    ///
    /// - Parameters:
    ///   - key: the item's primary key.
    ///   - table: the table's name.
    ///   - consistently: whether the read is strongly consistent, at twice the cost.
    ///   - projection: the attributes to read, as a projection expression; all when nil.
    ///   - names: what the `#names` of the projection stand for.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Returns: the item; nil if it does not exist.
    public func getItem(
        _ key: Item,
        from table: String,
        consistently: Bool = false,
        projection: String? = nil,
        names: [String: String] = [:],
        timeout: Duration? = nil
    ) async throws(AWSError) -> Item? {
        var body = RequestJSON()
        body.add("TableName", resource: table)
        body.add("Key", json: key.json)
        body.add("ConsistentRead", true: consistently)
        body.add("ProjectionExpression", projection)
        body.add("ExpressionAttributeNames", names: names)
        return try await send("GetItem", body, timeout) { $0.item("Item") }
    }

    /// Updates an item.
    ///
    /// A repetition is harmless unless the update counts or appends. See ``UpdateItem/mayBeRepeated``.
    ///
    /// - Returns: the attributes that `returning` asks for, if there are any.
    /// - Throws: ``AWSError``. When ``AWSError/mayHaveTakenEffect`` is true, an update that must not be repeated was
    ///   sent once, and may have been carried out.
    @discardableResult
    public func updateItem(
        _ update: UpdateItem,
        returning: ReturnValues = .none,
        timeout: Duration? = nil
    ) async throws(AWSError) -> Item? {
        var body = update.json
        if returning != .none { body.add("ReturnValues", returning.rawValue) }
        return try await send("UpdateItem", body, timeout, mayBeRepeated: update.isRepeatable) { $0.item("Attributes") }
    }

    /// Deletes an item. An item that does not exist is not an error.
    ///
    /// A repetition is harmless to the table.
    ///
    /// - Returns: the item as it was, if there was one and it was asked for. After a lost reply, the repetition finds
    ///   none.
    @discardableResult
    public func deleteItem(
        _ delete: DeleteItem,
        returnsOldItem: Bool = false,
        timeout: Duration? = nil
    ) async throws(AWSError) -> Item? {
        var body = delete.json
        if returnsOldItem { body.add("ReturnValues", ReturnValues.allOld.rawValue) }
        return try await send("DeleteItem", body, timeout) { $0.item("Attributes") }
    }

    /// Carries out all actions, or none of them.
    ///
    /// - Parameters:
    ///   - writes: 1 to 100 actions, no two on the same item.
    ///   - requestToken: up to 36 characters; a random one for each call when nil, as in AWS's SDKs. DynamoDB carries
    ///     out a token's transaction once within ten minutes, so that a repetition after a lost reply is harmless. The
    ///     call's attempts all begin within that time, whatever `timeout` allows.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Throws: `.transactionCanceled` with a reason for each action, among others.
    public func transactWriteItems(
        _ writes: [TransactWrite],
        requestToken: String? = nil,
        timeout: Duration? = nil
    ) async throws(AWSError) {
        var body = RequestJSON()
        body.add("TransactItems", list: writes.map(\.json.bytes))
        body.add("ClientRequestToken", requestToken ?? RandomText.uuid())
        let limit = min(timeout ?? aws.timeout, Self.lifetimeOfRequestTokens)
        try await send("TransactWriteItems", body, limit) { _ in }
    }

    /// Less than the ten minutes for which DynamoDB keeps a token.
    private static let lifetimeOfRequestTokens = Duration.seconds(9 * 60)

    /// The ARN of the stream of a table; nil when it has none.
    public func latestStreamARN(ofTable table: String, timeout: Duration? = nil) async throws(AWSError) -> String? {
        var body = RequestJSON()
        body.add("TableName", resource: table)
        return try await send("DescribeTable", body, timeout) { $0["Table"]?.text("LatestStreamArn") }
    }

    func send<Output: Sendable>(
        _ operation: String,
        _ body: RequestJSON,
        _ timeout: Duration?,
        mayBeRepeated: Bool = true,
        read: (JSONNode) throws(MalformedReply) -> Output
    ) async throws(AWSError) -> Output {
        var call = AWSCall.json(.dynamoDB, operation, targetPrefix: "DynamoDB_20120810", body: body)
        call.mayBeRepeated = mayBeRepeated
        return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            try read(response.jsonObject())
        }
    }
}

extension HTTPResponse {
    /// The body as a JSON object.
    func jsonObject() throws(MalformedReply) -> JSONNode {
        do throws(JSONError) {
            let root = try JSONDocument(body, limits: JSONLimits(maximumDepth: 512)).root
            guard root.kind == .object else { throw JSONError.malformed(offset: 0, expected: .value) }
            return root
        } catch {
            throw MalformedReply("\(error)")
        }
    }
}

extension JSONNode {
    /// The member of that name as an item; nil when there is none.
    func item(_ name: StaticString) -> Item? { self[name].flatMap(Item.init(view:)) }
}
