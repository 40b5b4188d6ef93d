// What a destination is told, to the byte.

import DynamoDBStreamEvents
import EventSourceMapping
import JSONScanning
import Testing

@Suite("Destination messages")
struct DestinationMessageTests {
    private func delivery(
        to destination: String,
        window: Int = 0,
        functionName: String = "f",
        outcome: InvocationOutcome = .functionError(message: "no")
    ) throws -> (delivery: DestinationDelivery, event: [UInt8], mapping: MappingSimulation) {
        let configuration = EventSourceMappingConfiguration(
            functionName: functionName,
            maximumRetryAttempts: 0,
            functionResponseTypes: [.reportBatchItemFailures],
            tumblingWindowInSeconds: window,
            onFailureDestination: destination
        )
        var identity = MappingIdentity(of: configuration)
        identity.mappingUUID = "11111111-2222-4333-8444-555555555555"
        var mapping = try MappingSimulation(configuration, identity: identity, seed: 1)
        try mapping.add(event(1...2), to: "shardId-0")
        mapping.endInput()
        while true {
            switch mapping.next() {
            case .invoke(let invocation):
                let isFailing = window == 0 || invocation.window?.isFinalInvokeForWindow == true
                mapping.finish(invocation.id, with: isFailing ? outcome : .response(#"{"state":{"n":2}}"#))
            case .send(let delivery): return (delivery, mapping.event(of: delivery) ?? [], mapping)
            case .wait(let moment): mapping.advance(to: moment)
            case .log: break
            case .idle, .finished: throw Missing()
            }
        }
    }

    private struct Missing: Error {}

    private let queue = "arn:aws:sqs:us-east-1:123456789012:failed"
    private let stream = EventSourceMappingConfiguration.exampleStream

    @Test("a queue is told of a function error")
    func functionError() throws {
        let (delivery, _, _) = try delivery(to: queue)
        #expect(
            text(delivery.queueMessage) == """
                {"requestContext":{"requestId":"\(delivery.message.requestID)",\
                "functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f","condition":"RetryAttemptsExhausted",\
                "approximateInvokeCount":1},"responseContext":{"statusCode":200,"executedVersion":"$LATEST",\
                "functionError":"Unhandled"},"version":"1.0","timestamp":"2026-01-01T00:00:00.000Z",\
                "DDBStreamBatchInfo":{"shardId":"shardId-0","startSequenceNumber":"1","endSequenceNumber":"2",\
                "approximateArrivalOfFirstRecord":"2026-01-01T00:00:00Z",\
                "approximateArrivalOfLastRecord":"2026-01-01T00:00:00Z","batchSize":2,"streamArn":"\(stream)"}}
                """
        )
    }

    @Test("a report that fails the batch leaves functionError null")
    func report() throws {
        let (delivery, _, _) = try delivery(to: queue, outcome: .failed(["1"]))
        #expect(
            text(delivery.queueMessage).contains(#""executedVersion":"$LATEST","functionError":null},"version":"1.0""#)
        )
    }

    @Test("an event that is too large leaves no response context")
    func tooLarge() throws {
        let (delivery, _, _) = try delivery(to: queue, outcome: .requestTooLarge)
        #expect(text(delivery.queueMessage).contains(#""approximateInvokeCount":1},"version":"1.0""#))
    }

    @Test(
        "the version of a qualified function is the one that ran, an alias stays in the ARN",
        arguments: [
            ("f:7", "function:f:7", "7"), ("f:live", "function:f:live", "$LATEST"),
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:g:3",
                "arn:aws:lambda:eu-west-1:123456789012:function:g:3", "3"
            ),
        ]
    )
    func qualified(_ name: String, _ arn: String, _ version: String) throws {
        let (delivery, _, _) = try delivery(to: queue, functionName: name)
        #expect(delivery.message.functionARN.hasSuffix(arn))
        #expect(delivery.message.response?.executedVersion == version)
    }

    @Test("a topic's subscribers get the document as a string")
    func topic() throws {
        let arn = "arn:aws:sns:us-east-1:123456789012:failed"
        let (delivery, _, _) = try delivery(to: arn)
        let notification = try JSONDocument(delivery.topicNotification(messageID: "m-1")).root
        #expect(notification.members.map(\.repairedName) == ["Type", "MessageId", "TopicArn", "Message", "Timestamp"])
        #expect(try notification["Message"]?.string() == text(delivery.queueMessage))
        #expect(try notification["TopicArn"]?.string() == arn)
    }

    @Test("a bucket gets the event as an escaped string between version and timestamp, times as Java doubles")
    func bucket() throws {
        let (delivery, event, mapping) = try delivery(to: "arn:aws:s3:::failed")
        let object = try JSONDocument(delivery.object(event: event)).root
        #expect(
            object.members.map(\.repairedName) == [
                "requestContext", "responseContext", "version", "payload", "timestamp", "DDBStreamBatchInfo",
            ]
        )
        let payload = try #require(try object["payload"]?.string())
        #expect(payload == text(event))
        #expect(payload.hasPrefix(#"{"Records":[{"eventID":"e1","eventName":"INSERT","eventVersion":"1.1""#))
        #expect(payload.contains(#""ApproximateCreationDateTime":1.7672256E9,"#))
        #expect(payload.hasSuffix(#""eventSourceARN":"\#(stream)"}]}"#))
        #expect(
            delivery.objectKey(mappingUUID: mapping.mappingUUID, objectUUID: "u") == "aws/lambda/"
                + "11111111-2222-4333-8444-555555555555/shardId-0/2026/01/01/2026-01-01T00.00.00-u"
        )
    }

    @Test("a window that could not be closed is told without records, its state in the payload")
    func window() throws {
        let (delivery, event, _) = try delivery(to: "arn:aws:s3:::failed", window: 10)
        #expect(delivery.sequenceNumbers.isEmpty)
        #expect(
            text(delivery.queueMessage).hasSuffix(
                """
                "timestamp":"2026-01-01T00:02:10.000Z","DDBStreamBatchInfo":{"shardId":"shardId-0",\
                "streamArn":"\(stream)"},"timeWindowInfo":{"window":{"start":"2026-01-01T00:00:00Z",\
                "end":"2026-01-01T00:00:10Z"},"isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}}
                """
            )
        )
        #expect(
            text(event) == """
                {"Records":[],"shardId":"shardId-0","eventSourceARN":"\(stream)","window":{\
                "start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:10Z"},"state":{"n":2},\
                "isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}
                """
        )
    }
}
