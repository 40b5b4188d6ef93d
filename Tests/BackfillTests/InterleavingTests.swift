// A table that is backfilled while it is written to and its stream is handled: in the end the projection is the table.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import LambdaStreamsTesting
import Moto
import RecordReplay
import SharedState
import Testing

@Suite("A backfill beside live traffic")
struct InterleavingTests {
    @Test("ends with what the table holds, whatever comes before what", arguments: 0..<50)
    func converges(seed: UInt64) async throws {
        let world = try await BackfilledTable(seed: seed, items: 40, isGuarded: true)
        try await world.run(writes: 30)
        #expect(world.projector.projection == (try await world.table()))
    }

    @Test("does not, without the last applied numbers: the tests above would see it")
    func divergesUnguarded() async throws {
        var diverged = false
        for seed in UInt64(0)..<30 where !diverged {
            let world = try await BackfilledTable(seed: seed, items: 40, isGuarded: false)
            try await world.run(writes: 30)
            diverged = world.projector.projection != (try await world.table())
        }
        #expect(diverged)
    }

    private final class Writes: Sendable {
        let areDone = Guarded(false)
    }

    /// `make backfill-campaign` has 20,000; there is a write for every ten.
    private static let itemCount =
        ProcessInfo.processInfo.environment["BACKFILL_CAMPAIGN"].flatMap { Int($0) } ?? 3000

    @Test("of thousands of items and hundreds of writes, all at once, ends with what the table holds")
    func large() async throws {
        let items = Self.itemCount
        let moto = try Moto.shared()
        let name = "orders-\(UInt64.random(in: .min ... .max))"
        let dynamoDB = DynamoDBClient(moto.client())
        let streams = DynamoDBStreamsClient(moto.client())
        try await moto.createTable(name, key: "id")
        try await moto.putItems((0..<items).map { (id: "o-\($0)", value: "old-\($0)") }, into: name)
        try await moto.turnOnStream(of: name)
        let survey = try await BackfillSurvey(of: name, tables: dynamoDB, streams: streams)
        let projector = Projector(isGuarded: true)
        let writes = Writes()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var random = SeededRandom(1)
                for number in 0..<items / 10 {
                    try await dynamoDB.writeAnything(number, among: items + items / 20, of: name, &random)
                }
                writes.areDone.withLock { $0 = true }
            }
            group.addTask {
                try await streams.handleAll(of: survey.stream.streamARN, by: projector) {
                    writes.areDone.withLock { $0 }
                }
            }
            group.addTask {
                var options = TableScanOptions()
                options.segmentCount = 4
                options.itemsPerPage = items / 8
                let source = try TableSource(name, stream: survey.stream, client: dynamoDB, options: options)
                while let parcel = try await source.next() {
                    for start in stride(from: 0, to: parcel.records.count, by: 100) {
                        let end = min(start + 100, parcel.records.count)
                        try await projector.handle(eventDocument(of: Array(parcel.records[start..<end])))
                    }
                    try await source.settle(parcel, ParcelOutcome(remaining: []))
                }
            }
            try await group.waitForAll()
        }
        let table = try await dynamoDB.allItems(of: name)
        #expect(table.count > items * 3 / 4)
        #expect(projector.projection == table)
    }

    @Test("a second backfill of the same table applies nothing")
    func second() async throws {
        let world = try await BackfilledTable(seed: 7, items: 40, isGuarded: true)
        try await world.run(writes: 10)
        let count = world.projector.appliedCount
        try await world.backfillAgain()
        #expect(world.projector.appliedCount == count)
        #expect(world.projector.projection == (try await world.table()))
    }
}

/// A table of moto's, its stream as a mapping reads it, and a backfill, each of which takes its next step when a seed says so.
private final class BackfilledTable {
    let projector: Projector
    private let name: String
    private let moto: Moto
    private let dynamoDB: DynamoDBClient
    private let streams: DynamoDBStreamsClient
    private let streamARN: String
    private let shardID: String
    private var random: SeededRandom
    private var iterator: String
    private var lastPage: StreamPage?
    private var source: TableSource
    private var open: [ReplayParcel] = []
    private var backfillIsRead = false

    /// Makes the table, turns its stream on afterwards, and begins to read that.
    init(seed: UInt64, items: Int, isGuarded: Bool) async throws {
        random = SeededRandom(seed + 1)
        moto = try Moto.shared()
        name = "orders-\(UInt64.random(in: .min ... .max))"
        dynamoDB = DynamoDBClient(moto.client())
        streams = DynamoDBStreamsClient(moto.client())
        try await moto.createTable(name, key: "id")
        try await moto.putItems((0..<items).map { (id: "o-\($0)", value: "old-\($0)") }, into: name)
        try await moto.turnOnStream(of: name)
        let table = try await dynamoDB.describeTable(name)
        streamARN = table.latestStreamARN ?? ""
        shardID = try await streams.describeStream(streamARN).shards.first?.id ?? ""
        iterator = try await streams.shardIterator(.trimHorizon, inShard: shardID, of: streamARN)
        projector = Projector(isGuarded: isGuarded, isUnordered: seed % 2 == 0)
        source = try Self.source(name, streamARN, dynamoDB, &random)
    }

