// The forms in which a discarded batch reaches a queue, a topic's subscribers and a bucket.

internal import JSONScanning

extension DestinationDelivery {
    /// The body of the message that an SQS queue receives.
    public var queueMessage: [UInt8] { message.json() }

    /// What an HTTP or SQS subscriber of the topic receives: the document as a string in `Message`. A real
    /// notification has a signature and a link to unsubscribe besides, which only SNS can make.
    ///
    /// - Parameter messageID: a UUID; the request id of the batch serves.
    public func topicNotification(messageID: String) -> [UInt8] {
        var json: [UInt8] = []
        json.appendJSON("{\"Type\":\"Notification\",\"MessageId\":")
        json.appendJSONString(messageID)
        json.appendJSON(",\"TopicArn\":")
        json.appendJSONString(destination)
        json.appendJSON(",\"Message\":")
        json.appendJSONString(String(decoding: message.json(), as: UTF8.self))
        json.appendJSON(",\"Timestamp\":")
        json.appendJSONString(message.timestamp.description)
        json.appendJSON("}")
        return json
    }

    /// The body of the object in an S3 bucket, with the whole event in it.
    ///
    /// - Parameter event: what `MappingSimulation.event(of:)` gives for this delivery.
    public func object(event: [UInt8]) -> [UInt8] { message.json(payload: event) }

    /// The object's key: `aws/lambda/<mapping>/<shard>/2026/01/01/2026-01-01T00.00.00-<UUID>`. Its content type is
    /// `application/octet-stream`.
    ///
    /// - Parameters:
    ///   - mappingUUID: ``MappingSimulation/mappingUUID``.
    ///   - objectUUID: any UUID; the request id of the batch serves.
    public func objectKey(mappingUUID: String, objectUUID: String) -> String {
        let time = message.timestamp.iso8601Seconds.dropLast()
        let date = time.prefix(10)
        let folder = date.replacingHyphens(by: "/")
        return "aws/lambda/\(mappingUUID)/\(shardID)/\(folder)/\(time.replacingColons(by: "."))-\(objectUUID)"
    }
}

extension Substring {
    fileprivate func replacingHyphens(by other: Character) -> String { String(map { $0 == "-" ? other : $0 }) }
    fileprivate func replacingColons(by other: Character) -> String { String(map { $0 == ":" ? other : $0 }) }
}
