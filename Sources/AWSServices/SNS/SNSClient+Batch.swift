// Publishing many messages to a topic, ten in a request.

extension SNSClient {
    /// Publishes messages, ten in a request, and retries those that SNS did not accept, until `timeout`.
    ///
    /// Messages of a FIFO topic are published in their order. If one of them fails, later ones of its group may be
    /// accepted.
    ///
    /// - Parameters:
    ///   - messages: any number; each has ``maximumMessageSize`` bytes at most.
    ///   - topicARN: the topic's ARN.
    ///   - allowsDuplicates: whether to publish again after a lost reply without deduplication IDs, which may deliver a
    ///     message twice.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Returns: for each message, in their order, its ID, or why it was not published. A message counts as published
    ///   only when SNS says so.
    public func publish(
        _ messages: [OutgoingMessage],
        to topicARN: String,
        allowsDuplicates: Bool = false,
        timeout: Duration? = nil
    ) async -> [Result<String, AWSError>] {
        let mayBeRepeated = allowsDuplicates || messages.allSatisfy { $0.deduplicationID != nil }
        let batches = MessageBatches(
            call: AWSCall(service: .sns, operation: "PublishBatch", mayBeRepeated: mayBeRepeated),
            maximumSize: Self.maximumMessageSize,
            policy: aws.retryPolicy,
            timeout: timeout ?? aws.timeout
        ) { messages, timeout throws(AWSError) in
            var form: [(String, String)] = [("TopicArn", topicARN)]
            for (index, message) in messages.enumerated() {
                let entry = "PublishBatchRequestEntries.member.\(index + 1)"
                form.append(("\(entry).Id", String(index)))
                form.append(("\(entry).Message", message.body))
                form.append(attributes: message.attributes, prefix: "\(entry).")
                if let groupID = message.groupID { form.append(("\(entry).MessageGroupId", groupID)) }
                if let id = message.deduplicationID { form.append(("\(entry).MessageDeduplicationId", id)) }
            }
            return try await send("PublishBatch", form, timeout, mayBeRepeated: mayBeRepeated) { BatchReply($0) }
        }
        return await batches.results(messages)
    }
}

extension BatchReply {
    /// `<Successful><member><Id>0</Id><MessageId>…</MessageId></member></Successful><Failed><member>…`
    fileprivate init(_ reply: XMLText) {
        self.init()
        for member in reply.all("member") {
            if let id = member["MessageId"] {
                add(.taken(id: id), id: member["Id"])
            } else {
                add(
                    .refused(
                        code: member["Code"] ?? "Unknown",
                        message: member["Message"] ?? "",
                        isSendersFault: member["SenderFault"] == "true"
                    ),
                    id: member["Id"]
                )
            }
        }
    }
}
