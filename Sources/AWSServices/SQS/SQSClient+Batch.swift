// Sending many messages to a queue, ten in a request.

internal import JSONScanning

extension SQSClient {
    /// Sends messages, ten in a request, and retries those that SQS did not accept, until `timeout`.
    ///
    /// Messages of a FIFO queue are sent in their order. If one of them fails, later ones of its group may be accepted.
    ///
    /// - Parameters:
    ///   - messages: any number; each has ``maximumMessageSize`` bytes at most.
    ///   - queueURL: the queue's URL.
    ///   - allowsDuplicates: whether to send again after a lost reply without deduplication IDs, which may leave a
    ///     message twice in the queue.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Returns: for each message, in their order, its ID, or why it is not in the queue. A message counts as sent
    ///   only when SQS says so.
    public func sendMessages(
        _ messages: [OutgoingMessage],
        to queueURL: String,
        allowsDuplicates: Bool = false,
        timeout: Duration? = nil
    ) async -> [Result<String, AWSError>] {
        let mayBeRepeated = allowsDuplicates || messages.allSatisfy { $0.deduplicationID != nil }
        let batches = MessageBatches(
            call: AWSCall(service: .sqs, operation: "SendMessageBatch", mayBeRepeated: mayBeRepeated),
            maximumSize: Self.maximumMessageSize,
            policy: aws.retryPolicy,
            timeout: timeout ?? aws.timeout
        ) { messages, timeout throws(AWSError) in
            var json = RequestJSON()
            json.add("QueueUrl", resource: queueURL)
            json.add("Entries", list: messages.enumerated().map { $0.element.entry(id: $0.offset) })
            return try await send("SendMessageBatch", json, timeout, mayBeRepeated: mayBeRepeated) { reply in
                BatchReply(reply)
            }
        }
        return await batches.results(messages)
    }
}

extension OutgoingMessage {
    fileprivate func entry(id: Int) -> [UInt8] {
        var entry = RequestJSON()
        entry.add("Id", String(id))
        entry.add("MessageBody", body)
        entry.add("MessageAttributes", attributes: attributes)
        entry.add("MessageGroupId", groupID)
        entry.add("MessageDeduplicationId", deduplicationID)
        return entry.bytes
    }
}

extension BatchReply {
    fileprivate init(_ reply: JSONNode) {
        self.init()
        func entries(_ list: JSONNode?) -> [JSONNode] { list.map { Array($0.elements) } ?? [] }
        for node in entries(reply["Failed"]) {
            let isSendersFault = node["SenderFault"]?.bool ?? false
            add(
                .refused(
                    code: node.text("Code") ?? "Unknown",
                    message: node.text("Message") ?? "",
                    isSendersFault: isSendersFault
                ),
                id: node.text("Id")
            )
        }
        for node in entries(reply["Successful"]) {
            if let id = node.text("MessageId") { add(.taken(id: id), id: node.text("Id")) }
        }
    }
}
