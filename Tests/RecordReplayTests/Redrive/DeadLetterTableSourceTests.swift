// Redriving a table of dead letters, against moto.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import Moto
import Testing

@testable import RecordReplay

@Suite struct DeadLetterTableSourceTests {
    private let moto: Moto
    private let table = "letters-\(UUID().uuidString.prefix(8))"

    init() throws { moto = try Moto.shared() }

    private var dynamoDB: DynamoDBClient { DynamoDBClient(moto.client()) }

    private func source() throws -> DeadLetterTableSource {
        let stream = try ScriptedStream(.init())
        return DeadLetterTableSource(
            table,
            dynamoDB: dynamoDB,
            s3: S3Client(moto.client()),
            recovery: FailureRecovery(reader: StreamRangeReader(DynamoDBStreamsClient(stream.aws)))
        )
    }

    private func put(_ number: Int, _ text: String? = nil) async throws {
        let letter = text ?? deadLetterJSON("\(number)")
        let item: Item = [
            "source": .string(streamARN), "identifier": .string("\(number)"), "deadLetter": .string(letter),
        ]
        _ = try await dynamoDB.putItem(PutItem(item, into: table))
    }

    private var identifiers: [String] {
        get async throws {
            let page = try await dynamoDB.scan(Scan(table, consistently: true))
            return page.items.compactMap { $0["identifier"]?.string }.sorted()
        }
    }

    @Test("letters are deleted when they are done; what failed or is not a letter stays")
    func letters() async throws {
        try await moto.createTable(table, key: "source", sortKey: "identifier")
        for number in 100..<250 { try await put(number) }
        try await put(900, "hello")
        let source = try source()
        let (done, losses) = try await drain(source) { $0 != "177" }
        #expect(done.count == 149 && Set(done).count == 149)
        #expect(losses.map(\.kind) == [.refused])
        #expect(try await identifiers == ["177", "900"])
        #expect(await source.counts.deleted == 149)
        #expect(try await drain(try self.source(), isDryRun: true).done.isEmpty)
        #expect(try await identifiers == ["177", "900"])
    }

    @Test("a newer letter of the same record is not deleted with the one that was read")
    func replaced() async throws {
        try await moto.createTable(table, key: "source", sortKey: "identifier")
        try await put(1)
        let source = try source()
        let parcel = try #require(try await source.next())
        try await put(1, deadLetterJSON("1").replacing("Permanent", with: "Crashed"))
        try await source.settle(parcel, ParcelOutcome(remaining: []))
        #expect(try await identifiers == ["1"])
    }
}
