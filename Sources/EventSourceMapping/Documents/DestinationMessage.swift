// The message to an on-failure destination: where the discarded records are, and why they were discarded.

public import DynamoDBStreamEvents
internal import JSONScanning

/// The metadata of records that a mapping discarded, as AWS writes it for DynamoDB streams.
///
/// ```swift
/// let mapping = EventSourceMappingConfiguration(
///     maximumRetryAttempts: 1,
///     onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:failed-batches"
/// )
/// let deliveries = try await mapping.deliver(event) { _, _ in .functionError(message: "no") }
/// for message in deliveries.messages { print(message.condition, message.records?.batchSize ?? 0) }
/// ```
///
/// The order of the members is that of AWS. See
/// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
public struct DestinationMessage: Sendable, Hashable {
    /// The request id of the batch that failed, which the function's log has too.
    public let requestID: String
    /// The function's ARN, with the version or alias of the mapping.
    public let functionARN: String
    /// Why the records were discarded.
    public let condition: Condition
    /// The number of attempts at this batch, at least 1.
    public let approximateInvokeCount: Int
    /// The outcome of the last attempt; nil if there was none because the records were too old or the event too large.
    public let response: ResponseContext?
    /// When the message was made.
    public let timestamp: MappingInstant
    /// The shard of the records.
    public let shardID: String
    /// The ARN of the stream.
    public let streamARN: String
    /// The records; nil for a window whose closing failed.
    public let records: RecordRange?
    /// The window of the records, or the window that could not be closed.
    public let window: WindowInvocation?

    /// Why records were discarded.
    public enum Condition: String, Hashable, Sendable {
        /// `MaximumRetryAttempts` was reached.
        case retryAttemptsExhausted = "RetryAttemptsExhausted"
        /// `MaximumRecordAgeInSeconds` was reached.
        case recordAgeExceeded = "RecordAgeExceeded"
    }

    /// The outcome of the last attempt.
    public struct ResponseContext: Sendable, Hashable {
        /// The status of the invocation: 200 for one that ran, whatever its outcome.
        public let statusCode: Int
        /// The version of the function that ran, `$LATEST` for one without versions.
        public let executedVersion: String
        /// `Unhandled`, or nil where the function responded and its response failed the batch.
        public let functionError: String?
    }

    /// The discarded records.
    public struct RecordRange: Sendable, Hashable {
        /// The first record's sequence number.
        public let start: SequenceNumber
        /// The last record's sequence number.
        public let end: SequenceNumber
        /// When the first record was written.
        public let arrivalOfFirst: MappingInstant
        /// When the last record was written.
        public let arrivalOfLast: MappingInstant
        /// The number of discarded records. A filter may have removed others between `start` and `end`.
        public let batchSize: Int
    }

    /// The document: the body that a queue receives, the `Message` of a topic's notification, and without its payload
    /// the object in a bucket.
    ///
    /// - Parameter payload: the event that could not be delivered; it becomes one JSON string. Given for a bucket only.
    public func json(payload: [UInt8]? = nil) -> [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(700 + (payload.map { $0.count + $0.count / 4 } ?? 0))
        json.appendJSON("{\"requestContext\":{\"requestId\":")
        json.appendJSONString(requestID)
        json.appendJSON(",\"functionArn\":")
        json.appendJSONString(functionARN)
        json.appendJSON(",\"condition\":")
        json.appendJSONString(condition.rawValue)
        json.appendJSON(",\"approximateInvokeCount\":")
        json.appendJSONInteger(approximateInvokeCount)
        if let response {
            json.appendJSON("},\"responseContext\":{\"statusCode\":")
            json.appendJSONInteger(response.statusCode)
            json.appendJSON(",\"executedVersion\":")
            json.appendJSONString(response.executedVersion)
            json.appendJSON(",\"functionError\":")
            json.appendJSONString(orNull: response.functionError)
        }
        json.appendJSON("},\"version\":\"1.0\"")
        if let payload {
            json.appendJSON(",\"payload\":")
            json.appendJSONString(String(decoding: payload, as: UTF8.self))
        }
        json.appendJSON(",\"timestamp\":")
        json.appendJSONString(timestamp.description)
        appendBatch(to: &json)
        if let window {
            json.appendJSON(",\"timeWindowInfo\":{\"window\":")
            window.appendSpan(to: &json)
            json.appendJSON(",")
            window.appendFlags(to: &json)
            json.appendJSON("}")
        }
        json.appendJSON("}")
        return json
    }

    private func appendBatch(to json: inout [UInt8]) {
        json.appendJSON(",\"DDBStreamBatchInfo\":{\"shardId\":")
        json.appendJSONString(shardID)
        if let records {
            json.appendJSON(",\"startSequenceNumber\":")
            json.appendJSONString(records.start.description)
            json.appendJSON(",\"endSequenceNumber\":")
            json.appendJSONString(records.end.description)
            json.appendJSON(",\"approximateArrivalOfFirstRecord\":")
            json.appendJSONString(records.arrivalOfFirst.iso8601Seconds)
            json.appendJSON(",\"approximateArrivalOfLastRecord\":")
            json.appendJSONString(records.arrivalOfLast.iso8601Seconds)
            json.appendJSON(",\"batchSize\":")
            json.appendJSONInteger(records.batchSize)
        }
        json.appendJSON(",\"streamArn\":")
        json.appendJSONString(streamARN)
        json.appendJSON("}")
    }
}

extension [UInt8] {
    mutating func appendJSONString(orNull text: String?) {
        if let text { appendJSONString(text) } else { appendJSON("null") }
    }
}
