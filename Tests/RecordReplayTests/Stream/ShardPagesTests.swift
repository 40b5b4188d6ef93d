// The pages of a shard through every fault: each record once and in order, or named as lost.

import AWSServices
import DynamoDBStreamEvents
import Testing

@testable import RecordReplay

@Suite("The pages of a shard")
struct ShardPagesTests {
    private func pages(
        _ stream: ScriptedStream,
        from position: DynamoDBStreamsClient.Start = .trimHorizon,
        iterator: String? = nil,
        patience: ReadingPatience = ReadingPatience(.seconds(3_600), pause: .milliseconds(1))
    ) -> ShardPages {
        ShardPages(
            "shardId-1",
            of: streamARN,
            from: position,
            iterator: iterator,
            DynamoDBStreamsClient(stream.aws),
            pause: .milliseconds(1),
            patience: patience
        )
    }

    /// What a reader sees, without what it need not know of.
    private enum Seen: Equatable {
        case record(Int)
        case trimmed(DynamoDBStreamsClient.Start)
        case latestExpired, end, gone
        case failed(AWSErrorCode?)
    }

    /// Reads until there is nothing more to ask for.
    private func read(_ pages: ShardPages) async -> [Seen] {
        var pages = pages
        var seen: [Seen] = []
        while true {
            switch await pages.next() {
            case .page(let page):
                seen += page.newRecords.compactMap { $0.element.sequenceNumber }.map { .record(Int("\($0)") ?? -1) }
                if page.isLast { return seen + [.end] }
            case .trimmed(let position): seen.append(.trimmed(position))
            case .latestExpired: seen.append(.latestExpired)
            case .repeating: break
            case .gone: return seen + [.gone]
            case .failed(let error): return seen + [.failed(error.code)]
            }
        }
    }

    private static func number(_ number: Int) throws -> SequenceNumber { try #require(SequenceNumber("\(number)")) }

    @Test("any faults leave every record once and in order, or named as lost", arguments: 0..<120)
    func anyFaults(seed: Int) async throws {
        var random = SeededGenerator(seed)
        let numbers = (1...Int.random(in: 1...20, using: &random)).map { $0 * 10 }
        let first = Int.random(in: 0..<numbers.count, using: &random)
        let stream = try ScriptedStream(.init(numbers: numbers.map(String.init), random: SeededGenerator(seed + 1_000)))
        let start = try Self.number(numbers[first])
        let pages =
            switch seed % 4 {
            case 0: pages(stream)
            case 1: pages(stream, from: .at(start))
            case 2: pages(stream, from: .after(start))
            default: pages(stream, from: .latest, iterator: "\(first)|0")
            }
        // The last record that is read or need not be; nil while only the stream knows where it begins.
        var last: Int? = [nil, numbers[first] - 10, numbers[first], numbers[first] - 10][seed % 4]
        var isNamed = false
        for seen in await read(pages) {
            switch seen {
            case .record(let number):
                if let last {
                    #expect(number == last + 10 || isNamed && number > last, "seed \(seed)")
                }
                (last, isNamed) = (number, false)
            case .trimmed(let position):
                switch position {
                case .after(let number): #expect(Int("\(number)") == last, "seed \(seed)")
                case .at(let number): #expect(number == start && last == numbers[first] - 10, "seed \(seed)")
                case .latest: last = nil
                case .trimHorizon: Issue.record("a horizon that moved is no loss (seed \(seed))")
                }
                isNamed = true
            case .latestExpired: last = nil
            case .end: #expect(last == nil || last == numbers.last || isNamed, "seed \(seed)")
            case .gone, .failed: Issue.record("\(seen) (seed \(seed))")
            }
        }
        // It would skip what was written since the first one.
        #expect(!stream.calls.iterators.contains("LATEST"))
    }

    @Test("records that leave a stream that is read from its oldest one are named")
    func trimmedOnTheWay() async throws {
        let stream = try ScriptedStream(
            .init(
                numbers: ["100", "200", "300"],
                pageSize: 1,
                failures: [nil, "ExpiredIteratorException"],
                trimsAfterPage: 1
            )
        )
        let place = DynamoDBStreamsClient.Start.after(try Self.number(100))
        #expect(await read(pages(stream)) == [.record(100), .trimmed(place), .record(300), .end])
    }

    @Test("an iterator of LATEST outlives a failure; when it expires, the reading goes on with the oldest record")
    func latest() async throws {
        var plan = ScriptedStream.Plan(numbers: ["100", "200"], failures: ["InternalServerError", nil])
        let stream = try ScriptedStream(plan)
        #expect(await read(pages(stream, from: .latest, iterator: "1|0")) == [.record(200), .end])
        #expect(stream.calls.iterators.isEmpty)
        plan.failures = ["ExpiredIteratorException", nil]
        let expired = try ScriptedStream(plan)
        #expect(
            await read(pages(expired, from: .latest, iterator: "1|0"))
                == [.latestExpired, .record(100), .record(200), .end]
        )
        #expect(expired.calls.iterators == ["TRIM_HORIZON"])
    }

    @Test("what cannot pass is asked for once", arguments: ["AccessDeniedException", "ValidationException"])
    func refused(code: String) async throws {
        let stream = try ScriptedStream(.init(iteratorError: code))
        #expect(await read(pages(stream)) == [.failed(AWSErrorCode(rawValue: code))])
        #expect(stream.calls.iterators.count == 1)
    }

    @Test("a shard that is gone is named, and asked for again for as long as the patience lasts")
    func gone() async throws {
        let stream = try ScriptedStream(.init(iteratorError: "ResourceNotFoundException"))
        var pages = pages(stream, patience: ReadingPatience(.zero, pause: .milliseconds(1), minimumFailures: 3))
        for _ in 0..<2 {
            guard case .gone = await pages.next() else { return #expect(Bool(false)) }
        }
        #expect(await read(pages) == [.failed(.resourceNotFound)])
    }

    @Test("the patience ends with failures in a row, and not with throttling where that is to be outlasted")
    func patience() async throws {
        let failures = [
            "InternalServerError", nil, "InternalServerError", "InternalServerError", "InternalServerError",
        ]
        let numbers = ["100", "200", "300"]
        let stream = try ScriptedStream(.init(numbers: numbers, pageSize: 1, failures: failures))
        let brief = ReadingPatience(.zero, pause: .milliseconds(1), minimumFailures: 3, outlastsThrottling: true)
        #expect(await read(pages(stream, patience: brief)) == [.record(100), .failed("InternalServerError")])
        let throttled = try ScriptedStream(
            .init(numbers: numbers, failures: Array(repeating: "LimitExceededException", count: 5) + [nil])
        )
        #expect(await read(pages(throttled, patience: brief)) == [.record(100), .record(200), .record(300), .end])
    }

    @Test("a page that is malformed three times in a row stays so")
    func malformed() async throws {
        let stream = try ScriptedStream(.init(numbers: ["100\""]))
        #expect(await read(pages(stream)) == [.failed(nil)])
        #expect(stream.calls.pages == 3)
    }
}