    private static func source(
        _ table: String,
        _ streamARN: String,
        _ client: DynamoDBClient,
        _ random: inout SeededRandom
    ) throws -> TableSource {
        var options = TableScanOptions()
        options.segmentCount = Int.random(in: 1...3, using: &random)
        options.itemsPerPage = Int.random(in: 3...15, using: &random)
        return try TableSource(
            table,
            stream: BackfillStream(streamARN: streamARN, keyNames: ["id"]),
            client: client,
            options: options
        )
    }

    /// The items of the table now.
    func table() async throws -> [String: String] { try await dynamoDB.allItems(of: name) }

    func run(writes: Int) async throws {
        var writes = writes
        while writes > 0 || !backfillIsRead || !open.isEmpty {
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where writes > 0:
                writes -= 1
                try await dynamoDB.writeAnything(writes, among: 50, of: name, &random)
            case 1: try await handleLive()
            case 2 where !backfillIsRead:
                if let parcel = try await source.next() { open.append(parcel) } else { backfillIsRead = true }
            case 3 where !open.isEmpty: try await handleBackfilled()
            case 4: try await handleLiveAgain()
            default: break
            }
        }
        while try await handleLive() {}
    }

    func backfillAgain() async throws {
        let again = try Self.source(name, streamARN, dynamoDB, &random)
        while let parcel = try await again.next() { try await projector.handle(eventDocument(of: parcel.records)) }
    }

    /// - Returns: whether there was something.
    @discardableResult
    private func handleLive() async throws -> Bool {
        let page = try await streams.records(at: iterator, limit: Int.random(in: 1...10, using: &random))
        iterator = page.nextIterator ?? iterator
        guard !page.event.records.isEmpty else { return false }
        lastPage = page
        try await projector.handle(try delivered(page))
        return true
    }

    /// Lambda delivers at least once.
    private func handleLiveAgain() async throws {
        guard let lastPage else { return }
        try await projector.handle(try delivered(lastPage))
    }

    /// Parts of any parcel, in any order, and now and then twice.
    private func handleBackfilled() async throws {
        let index = Int.random(in: 0..<open.count, using: &random)
        let records = open[index].records.shuffled(using: &random)
        let count = Int.random(in: 0...records.count, using: &random)
        if count > 0 { try await projector.handle(eventDocument(of: Array(records.prefix(count)))) }
        guard count == records.count else { return }
        try await source.settle(open.remove(at: index), ParcelOutcome(remaining: []))
    }

    private func delivered(_ page: StreamPage) throws -> [UInt8] { try page.delivered(from: streamARN) }
}

extension StreamPage {
    /// The records as Lambda delivers them.
    fileprivate func delivered(from streamARN: String) throws -> [UInt8] {
        eventDocument(of: try event.records.map { try ReplayRecord($0.node, streamARN: streamARN) })
    }
}

extension DynamoDBClient {
    /// Every item, by its key.
    fileprivate func allItems(of table: String) async throws -> [String: String] {
        var items: [String: String] = [:]
        var key: Item?
        repeat {
            let page = try await scan(Scan(table, after: key, consistently: true))
            for item in page.items {
                items[item["id"]?.string ?? ""] = String(decoding: item.sortedJSON, as: UTF8.self)
            }
            key = page.lastEvaluatedKey
        } while key != nil
        return items
    }

    /// Puts or deletes an item, one that is there or not.
    fileprivate func writeAnything(
        _ number: Int,
        among count: Int,
        of table: String,
        _ random: inout SeededRandom
    ) async throws {
        let id = "o-\(Int.random(in: 0..<count, using: &random))"
        if Int.random(in: 0..<3, using: &random) == 0 {
            try await deleteItem(DeleteItem(["id": .string(id)], from: table))
        } else {
            try await putItem(PutItem(["id": .string(id), "v": .string("new-\(number)")], into: table))
        }
    }
}

extension DynamoDBStreamsClient {
    /// Handles the stream of moto, which has one shard, until it is empty after `isWritten`.
    fileprivate func handleAll(
        of streamARN: String,
        by projector: Projector,
        until isWritten: @Sendable () -> Bool
    ) async throws {
        let shard = try await describeStream(streamARN).shards.first?.id ?? ""
        var iterator = try await shardIterator(.trimHorizon, inShard: shard, of: streamARN)
        while true {
            let isLast = isWritten()
            let page = try await records(at: iterator, limit: 100)
            iterator = page.nextIterator ?? iterator
            if !page.event.records.isEmpty {
                try await projector.handle(try page.delivered(from: streamARN))
            } else if isLast {
                return
            }
        }
    }
}

extension Moto {
    /// Puts many items, 25 in a request.
    func putItems(_ items: [(id: String, value: String)], into table: String) async throws {
        for start in stride(from: 0, to: items.count, by: 25) {
            let puts = items[start..<min(start + 25, items.count)].map { item in
                #"{"PutRequest":{"Item":{"id":{"S":"\#(item.id)"},"v":{"S":"\#(item.value)"}}}}"#
            }
            _ = try await call(
                service: "dynamodb",
                target: "DynamoDB_20120810.BatchWriteItem",
                body: #"{"RequestItems":{"\#(table)":[\#(puts.joined(separator: ","))]}}"#
            )
        }
    }

    func turnOnStream(of table: String) async throws {
        _ = try await call(
            service: "dynamodb",
            target: "DynamoDB_20120810.UpdateTable",
            body: """
                {"TableName":"\(table)","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}
                """
        )
    }
}
