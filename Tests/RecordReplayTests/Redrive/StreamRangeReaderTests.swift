// Reading records back from a stream: pages without records, trimmed heads, iterators that end, shards that are gone.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import Testing

@testable import RecordReplay

@Suite struct StreamRangeReaderTests {
    private func read(
        _ stream: ScriptedStream,
        _ start: String = "100",
        _ end: String = "300",
        filters: [String]? = nil,
        patience: Duration = .seconds(20)
    ) async throws -> StreamRangeReading {
        let reader = StreamRangeReader(DynamoDBStreamsClient(stream.aws), patience: patience, pause: .milliseconds(1))
        let run = try #require(SequenceNumber(start))...(try #require(SequenceNumber(end)))
        let range = try #require(StreamRange(streamARN: streamARN, shardID: "shardId-1", runs: [run]))
        return try await reader.read(range, filters: try filters.map { try FilterCriteria(patterns: $0) })
    }

    @Test("a range is read from its first to its last record, both included, and not any further")
    func wholeRange() async throws {
        let stream = try ScriptedStream(.init(numbers: ["50", "100", "200", "300", "400"], pageSize: 2))
        let reading = try await read(stream)
        #expect(reading.records.numbers == ["100", "200", "300"])
        #expect(reading.ending == .complete && !reading.isHeadTrimmed)
        #expect(reading.records.first?.streamRecord?.eventSourceARN == streamARN)
        #expect(stream.calls.iterators == ["AT_SEQUENCE_NUMBER 100"])
    }

    @Test("known bug 1: reading does not stop at a page without records")
    func emptyPages() async throws {
        let stream = try ScriptedStream(.init(numbers: ["100", "200", "300"], pageSize: 1, emptyPages: 3))
        let reading = try await read(stream)
        #expect(reading.records.numbers == ["100", "200", "300"])
        #expect(reading.pageCount == 12)
    }

    @Test("known bug 2: sequence numbers are compared as numbers, whatever their length")
    func longNumbers() async throws {
        // As text, each of them would come before the one above it.
        let numbers = [
            "9", "10", "99999999999999999999999", "100000000000000000000000", "9000000000000000000000000000001",
        ]
        let stream = try ScriptedStream(.init(numbers: numbers + ["9000000000000000000000000000002"], pageSize: 2))
        let reading = try await read(stream, "9", "9000000000000000000000000000001")
        #expect(reading.records.numbers == numbers)
    }

    @Test("known bug 3: under filters the batch size says nothing about how many records to read")
    func filters() async throws {
        // The message counts two: those that the filter lets pass. The first two of the range are others.
        let numbers = (100...300).map(String.init)
        let stream = try ScriptedStream(.init(numbers: numbers, pageSize: 50))
        let reading = try await read(stream, filters: [#"{"dynamodb":{"Keys":{"id":{"S":["200","300"]}}}}"#])
        #expect(reading.records.numbers == ["200", "300"])
        #expect(reading.filteredCount == 199)
        #expect(reading.ending == .complete)
    }

    @Test("a trimmed head is left out, and the tail recovered")
    func trimmedHead() async throws {
        let stream = try ScriptedStream(.init(numbers: ["100", "200", "300", "400"], trimmed: 2))
        let reading = try await read(stream)
        #expect(reading.records.numbers == ["300"])
        #expect(reading.isHeadTrimmed)
        #expect(reading.firstNumber == SequenceNumber("300"))
        #expect(stream.calls.iterators == ["AT_SEQUENCE_NUMBER 100", "TRIM_HORIZON"])
    }

    @Test("a range that was trimmed whole gives nothing, and does not wait for its end")
    func trimmedWhole() async throws {
        let stream = try ScriptedStream(.init(numbers: ["100", "200", "300", "400"], trimmed: 3))
        let reading = try await read(stream)
        #expect(reading.records.isEmpty && reading.isHeadTrimmed && reading.ending == .complete)
    }

    @Test("an iterator that expired is renewed behind the last record that came")
    func expiredIterator() async throws {
        let stream = try ScriptedStream(
            .init(
                numbers: ["100", "200", "300"],
                pageSize: 1,
                failures: ["ExpiredIteratorException", nil, "ExpiredIteratorException", nil, nil]
            )
        )
        #expect(try await read(stream).records.numbers == ["100", "200", "300"])
        #expect(
            stream.calls.iterators == ["AT_SEQUENCE_NUMBER 100", "AT_SEQUENCE_NUMBER 100", "AFTER_SEQUENCE_NUMBER 100"]
        )
    }

    @Test(
        "throttling and failures of the service are waited out",
        arguments: ["LimitExceededException", "ProvisionedThroughputExceededException", "InternalServerError"]
    )
    func passingFailures(_ code: String) async throws {
        let stream = try ScriptedStream(
            .init(numbers: ["100", "200", "300"], pageSize: 2, failures: [code, code, nil, code, nil])
        )
        #expect(try await read(stream).records.numbers == ["100", "200", "300"])
    }

    @Test("a shard that ends before the last record says so")
    func shardEnd() async throws {
        let stream = try ScriptedStream(.init(numbers: ["100", "200"], isClosed: true))
        let reading = try await read(stream)
        #expect(reading.records.numbers == ["100", "200"])
        #expect(reading.ending == .shardEnded)
    }

    @Test("an open shard whose last record does not come is given up after a while, in words")
    func nothingComes() async throws {
        let stream = try ScriptedStream(.init(numbers: ["100", "200"], isClosed: false))
        let reading = try await read(stream, patience: .milliseconds(50))
        #expect(reading.records.numbers == ["100", "200"])
        #expect(reading.ending == .nothingCame(.milliseconds(50)))
    }

    @Test("a stream or shard that no longer exists is gone, and a number that is refused is refused")
    func gone() async throws {
        let gone = try await read(try ScriptedStream(.init(iteratorError: "ResourceNotFoundException")))
        guard case .gone = gone.ending else {
            Issue.record("\(gone.ending)")
            return
        }
        let rejected = try await read(try ScriptedStream(.init(iteratorError: "ValidationException")))
        guard case .rejected = rejected.ending else {
            Issue.record("\(rejected.ending)")
            return
        }
    }

    @Test("a missing permission ends the redrive, since it would be the same for every message")
    func accessDenied() async throws {
        let stream = try ScriptedStream(.init(iteratorError: "AccessDeniedException"))
        await #expect(throws: AWSError.self) { try await read(stream) }
    }

    @Test("records that leave the stream while the range is read are reported")
    func gap() async throws {
        let stream = try ScriptedStream(
            .init(
                numbers: ["100", "200", "300"],
                pageSize: 1,
                failures: [nil, "ExpiredIteratorException"],
                trimsAfterPage: 1
            )
        )
        let reading = try await read(stream)
        #expect(reading.records.numbers == ["100", "300"])
        #expect(reading.hasGap && !reading.isHeadTrimmed && reading.ending == .complete)
    }
}
