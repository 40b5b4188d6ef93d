// Dead letters made by a processor that refuses its records, and what is read back from where they went.

import Foundation
import LambdaStreamsAWS
import Moto
import Testing

/// The text of a record of the stream of the table `orders`.
///
/// - Parameter text: in its image; JSON text without its quotes.
func orderRecord(_ text: String, number: Int = 0) -> String {
    """
    {"eventID":"c4ca4238a0b923820dcc509a6f75\(8490 + number)","eventName":"INSERT","eventVersion":"1.1",\
    "eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1789651658,\
    "Keys":{"id":{"S":"o-\(number)"}},"NewImage":{"id":{"S":"o-\(number)"},"text":{"S":"\(text)"}},\
    "SequenceNumber":"44215845000000000174504\(39091 + number)","SizeBytes":59,\
    "StreamViewType":"NEW_AND_OLD_IMAGES"},\
    "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-09-17T12:49:54.528"}
    """
}

struct Refused: Error, CustomStringConvertible {
    var description = "the order was refused"
}

struct NotDeadLettered: Error {}

/// Has a function refuse records, all at the same time.
///
/// - Returns: the records as the event has them.
/// - Throws: `NotDeadLettered` when one of them was reported as failed.
@discardableResult
func deadLetter(
    _ records: [String],
    to sink: some DeadLetterSink,
    error: any Error = Refused(),
    remaining: Duration = .seconds(120)
) async throws -> [[UInt8]] {
    let event = try StreamEvent(Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8))
    let processor = BatchProcessor(order: .perKey(maxConcurrency: 100)) { (_: StreamRecord, _: RecordContext) in
        throw error
    }
    .deadLettered(after: 1, to: sink)
    let context = LambdaContext(
        requestID: UUID().uuidString.lowercased(),
        deadline: LambdaClock.now.advanced(by: remaining),
        logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
    )
    let response = try await processor.process(event, context: context)
    if !response.batchItemFailures.isEmpty { throw NotDeadLettered() }
    return event.records.map(\.json)
}

/// Hands on to a sink and keeps what it throws.
actor KeepingErrors: DeadLetterSink {
    private let sink: any DeadLetterSink
    private(set) var errors: [any Error] = []

    init(_ sink: any DeadLetterSink) { self.sink = sink }

    func accept(_ letter: DeadLetter) async throws {
        do {
            try await sink.accept(letter)
        } catch {
            errors.append(error)
            throw error
        }
    }
}

/// A dead letter as a reader finds it.
struct StoredLetter {
    let json: [UInt8]
    let members: [String: Any]

    init(_ json: some Sequence<UInt8>) throws {
        self.json = Array(json)
        members = try #require(try JSONSerialization.jsonObject(with: Data(self.json)) as? [String: Any])
    }

    init(_ text: String) throws { try self.init(text.utf8) }

    /// Where the complete letter is, if this is a pointer.
    var location: DeadLetterLocation? {
        guard let location = members["recordLocation"] as? [String: String],
            let bucket = location["bucket"], let key = location["key"]
        else { return nil }
        return DeadLetterLocation(bucket: bucket, key: key)
    }

    /// The record's bytes: what stands behind the last member's name.
    var record: [UInt8]? {
        let text = String(decoding: json, as: UTF8.self)
        guard members["record"] != nil, let range = text.range(of: #"},"record":"#) else { return nil }
        return Array(text[range.upperBound...].utf8.dropLast())
    }
}

extension Moto {
    /// A queue with a name of its own.
    func queue(fifo: Bool = false) async throws -> (url: String, name: String) {
        let name = "dead-letters-\(UUID().uuidString)" + (fifo ? ".fifo" : "")
        guard fifo else { return (try await createQueue(name), name) }
        let reply = try await call(
            service: "sqs",
            target: "AmazonSQS.CreateQueue",
            body: #"{"QueueName":"\#(name)","Attributes":{"FifoQueue":"true"}}"#
        )
        let object = try JSONSerialization.jsonObject(with: Data(reply.utf8)) as? [String: Any]
        return (try #require(object?["QueueUrl"] as? String), name)
    }

    func bucket() async throws -> String {
        let name = "dead-letters-\(UUID().uuidString.lowercased())"
        try await createBucket(name)
        return name
    }

    /// Every message of a queue.
    func messages(in url: String) async throws -> [ReceivedMessage] {
        let sqs = SQSClient(client())
        var all: [ReceivedMessage] = []
        while true {
            let messages = try await sqs.receiveMessages(from: url)
            guard !messages.isEmpty else { return all }
            all += messages
            for message in messages { try await sqs.deleteMessage(message.receiptHandle, from: url) }
        }
    }
}
