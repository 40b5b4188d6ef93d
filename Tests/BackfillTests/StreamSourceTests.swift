// A stream as a source: parents before children, to the present end, past empty pages, expired iterators and the horizon.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import HTTPScripting
import JSONScanning
import Moto
import RecordReplay
import SharedState
import TemporaryFiles
import Testing

@Suite("A stream as a source of records")
struct StreamSourceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("every record comes once, a parent's before its children's, past empty pages")
    func parents() async throws {
        let stream = try ScriptedStream([
            .init("child", parent: "parent", pages: [[], [], [], [5, 6], []], isOpen: true),
            .init("parent", parent: "trimmed", pages: [[1, 2], [], [3]]),
            .init("other", pages: [[], [4]]),
        ])
        let source = try stream.source()
        let numbers = try await source.readNumbers()
        #expect(Set(numbers) == [1, 2, 3, 4, 5, 6])
        #expect(numbers.count == 6)
        #expect(numbers.filter { $0 != 4 } == [1, 2, 3, 5, 6])
    }

    @Test("shards that are each other's parents are read all the same")
    func circle() async throws {
        let stream = try ScriptedStream([.init("a", parent: "b", pages: [[1]]), .init("b", parent: "a", pages: [[2]])])
        #expect(Set(try await stream.source().readNumbers()) == [1, 2])
    }

    @Test("an expired iterator and a failure cost nothing")
    func expired() async throws {
        let stream = try ScriptedStream(
            [.init("s", pages: [[1, 2], [3], [4]])],
            failures: [1: "ExpiredIteratorException", 2: "InternalServerError", 4: "LimitExceededException"]
        )
        #expect(try await stream.source().readNumbers() == [1, 2, 3, 4])
    }

    @Test("what the horizon took is named, and what is behind it is read")
    func trimmed() async throws {
        let stream = try ScriptedStream([.init("s", pages: [[3], [4]])], trimmedBefore: 3)
        var options = StreamReadOptions()
        options.shardID = "s"
        options.start = .position(try #require(SequenceNumber("1")))
        let source = try stream.source(options)
        let first = try #require(try await source.next())
        #expect(first.losses.map(\.kind) == [.lost])
        #expect(first.losses.first?.reason.contains("24 hours") == true)
        #expect(try await source.readNumbers() == [3, 4])
    }

    @Test("reading begins at a time, to the second, and ends with what was there")
    func time() async throws {
        // Record n is written at second n; the reading begins in the far past of the present, so all are there.
        let stream = try ScriptedStream([.init("s", pages: [[1, 2], [3, 4]])])
        var options = StreamReadOptions()
        options.start = .time(MappingInstant(milliseconds: 3_400))
        #expect(try await stream.source(options).readNumbers() == [3, 4])
    }

    @Test("a record that is newer than the beginning of the reading is not of it")
    func newer() async throws {
        let stream = try ScriptedStream([.init("s", pages: [[1], [2, 9_000_000_000], [9_000_000_001]], isOpen: true)])
        #expect(try await stream.source().readNumbers() == [1, 2])
    }

    @Test("a position without a shard, and a shard that there is not, are refused")
    func refused() async throws {
        let stream = try ScriptedStream([.init("s", pages: [[1]])])
        var options = StreamReadOptions()
        options.start = .position(try #require(SequenceNumber("1")))
        let source = try stream.source(options)
        await #expect(throws: StreamSourceError.positionWithoutShard) { try await source.next() }
        options.shardID = "none"
        let other = try stream.source(options)
        await #expect(throws: StreamSourceError.noSuchShard("none", stream: ordersStream.streamARN)) {
            try await other.next()
        }
    }

    @Test("a run that was killed is gone on from, and done shards are not read again", arguments: 0..<20)
    func resume(seed: UInt64) async throws {
        var random = SeededRandom(seed + 1)
        let stream = try ScriptedStream([
            .init("a", pages: [[1, 2], [], [3], [4, 5]]), .init("b", parent: "a", pages: [[6], [7, 8], [9]]),
            .init("c", pages: [[10], [11]]),
        ])
        var done: [Int: Int] = [:]
        for _ in 0..<100 {
            var options = StreamReadOptions()
            options.progressInterval = .zero
            let source = try stream.source(options, progressFile: folder.file("p.json"))
            var steps = Int.random(in: 1...6, using: &random)
            var isAtEnd = false
            while steps > 0 {
                steps -= 1
                guard let parcel = try await source.next() else {
                    isAtEnd = true
                    break
                }
                guard Int.random(in: 0..<4, using: &random) > 0 else { break }
                for number in parcel.numbers { done[number, default: 0] += 1 }
                try await source.settle(parcel, ParcelOutcome(remaining: []))
            }
            if isAtEnd { break }
        }
        #expect(Set(done.keys) == Set(1...11))
        let last = try stream.source(progressFile: folder.file("p.json"))
        #expect(try await last.next() == nil)
    }

    @Test("a shard of the progress file that is gone is named")
    func goneShard() async throws {
        let path = try folder.write(
            """
            {"version":1,"source":{"kind":"stream","stream":"\(ordersStream.streamARN)","from":"TRIM_HORIZON","shard":"all",\
            "selection":""},"places":{"gone":{"after":"7"},"s":{"done":true},"old":{"done":true}}}
            """,
            to: "p.json"
        )
        let stream = try ScriptedStream([.init("s", pages: [[1]])])
        let source = try stream.source(progressFile: path)
        let parcel = try #require(try await source.next())
        #expect(parcel.losses.map(\.kind) == [.unknown])
        #expect(try await source.next() == nil)
    }

    @Test("moto's stream is read to its end, with the stream's ARN in each record")
    func moto() async throws {
        let moto = try Moto.shared()
        let table = "orders-\(UInt64.random(in: .min ... .max))"
        try await moto.createTable(table, key: "id", hasStream: true)
        let client = DynamoDBClient(moto.client())
        for index in 0..<25 { try await client.putItem(PutItem(["id": .string("o-\(index)")], into: table)) }
        let arn = try #require(try await client.describeTable(table).latestStreamARN)
        var options = StreamReadOptions()
        options.idleTime = .milliseconds(100)
        options.pollInterval = .milliseconds(10)
        let source = try StreamSource(arn, client: DynamoDBStreamsClient(moto.client()), options: options)
        let parcel = try #require(try await source.next())
        #expect(parcel.ids == (0..<25).map { "o-\($0)" })
        #expect(parcel.records.allSatisfy { $0.streamRecord?.eventSourceARN == arn })
        #expect(try await source.next() == nil)
    }
}

