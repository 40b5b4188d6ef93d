// The calls to DynamoDB Streams: the shards of a stream, and their records.

public import DynamoDBStreamEvents
internal import HTTPTransfers
internal import JSONScanning

/// Amazon DynamoDB Streams, API version 2012-08-10.
///
/// ```swift
/// let streams = DynamoDBStreamsClient()
/// let arn = try await DynamoDBClient().latestStreamARN(ofTable: "orders") ?? ""
/// let stream = try await streams.describeStream(arn)
/// for shard in stream.shards {
///     let iterator = try await streams.shardIterator(.trimHorizon, inShard: shard.id, of: stream.streamARN)
///     print(try await streams.records(at: iterator).event.records.count)
/// }
/// ```
///
/// At most two readers should poll a shard at once, and a mapping to a function is one of them ("DynamoDB Streams and
/// AWS Lambda triggers" in the Amazon DynamoDB Developer Guide).
public struct DynamoDBStreamsClient: Sendable {
    private let aws: AWSClient

    /// Creates a client that sends its requests through `aws`.
    public init(_ aws: AWSClient = .shared) {
        self.aws = aws
    }

    /// Describes a stream, all its shards included.
    public func describeStream(_ streamARN: String, timeout: Duration? = nil) async throws(AWSError)
        -> StreamDescription
    {
        let deadline = ContinuousClock.now.advanced(by: min(timeout ?? aws.timeout, .seconds(86_400)))
        var (description, next) = try await page(of: streamARN, after: nil, before: deadline)
        while let last = next {
            let more = try await page(of: streamARN, after: last, before: deadline)
            description.shards += more.description.shards
            next = more.next
        }
        return description
    }

    private func page(
        of streamARN: String,
        after shardID: String?,
        before deadline: ContinuousClock.Instant
    ) async throws(AWSError) -> (description: StreamDescription, next: String?) {
        var body = RequestJSON()
        body.add("StreamArn", resource: streamARN)
        body.add("ExclusiveStartShardId", shardID)
        let remaining = ContinuousClock.now.duration(to: deadline)
        return try await send("DescribeStream", body, remaining) { reply throws(MalformedReply) in
            guard let node = reply["StreamDescription"] else {
                throw MalformedReply("there is no StreamDescription in it")
            }
            let page = try StreamDescription(node)
            let next = node.text("LastEvaluatedShardId")
            // Such a list would be asked for without end.
            guard next == nil || next != shardID else { throw MalformedReply("the list of shards repeats itself") }
            return (page, next)
        }
    }

    /// Where to begin to read in a shard.
    public enum Start: Sendable, Hashable {
        /// At the oldest record. Records are kept for 24 hours.
        case trimHorizon
        /// After the newest record.
        case latest
        /// At the record with this sequence number, which comes first.
        case at(SequenceNumber)
        /// After the record with this sequence number.
        case after(SequenceNumber)
    }

    /// An iterator, which is valid for 15 minutes.
    ///
    /// - Throws: ``AWSErrorCode/trimmedDataAccess`` for a sequence number older than the trim horizon.
    public func shardIterator(
        _ start: Start,
        inShard shardID: String,
        of streamARN: String,
        timeout: Duration? = nil
    ) async throws(AWSError) -> String {
        var body = RequestJSON()
        body.add("StreamArn", resource: streamARN)
        body.add("ShardId", shardID)
        switch start {
        case .trimHorizon: body.add("ShardIteratorType", "TRIM_HORIZON")
        case .latest: body.add("ShardIteratorType", "LATEST")
        case .at(let number):
            body.add("ShardIteratorType", "AT_SEQUENCE_NUMBER")
            body.add("SequenceNumber", "\(number)")
        case .after(let number):
            body.add("ShardIteratorType", "AFTER_SEQUENCE_NUMBER")
            body.add("SequenceNumber", "\(number)")
        }
        return try await send("GetShardIterator", body, timeout) { reply throws(MalformedReply) in
            guard let iterator = reply.text("ShardIterator") else {
                throw MalformedReply("there is no ShardIterator in it")
            }
            return iterator
        }
    }

    /// Reads on from an iterator.
    ///
    /// - Parameters:
    ///   - iterator: where to read.
    ///   - limit: the most records to read, up to 1,000; DynamoDB's own limit, 1,000 or 1 MB, when nil.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Throws: ``AWSErrorCode/expiredIterator`` for one older than 15 minutes.
    public func records(
        at iterator: String,
        limit: Int? = nil,
        timeout: Duration? = nil
    ) async throws(AWSError) -> StreamPage {
        var body = RequestJSON()
        body.add("ShardIterator", resource: iterator)
        body.add("Limit", limit)
        let call = call("GetRecords", body)
        return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            let next = try response.jsonObject().text("NextShardIterator")
            do throws(StreamEventError) {
                return StreamPage(event: try StreamEvent(response.body), nextIterator: next)
            } catch {
                throw MalformedReply("\(error)")
            }
        }
    }

    private func call(_ operation: String, _ body: RequestJSON) -> AWSCall {
        .json(.dynamoDBStreams, operation, targetPrefix: "DynamoDBStreams_20120810", body: body)
    }

    private func send<Output: Sendable>(
        _ operation: String,
        _ body: RequestJSON,
        _ timeout: Duration?,
        read: (JSONNode) throws(MalformedReply) -> Output
    ) async throws(AWSError) -> Output {
        try await aws.send(call(operation, body), timeout: timeout) { response throws(MalformedReply) in
            try read(response.jsonObject())
        }
    }
}

/// The result of one GetRecords. Pages without records and with a next iterator are common: continue from it.
///
/// ```swift
/// func read(_ shard: StreamShard, of stream: StreamDescription) async throws {
///     let streams = DynamoDBStreamsClient()
///     var iterator: String? = try await streams.shardIterator(.trimHorizon, inShard: shard.id, of: stream.streamARN)
///     while let current = iterator {
///         let page = try await streams.records(at: current)
///         for record in page.event.records { print(record.keys?["id"]?.string ?? "no ID") }
///         if page.event.records.isEmpty { try await Task.sleep(for: .milliseconds(250)) }
///         iterator = page.nextIterator
///     }
/// }
/// ```
public struct StreamPage: Sendable {
    /// The records, unchanged; `event.bytes` is the whole reply. They lack the `eventSourceARN` that Lambda adds.
    public let event: StreamEvent
    /// Where the next page begins; nil at the end of a closed shard.
    public let nextIterator: String?
}
