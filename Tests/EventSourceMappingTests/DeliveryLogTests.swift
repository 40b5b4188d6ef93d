// The lines of the delivery log, whose members and order are stable.

import DynamoDBStreamEvents
import EventSourceMapping
import Testing

@Suite("The delivery log")
struct DeliveryLogTests {
    @Test("each kind of entry is one line")
    func lines() async throws {
        let mapping = EventSourceMappingConfiguration(
            batchSize: 2,
            maximumRetryAttempts: 0,
            functionResponseTypes: [.reportBatchItemFailures],
            filterPatterns: [#"{"dynamodb":{"Keys":{"id":{"S":[{"anything-but":"k1"}]}}}}"#]
        )
        let deliveries = try await mapping.deliver(event(1...3)) { _, _ in .failed(["3"]) }
        let first = try #require(deliveries.invokeEntries.first?.invocation.requestID)
        let second = try #require(deliveries.invokeEntries.last?.invocation.requestID)
        let shard = MappingSimulation.defaultShardID
        let time = "2026-01-01T00:00:00.000Z"
        #expect(
            deliveries.log == """
                {"type":"filtered","sequenceNumbers":["1"],"shardId":"\(shard)","at":"\(time)"}
                {"type":"checkpoint","shardId":"\(shard)","sequenceNumber":"1","at":"\(time)"}
                {"type":"invoke","at":"\(time)","shardId":"\(shard)","concurrentBatch":0,"requestId":"\(first)","attempt":1,\
                "sequenceNumbers":["2","3"],"window":null,"outcome":"partial","functionError":null,\
                "failedSequenceNumber":"3","endedAt":"\(time)"}
                {"type":"checkpoint","shardId":"\(shard)","sequenceNumber":"2","at":"\(time)"}
                {"type":"invoke","at":"\(time)","shardId":"\(shard)","concurrentBatch":0,"requestId":"\(second)","attempt":1,\
                "sequenceNumbers":["3"],"window":null,"outcome":"failed","functionError":null,\
                "failedSequenceNumber":"3","endedAt":"\(time)"}
                {"type":"dropped","sequenceNumbers":["3"],"reason":"RetryAttemptsExhausted","destinationFailure":null,\
                "window":null,"shardId":"\(shard)","concurrentBatch":0,"at":"\(time)"}
                {"type":"checkpoint","shardId":"\(shard)","sequenceNumber":"3","at":"\(time)"}

                """
        )
    }

    @Test("an invocation of a window has its span, its flags and its state, in one line")
    func window() async throws {
        let mapping = EventSourceMappingConfiguration(tumblingWindowInSeconds: 10)
        let deliveries = try await mapping.deliver(event(1...1)) { _, _ in .response("{\n \"state\": {\"a\": [1,\n2]}}")
        }
        let line = try #require(deliveries.log.split(separator: "\n").last { $0.contains("\"invoke\"") })
        #expect(
            line.contains(
                """
                "sequenceNumbers":[],"window":{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:10Z",\
                "isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false,"state":{"a":[1,2]}},"outcome":"success"
                """
            )
        )
    }

    @Test("a message's line has the message as the queue receives it")
    func destination() async throws {
        let mapping = EventSourceMappingConfiguration(
            maximumRetryAttempts: 0,
            onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:failed"
        )
        let deliveries = try await mapping.deliver(event(1...2)) { _, _ in .functionError(message: "no") }
        let message = try #require(deliveries.messages.first)
        #expect(
            deliveries.log.contains(
                """
                {"type":"destination","sequenceNumbers":["1","2"],"message":\(text(message.json())),\
                "shardId":"\(MappingSimulation.defaultShardID)","concurrentBatch":0,"at":"2026-01-01T00:00:00.000Z"}
                """
            )
        )
        #expect(deliveries.discarded == ["1", "2"])
        #expect(deliveries.checkpoint() == "2")
    }

    @Test("request ids are UUIDs of version 4, made of the seed")
    func identifiers() async throws {
        let mapping = EventSourceMappingConfiguration(batchSize: 1)
        func identifiers(_ seed: UInt64) async throws -> [String] {
            try await mapping.deliver(event(1...20), seed: seed) { _, _ in .success }.invokeEntries
                .map(\.invocation.requestID)
        }
        let first = try await identifiers(1)
        #expect(Set(first).count == 20)
        for identifier in first {
            #expect(
                identifier.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil
            )
        }
        #expect(try await identifiers(1) == first)
        #expect(try await Set(identifiers(2)).isDisjoint(with: first))
    }
}
