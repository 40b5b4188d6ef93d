// Events of SQS queues and Kinesis streams for tests, made in code.

internal import DynamoDBStreamEvents
internal import JSONScanning
public import LambdaStreams

extension SQSEvent {
    /// Builds an event of a queue, message by message.
    ///
    /// ```swift
    /// let event = try SQSEvent.Builder(queue: "orders.fifo")
    ///     .message(#"{"id":"o-1"}"#, group: "c-1")
    ///     .message(#"{"id":"o-2"}"#, attributes: ["kind": "new"])
    ///     .build()
    /// ```
    public struct Builder: Sendable {
        private let queue: String
        private var messages: [[UInt8]] = []

        /// - Parameter queue: the queue's name; that of a FIFO queue ends in `.fifo`.
        public init(queue: String = "queue-under-test") {
            self.queue = queue
        }

        /// The same event with one more message.
        ///
        /// - Parameters:
        ///   - body: the message's body.
        ///   - id: by default `message-1` and so on.
        ///   - group: the message group, which orders the messages of a FIFO queue.
        ///   - receiveCount: how often the message was received, this time included.
        ///   - attributes: the sender's attributes, all of the type `String`.
        public func message(
            _ body: String,
            id: String? = nil,
            group: String? = nil,
            receiveCount: Int = 1,
            attributes: [String: String] = [:]
        ) -> Builder {
            let id = id ?? "message-\(messages.count + 1)"
            var json: [UInt8] = []
            json.appendJSON("{")
            json.appendMember("messageId", id)
            json.appendMember("receiptHandle", "receipt-of-\(id)", first: false)
            json.appendMember("body", body, first: false)
            json.appendJSON(",\"attributes\":{")
            json.appendMember("ApproximateReceiveCount", "\(receiveCount)")
            json.appendMember("SentTimestamp", "1789651658000", first: false)
            json.appendMember("ApproximateFirstReceiveTimestamp", "1789651658001", first: false)
            if let group { json.appendMember("MessageGroupId", group, first: false) }
            json.appendJSON("},\"messageAttributes\":{")
            for (position, attribute) in attributes.sorted(by: { $0.key < $1.key }).enumerated() {
                if position > 0 { json.appendJSON(",") }
                json.appendJSONString(attribute.key)
                json.appendJSON(":{")
                json.appendMember("stringValue", attribute.value)
                json.appendMember("dataType", "String", first: false)
                json.appendJSON("}")
            }
            json.appendJSON("},")
            json.appendMember("eventSource", "aws:sqs")
            json.appendMember("eventSourceARN", "arn:aws:sqs:us-east-1:123456789012:\(queue)", first: false)
            json.appendMember("awsRegion", "us-east-1", first: false)
            json.appendJSON("}")
            var builder = self
            builder.messages.append(json)
            return builder
        }

        /// - Throws: `BatchEventError`, which an event of this builder never does.
        public func build() throws -> SQSEvent {
            try SQSEvent(payload: payload)
        }

        /// The event's bytes, as Lambda sends them.
        public var payload: [UInt8] { event(of: messages) }
    }
}

extension KinesisEvent {
    /// Builds an event of a Kinesis data stream, record by record.
    ///
    /// ```swift
    /// let event = try KinesisEvent.Builder(stream: "orders")
    ///     .record(#"{"id":"o-1"}"#, partitionKey: "c-1")
    ///     .record([0, 255], partitionKey: "c-2")
    ///     .build()
    /// ```
    public struct Builder: Sendable {
        private let stream: String
        private var records: [[UInt8]] = []

        /// - Parameter stream: the stream's name.
        public init(stream: String = "stream-under-test") {
            self.stream = stream
        }

        /// The same event with one more record.
        ///
        /// - Parameters:
        ///   - data: the record's data, not encoded.
        ///   - partitionKey: records of one key keep their order.
        public func record(_ data: [UInt8], partitionKey: String = "partition-1") -> Builder {
            let number = "49590338271490256608559692538361571095921575989136\(588_000 + records.count)"
            var json: [UInt8] = []
            json.appendJSON("{\"kinesis\":{")
            json.appendMember("kinesisSchemaVersion", "1.0")
            json.appendMember("partitionKey", partitionKey, first: false)
            json.appendMember("sequenceNumber", number, first: false)
            json.appendJSON(",\"data\":")
            json.append(contentsOf: data.base64Text)
            json.appendJSON(",\"approximateArrivalTimestamp\":1789651658.5},")
            json.appendMember("eventSource", "aws:kinesis")
            json.appendMember("eventVersion", "1.0", first: false)
            json.appendMember("eventID", "shardId-000000000000:\(number)", first: false)
            json.appendMember("eventName", "aws:kinesis:record", first: false)
            json.appendMember("awsRegion", "us-east-1", first: false)
            json.appendMember("eventSourceARN", "arn:aws:kinesis:us-east-1:123456789012:stream/\(stream)", first: false)
            json.appendJSON("}")
            var builder = self
            builder.records.append(json)
            return builder
        }

        /// The same event with one more record of text.
        public func record(_ text: String, partitionKey: String = "partition-1") -> Builder {
            record(Array(text.utf8), partitionKey: partitionKey)
        }

        /// - Throws: `BatchEventError`, which an event of this builder never does.
        public func build() throws -> KinesisEvent {
            try KinesisEvent(payload: payload)
        }

        /// The event's bytes, as Lambda sends them.
        public var payload: [UInt8] { event(of: records) }
    }
}

private func event(of records: [[UInt8]]) -> [UInt8] {
    Array("{\"Records\":[".utf8) + records.joined(separator: [UInt8(ascii: ",")]) + Array("]}".utf8)
}

extension [UInt8] {
    fileprivate mutating func appendMember(_ name: String, _ value: String, first: Bool = true) {
        if !first { appendJSON(",") }
        appendJSONString(name)
        appendJSON(":")
        appendJSONString(value)
    }

    /// In quotes.
    fileprivate var base64Text: [UInt8] {
        var text: [UInt8] = []
        text.appendBase64(self)
        return text
    }
}
