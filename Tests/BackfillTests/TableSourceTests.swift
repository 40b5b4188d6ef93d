// A table as a source: every item once, at a rate, through failures, and on from where a killed run was.

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

@Suite("A table as a source of records")
struct TableSourceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "every item comes once, whatever the segments and pages",
        arguments: [(1, nil), (1, 7), (5, 3), (40, 100)] as [(Int, Int?)]
    )
    func everyItem(segments: Int, page: Int?) async throws {
        let (table, client) = try await Self.table(items: 120)
        var options = TableScanOptions()
        options.segmentCount = segments
        options.itemsPerPage = page
        let source = try TableSource(table, stream: ordersStream, client: client, options: options)
        let read = try await source.readAll()
        #expect(read.sorted() == (0..<120).map { "o-\($0)" }.sorted())
        #expect(await source.counts.items == 120)
        #expect(await source.counts.readUnits > 0)
    }

    @Test("an empty table has no records, and is done")
    func empty() async throws {
        let (table, client) = try await Self.table(items: 0)
        let path = folder.file("p.json")
        let source = try TableSource(table, stream: ordersStream, client: client, progressFile: path)
        #expect(try await source.readAll().isEmpty)
        await source.close()
        let again = try TableSource(table, stream: ordersStream, client: client, progressFile: path)
        #expect(await again.isResumed)
        #expect(try await again.next() == nil)
    }

    @Test("a run that was killed is gone on from: nothing is left out", arguments: 0..<20)
    func resume(seed: UInt64) async throws {
        var random = SeededRandom(seed + 1)
        let (table, client) = try await Self.shared.table()
        var options = TableScanOptions()
        options.segmentCount = Int.random(in: 1...4, using: &random)
        options.itemsPerPage = Int.random(in: 3...20, using: &random)
        options.progressInterval = .zero
        var done: [String: Int] = [:]
        var runs = 0
        while runs < 100 {
            runs += 1
            let source = try TableSource(
                table,
                stream: ordersStream,
                client: client,
                options: options,
                progressFile: folder.file("p.json")
            )
            var open: [ReplayParcel] = []
            var budget = Int.random(in: 1...15, using: &random)
            var isAtEnd = false
            // Pages end in any order; then the process is gone, with some of them under way.
            while budget > 0 {
                budget -= 1
                if Bool.random(using: &random) || open.isEmpty {
                    guard let parcel = try await source.next() else {
                        isAtEnd = true
                        break
                    }
                    open.append(parcel)
                } else {
                    let parcel = open.remove(at: Int.random(in: 0..<open.count, using: &random))
                    for id in parcel.ids { done[id, default: 0] += 1 }
                    try await source.settle(parcel, ParcelOutcome(remaining: []))
                }
            }
            if isAtEnd {
                for parcel in open {
                    for id in parcel.ids { done[id, default: 0] += 1 }
                    try await source.settle(parcel, ParcelOutcome(remaining: []))
                }
                await source.close()
                break
            }
        }
        #expect(done.count == 60)
        let last = try TableSource(
            table,
            stream: ordersStream,
            client: client,
            options: options,
            progressFile: folder.file("p.json")
        )
        #expect(try await last.next() == nil)
    }

    @Test("a page with records that were not tried is read again by the next run, and a dry run moves nothing")
    func incomplete() async throws {
        let (table, client) = try await Self.shared.table()
        var options = TableScanOptions()
        options.itemsPerPage = 20
        func source() throws -> TableSource {
            try TableSource(
                table,
                stream: ordersStream,
                client: client,
                options: options,
                progressFile: folder.file("p.json")
            )
        }
        let dry = try source()
        while let parcel = try await dry.next() {
            try await dry.settle(parcel, ParcelOutcome(remaining: [], isDryRun: true))
        }
        await dry.close()
        let first = try source()
        var pages: [[String]] = []
        while let parcel = try await first.next() {
            pages.append(parcel.ids)
            try await first.settle(parcel, ParcelOutcome(remaining: pages.count == 2 ? [3] : []))
        }
        await first.close()
        #expect(pages.joined().count == 60)
        let second = try source()
        #expect(try await second.readAll() == pages.dropFirst().flatMap { $0 })
    }

    @Test("a record that failed holds nothing back: it is kept beside the progress file, and redriven from there")
    func failedRecord() async throws {
        let (table, client) = try await Self.shared.table()
        var options = TableScanOptions()
        options.itemsPerPage = 20
        let path = folder.file("p.json")
        func source() throws -> TableSource {
            try TableSource(table, stream: ordersStream, client: client, options: options, progressFile: path)
        }
        let first = try source()
        var failed: [String] = []
        while let parcel = try await first.next() {
            let isSecond = parcel.origin.hasSuffix("page 2")
            if isSecond { failed = [parcel.ids[3], parcel.ids[7]] }
            let outcome =
                isSecond
                ? ParcelOutcome(remaining: [3, 7], failures: [3: "the function reported it", 7: "held back"])
                : ParcelOutcome(remaining: [])
            try await first.settle(parcel, outcome)
        }
        await first.close()
        #expect(failed.count == 2)
        #expect(ProgressFile.hasFailedRecords(path))
        // Everything is behind the progress.
        let next = try await source().next()
        let progress = try folder.read("p.json")
        #expect(next == nil, "\(progress) \(next?.ids ?? [])")
        let recovery = FailureRecovery(
            reader: StreamRangeReader(DynamoDBStreamsClient(try Moto.shared().client())),
            filters: .known(try FilterCriteria(patterns: []))
        )
        let file = MessageFileSource(path: ProgressFile.failedRecordsPath(of: path), recovery: recovery)
        let parcel = try #require(try await file.next())
        #expect(parcel.ids == failed)
        #expect(parcel.losses.isEmpty)
        #expect(parcel.records.allSatisfy { $0.streamRecord?.isBackfill == true })
    }

    @Test("what the selection leaves out is not a record, and its progress is another's")
    func selection() async throws {
        let (table, client) = try await Self.shared.table()
        let path = folder.file("p.json")
        let selection = ReplaySelection(
            filters: try FilterCriteria(patterns: [#"{"dynamodb":{"NewImage":{"parity":{"S":["even"]}}}}"#]),
            name: "even, no 4"
        ) { $0.streamRecord?.keys?["id"]?.string != "o-4" }
        let source = try TableSource(
            table,
            stream: ordersStream,
            client: client,
            selection: selection,
            progressFile: path
        )
        let parcel = try #require(try await source.next())
        #expect(Set(parcel.ids) == Set((0..<60).filter { $0 % 2 == 0 && $0 != 4 }.map { "o-\($0)" }))
        #expect(parcel.filteredCount == 31)
        try await source.settle(parcel, ParcelOutcome(remaining: []))
        #expect(throws: ProgressFileError.self) {
            try TableSource(table, stream: ordersStream, client: client, progressFile: path)
        }
    }

    @Test("a page that is throttled or fails is read again, and the others are not held up for it")
    func throttled() async throws {
        let calls = Guarded<[String: Int]>([:])
        let server = try ScriptedServer { request in
            let segment = request.text.contains(#""Segment":0"#) ? "0" : "1"
            let count = calls.withLock { calls in
                calls[segment, default: 0] += 1
                return calls[segment] ?? 0
            }
            if segment == "0", count == 1 {
                return .status(400, body: #"{"__type":"x#ProvisionedThroughputExceededException","message":"slow"}"#)
            }
            if segment == "0", count == 2 { return .status(500, body: #"{"__type":"x#InternalServerError"}"#) }
            return .status(200, body: #"{"Items":[{"id":{"S":"o-\#(segment)"}}],"Count":1}"#)
        }
        var options = TableScanOptions()
        options.segmentCount = 2
        let source = try TableSource(
            "orders",
            stream: ordersStream,
            client: DynamoDBClient(client(of: server)),
            options: options
        )
        #expect(try await source.readAll() == ["o-1", "o-0"])
        #expect(await source.counts.failedReads == 2)
        #expect(calls.withLock { $0 } == ["0": 3, "1": 1])
    }

    @Test(
        "what another try does not help ends the reading with what to do",
        arguments: ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"]
    )
    func hopeless(code: String) async throws {
        let server = try ScriptedServer { _ in .status(400, body: #"{"__type":"x#\#(code)","message":"no"}"#) }
        let source = try TableSource("orders", stream: ordersStream, client: DynamoDBClient(client(of: server)))
        let error = try await #require(throws: BackfillError.self) { try await source.next() }
        #expect(error.description.contains(code))
        #expect(server.requests.count == 1)
    }

    @Test("what is no item of the table is named, and costs itself alone")
    func noItem() async throws {
        let server = try ScriptedServer { _ in
            .status(200, body: #"{"Items":[{"id":{"S":"o-1"}},{"other":{"S":"x"}},{"id":{"S":"o-2"}}]}"#)
        }
        let source = try TableSource("orders", stream: ordersStream, client: DynamoDBClient(client(of: server)))
        let parcel = try #require(try await source.next())
        #expect(parcel.ids == ["o-1", "o-2"])
        #expect(parcel.losses.map(\.kind) == [.refused])
        #expect(parcel.losses.first?.reason.contains("no key attribute id") == true)
    }

    @Test("a reading that is cancelled ends")
    func cancelled() async throws {
        let server = try ScriptedServer { _ in .silence() }
        let source = try TableSource("orders", stream: ordersStream, client: DynamoDBClient(client(of: server)))
        let task = Task { try await source.next() }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
    }

    @Test("a rate limits how many items a page asks for")
    func rate() async throws {
        let limits = Guarded<[Int?]>([])
        let server = try ScriptedServer { request in
            let root = try? JSONDocument(request.body).root
            let limit = root?["Limit"]?.numberText.flatMap { Int($0) }
            let count = limits.withLock { limits in
                limits.append(limit)
                return limits.count
            }
            let key = count < 3 ? #","LastEvaluatedKey":{"id":{"S":"o-\#(count)"}}"# : ""
            return .status(
                200,
                body: #"{"Items":[{"id":{"S":"o-\#(count)"}}],"ConsumedCapacity":{"CapacityUnits":2.0}\#(key)}"#
            )
        }
        var options = TableScanOptions()
        options.readUnitsPerSecond = 1_000
        options.expectedItemSize = 8_192
        let source = try TableSource(
            "orders",
            stream: ordersStream,
            client: DynamoDBClient(client(of: server)),
            options: options
        )
        #expect(try await source.readAll() == ["o-1", "o-2", "o-3"])
        // 8 KB are one unit when read eventually consistently; then each item was seen to cost two.
        #expect(limits.withLock { $0 } == [1_000, 500, 500])
        #expect(await source.counts.readUnits == 6)
    }

    // MARK: Tables

    /// One table of 60 items for the tests that only read.
    private static let shared = SharedTable()

    private actor SharedTable {
        private var made: (String, DynamoDBClient)?

        func table() async throws -> (String, DynamoDBClient) {
            if let made { return made }
            let table = try await TableSourceTests.table(items: 60)
            made = table
            return table
        }
    }

    fileprivate static func table(items: Int) async throws -> (String, DynamoDBClient) {
        let moto = try Moto.shared()
        let table = "orders-\(UInt64.random(in: .min ... .max))"
        try await moto.createTable(table, key: "id")
        let client = DynamoDBClient(moto.client())
        for index in 0..<items {
            let item: Item = ["id": .string("o-\(index)"), "parity": .string(index % 2 == 0 ? "even" : "odd")]
            try await client.putItem(PutItem(item, into: table))
        }
        return (table, client)
    }
}

extension ReplayParcel {
    /// The keys of its records.
    var ids: [String] { records.compactMap { $0.streamRecord?.keys?["id"]?.string } }
}

extension ReplaySource {
    /// Everything, each parcel settled at once; the keys in the order in which they came.
    func readAll() async throws -> [String] {
        var ids: [String] = []
        while let parcel = try await next() {
            ids += parcel.ids
            try await settle(parcel, ParcelOutcome(remaining: []))
        }
        return ids
    }
}
