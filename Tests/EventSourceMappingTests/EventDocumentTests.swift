// The event that is delivered, made of what the Streams API or a file has.

import DynamoDBStreamEvents
import EventSourceMapping
import Foundation
import JSONScanning
import Testing

@Suite("Delivered events")
struct EventDocumentTests {
    private let stream = EventSourceMappingConfiguration.exampleStream

    private func delivered(_ event: String) throws -> String {
        var mapping = try MappingSimulation(EventSourceMappingConfiguration(eventSourceARN: stream))
        try mapping.add(StreamEvent(Array(event.utf8)))
        return text(mapping.nextInvocation().flatMap { mapping.event(of: $0) })
    }

    @Test("a page of GetRecords becomes an event of Lambda")
    func page() throws {
        let event = try delivered(
            """
            { "NextShardIterator": "i", "Records": [ {
              "awsRegion": "us-east-1",
              "dynamodb": { "ApproximateCreationDateTime" : 1789651658, "Keys": {"id": {"S": "a b\\" {"}},
                "SequenceNumber": "51900004371743779173473", "OldImage": {"b": {"B": "AQID"}} },
              "eventID": "e", "eventName": "REMOVE", "eventSource": "aws:dynamodb", "eventVersion": "1.1",
              "userIdentity": { "PrincipalId": "dynamodb.amazonaws.com", "Type": "Service" }, "newMember": [1, 2]
            } ] }
            """
        )
        #expect(
            event == """
                {"Records":[{"eventID":"e","eventName":"REMOVE","eventVersion":"1.1","eventSource":"aws:dynamodb",\
                "awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1.789651658E9,\
                "Keys":{"id":{"S":"a b\\" {"}},"SequenceNumber":"51900004371743779173473",\
                "OldImage":{"b":{"B":"AQID"}}},"userIdentity":{"principalId":"dynamodb.amazonaws.com",\
                "type":"Service"},"newMember":[1,2],"eventSourceARN":"\(stream)"}]}
                """
        )
    }

    @Test("an event of Lambda keeps the ARN it has")
    func ownARN() throws {
        let event = try delivered(
            #"{"Records":[{"eventSourceARN":"arn:other","dynamodb":{"SequenceNumber":"1"},"eventID":"e"}]}"#
        )
        #expect(
            event == #"{"Records":[{"eventID":"e","dynamodb":{"SequenceNumber":"1"},"eventSourceARN":"arn:other"}]}"#
        )
    }

    @Test(
        "times are written as Java writes doubles",
        arguments: [
            ("1479499740", "1.47949974E9"), ("1479499740.25", "1.47949974025E9"), ("1e10", "1.0E10"),
            ("12345.5", "12345.5"),
            ("1000000", "1000000.0"), ("10000000", "1.0E7"), ("0.001", "0.001"), ("0.00012", "1.2E-4"), ("0", "0.0"),
            ("-1.5e3", "-1500.0"), ("123456.789", "123456.789"),
        ]
    )
    func javaDoubles(_ source: String, _ expected: String) throws {
        let event = try delivered(
            #"{"Records":[{"dynamodb":{"ApproximateCreationDateTime":\#(source),"SequenceNumber":"1"}}]}"#
        )
        #expect(event.contains("\"ApproximateCreationDateTime\":\(expected),"))
    }

    @Test("a batch is full before its event has more than 6 MB")
    func sixMegabytes() throws {
        // A page has 1 MB, so it takes a while to gather a batch.
        let configuration = EventSourceMappingConfiguration(maximumBatchingWindowInSeconds: 60)
        var mapping = try MappingSimulation(configuration)
        try mapping.add(event(1...20, size: 400_000))
        var sizes: [Int] = []
        var counts: [Int] = []
        while let invocation = mapping.nextInvocation() {
            sizes.append(mapping.event(of: invocation)?.count ?? 0)
            counts.append(invocation.sequenceNumbers.count)
            mapping.finish(invocation.id, with: .success)
        }
        #expect(counts == [15, 5])
        #expect(sizes.allSatisfy { $0 <= 6 * 1024 * 1024 })
        #expect(sizes.first.map { $0 + 400_000 > 6 * 1024 * 1024 } == true)
    }

    /// The folder named by `LAMBDA_STREAMS_FIXTURES`, or `shared/fixtures` beside the checkout.
    private static let fixtures: URL? = {
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let beside = checkout.deletingLastPathComponent().appending(path: "shared/fixtures")
        let named = ProcessInfo.processInfo.environment["LAMBDA_STREAMS_FIXTURES"].map { URL(filePath: $0) }
        let folder = named ?? beside
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    @Test(
        "published events are delivered with every value they have",
        .enabled(if: fixtures != nil),
        arguments: ["go-dynamodb-event.json", "go-dynamodb-time-window-event.json"]
    )
    func published(_ name: String) throws {
        let folder = try #require(Self.fixtures)
        let source = try StreamEvent([UInt8](Data(contentsOf: folder.appending(path: name))))
        var mapping = try MappingSimulation(EventSourceMappingConfiguration())
        for (index, record) in source.records.enumerated() {
            // The samples' numbers do not grow.
            try mapping.add(record, to: "shard-\(index)", arrival: epoch)
        }
        for record in source.records {
            let invocation = try mapping.requiredInvocation()
            let delivered = try #require(StreamEvent(mapping.event(of: invocation) ?? []).records.first)
            #expect(delivered.eventID == record.eventID)
            #expect(delivered.eventName == record.eventName)
            #expect(delivered.userIdentity == record.userIdentity)
            #expect(delivered.keys == record.keys)
            #expect(delivered.newImage == record.newImage)
            #expect(delivered.oldImage == record.oldImage)
            #expect(delivered.sequenceNumber == record.sequenceNumber)
            #expect(delivered.approximateCreationDateTime == record.approximateCreationDateTime)
            #expect(delivered.sizeBytes == record.sizeBytes)
            #expect(delivered.eventSourceARN == record.eventSourceARN)
        }
    }
}