extension ReplayParcel {
    fileprivate var numbers: [Int] { records.compactMap { Int($0.sequenceNumber.description) } }
}

extension StreamSource {
    fileprivate func readNumbers() async throws -> [Int] {
        var numbers: [Int] = []
        while let parcel = try await next() { numbers += parcel.numbers }
        return numbers
    }
}

/// A stream whose shards have these pages. The records of a page are their sequence numbers, which are their seconds too.
private final class ScriptedStream: Sendable {
    struct Shard: Sendable {
        let id: String
        let parent: String?
        let pages: [[Int]]
        let isOpen: Bool

        init(_ id: String, parent: String? = nil, pages: [[Int]], isOpen: Bool = false) {
            self.id = id
            self.parent = parent
            self.pages = pages
            self.isOpen = isOpen
        }
    }

    private let server: ScriptedServer

    /// - Parameter failures: the error of the n-th GetRecords, from 0.
    init(_ shards: [Shard], failures: [Int: String] = [:], trimmedBefore horizon: Int = 0) throws {
        let reads = Guarded(0)
        server = try ScriptedServer { request in
            guard let root = try? JSONDocument(request.body).root else { return .status(400) }
            func text(_ name: StaticString) -> String { root[name].flatMap { (try? $0.string()) ?? nil } ?? "" }
            switch request.headers["x-amz-target"]?.split(separator: ".").last {
            case "DescribeStream":
                let list = shards.map { shard in
                    let parent = shard.parent.map { #","ParentShardId":"\#($0)""# } ?? ""
                    return #"{"ShardId":"\#(shard.id)"\#(parent)}"#
                }
                return .status(
                    200,
                    body: """
                        {"StreamDescription":{"StreamArn":"\(ordersStream.streamARN)","StreamStatus":"ENABLED",\
                        "Shards":[\(list.joined(separator: ","))]}}
                        """
                )
            case "GetShardIterator":
                let shard = shards.first { $0.id == text("ShardId") }
                let number = Int(text("SequenceNumber")) ?? 0
                guard text("ShardIteratorType") == "TRIM_HORIZON" || number >= horizon else {
                    return .status(400, body: #"{"__type":"x#TrimmedDataAccessException"}"#)
                }
                // The page that has the first record behind the position, and how many records of it come before.
                let first = text("ShardIteratorType") == "AFTER_SEQUENCE_NUMBER" ? number + 1 : number
                let page = shard?.pages.firstIndex { $0.contains { $0 >= first } } ?? shard?.pages.count ?? 0
                let start = text("ShardIteratorType") == "TRIM_HORIZON" ? 0 : page
                return .status(200, body: #"{"ShardIterator":"\#(text("ShardId"))/\#(start)/\#(first)"}"#)
            case "GetRecords":
                let read = reads.withLock { count in
                    defer { count += 1 }
                    return count
                }
                if let code = failures[read] { return .status(400, body: #"{"__type":"x#\#(code)"}"#) }
                let parts = text("ShardIterator").split(separator: "/").map(String.init)
                guard parts.count == 3, let shard = shards.first(where: { $0.id == parts[0] }),
                    let page = Int(parts[1]), let first = Int(parts[2])
                else { return .status(400) }
                let numbers = page < shard.pages.count ? shard.pages[page].filter { $0 >= first } : []
                let records = numbers.map { number in
                    """
                    {"eventID":"\(number)","eventName":"INSERT","dynamodb":{"ApproximateCreationDateTime":\(number),\
                    "Keys":{"id":{"S":"o-\(number)"}},"SequenceNumber":"\(number)"}}
                    """
                }
                let isLast = page + 1 >= shard.pages.count && !shard.isOpen
                let next = isLast ? "" : #","NextShardIterator":"\#(shard.id)/\#(page + 1)/0""#
                return .status(200, body: #"{"Records":[\#(records.joined(separator: ","))]\#(next)}"#)
            default: return .status(400)
            }
        }
    }

    func source(
        _ options: StreamReadOptions = StreamReadOptions(),
        progressFile: String? = nil
    ) throws -> StreamSource {
        var options = options
        options.pollInterval = .milliseconds(1)
        options.idleTime = .milliseconds(20)
        return try StreamSource(
            ordersStream.streamARN,
            client: DynamoDBStreamsClient(client(of: server)),
            options: options,
            progressFile: progressFile
        )
    }
}
