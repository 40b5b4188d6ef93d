// The calls to SQS about queues: the URL and the attributes of one.

internal import JSONScanning

extension SQSClient {
    /// The URL of a queue.
    ///
    /// - Parameters:
    ///   - name: the name of a queue of this account and region, or any queue's ARN.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Throws: the code `QueueDoesNotExist` when there is none of that name.
    public func queueURL(named name: String, timeout: Duration? = nil) async throws(AWSError) -> String {
        var json = RequestJSON()
        if let parts = name.partsOfARN {
            json.add("QueueName", String(parts[5]))
            json.add("QueueOwnerAWSAccountId", String(parts[4]))
            json.resource = name
        } else {
            json.add("QueueName", name)
        }
        return try await send("GetQueueUrl", json, timeout) { reply throws(MalformedReply) in
            guard let url = reply.text("QueueUrl") else { throw MalformedReply("there is no QueueUrl in it") }
            return url
        }
    }

    /// Attributes of a queue by their names: `VisibilityTimeout`, `ApproximateNumberOfMessages` and the like.
    public func attributes(of queueURL: String, timeout: Duration? = nil) async throws(AWSError) -> [String: String] {
        var json = RequestJSON()
        json.add("QueueUrl", resource: queueURL)
        json.add("AttributeNames", list: [Array(#""All""#.utf8)])
        return try await send("GetQueueAttributes", json, timeout) { reply in
            Dictionary(
                reply["Attributes"]?.members.compactMap { member in
                    member.value.kind == .string
                        ? ((try? member.value.string()) ?? nil).map { (member.repairedName, $0) } : nil
                } ?? [],
                uniquingKeysWith: { first, _ in first }
            )
        }
    }
}
