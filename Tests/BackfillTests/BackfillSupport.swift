// What the tests of backfills share: a stream, items, and a function that applies each change to a projection.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import HTTPScripting
import Idempotency
import JSONScanning
import LambdaFunctions
import LambdaStreams
import LambdaStreamsIdempotency
import LambdaStreamsTesting
import RecordReplay
import SharedState

let ordersStream = BackfillStream(
    streamARN: "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
    keyNames: ["id"]
)

/// An item in DynamoDB's JSON as a record.
func record(of json: String, _ stream: BackfillStream = ordersStream, at seconds: Int64 = 1_789_651_658) throws
    -> ReplayRecord
{
    let node = try JSONDocument(Array(json.utf8)).root
    return try BackfillRecords(of: stream, asOf: EpochTime(seconds: seconds)).record(of: node)
}

func eventDocument(of records: [ReplayRecord]) -> [UInt8] {
    Array(#"{"Records":["#.utf8) + records.map(\.json).joined(separator: Array(",".utf8)) + Array("]}".utf8)
}

/// A function that keeps a copy of the table: the image of each item, under its key.
final class Projector: Sendable {
    private final class Copy: Sendable {
        let items = Guarded<[String: String]>([:])
        let applied = Guarded(0)
    }

    private let copy: Copy
    private let processor: BatchProcessor<StreamRecord>

    /// - Parameters:
    ///   - isGuarded: whether it keeps the last applied numbers.
    ///   - before: runs before a change is applied.
    init(
        isGuarded: Bool,
        isUnordered: Bool = false,
        guarantee: ApplyGuarantee = .atLeastOnceExclusively,
        before: @escaping @Sendable (StreamRecord) async -> Void = { _ in }
    ) {
        let copy = Copy()
        self.copy = copy
        let plain = BatchProcessor(order: isUnordered ? .unordered(maxConcurrency: 4) : .sequential) {
            (record: StreamRecord, _: RecordContext) in
            guard let key = record.keys?["id"]?.string else { throw MissingKey() }
            await before(record)
            copy.applied.withLock { $0 += 1 }
            let image = record.newImage.map { String(decoding: $0.sortedJSON, as: UTF8.self) }
            copy.items.withLock { $0[key] = record.eventName == .remove ? nil : image }
        }
        let numbers = LastAppliedGuard(
            store: InMemoryLastAppliedStore(),
            settings: LastAppliedSettings(guarantee: guarantee)
        )
        processor = isGuarded ? plain.onlyNewer(using: numbers) : plain
    }

    var projection: [String: String] { copy.items.withLock { $0 } }
    /// How many changes were applied.
    var appliedCount: Int { copy.applied.withLock { $0 } }

    /// Handles an event.
    func handle(_ event: [UInt8]) async throws {
        let response = try await processor.process(try StreamEvent(event), context: .testing())
        if !response.batchItemFailures.isEmpty { throw MissingKey() }
    }

    private struct MissingKey: Error {}
}

extension Item {
    /// The item with its names in one order, to compare by.
    var sortedJSON: [UInt8] { Item([String: AttributeValue](self)).json }
}

/// A client of a server that answers as a test says.
func client(of server: ScriptedServer) -> AWSClient {
    AWSClient(
        region: "eu-central-1",
        endpoint: "http://\(server.endpoint)",
        credentials: AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "SECRET"),
        retryPolicy: AWSRetryPolicy(maximumAttempts: 1),
        timeout: .seconds(60),
        environment: AWSEnvironment([:])
    )
}

struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
