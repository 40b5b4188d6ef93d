// A source and a target that do what a test says, and remember what was done to them.

import DynamoDBStreamEvents
import EventSourceMapping
import JSONScanning
import SharedState

@testable import RecordReplay

/// Gives out the parcels it was made of.
actor ListedSource: ReplaySource {
    private var parcels: [ReplayParcel]
    private(set) var outcomes: [Int: ParcelOutcome] = [:]
    private(set) var settlementCount = 0
    private(set) var isClosed = false
    private let failsToSettle: Set<Int>
    private let endsWith: (any Error)?

    init(_ parcels: [ReplayParcel], failsToSettle: Set<Int> = [], endsWith: (any Error)? = nil) {
        self.parcels = parcels.reversed()
        self.failsToSettle = failsToSettle
        self.endsWith = endsWith
    }

    func next() async throws -> ReplayParcel? {
        if parcels.isEmpty, let endsWith { throw endsWith }
        return parcels.popLast()
    }

    func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) async throws {
        settlementCount += 1
        if failsToSettle.contains(parcel.id) { throw ScriptedError("the queue is gone") }
        outcomes[parcel.id] = outcome
    }

    func close() async { isClosed = true }
}

struct ScriptedError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// One record as a function receives it.
struct SeenRecord: Hashable, Sendable {
    let item: String
    let number: Int
}

/// Answers by a script, and checks that no two events with records of one item overlap.
actor ScriptedTarget: ReplayTarget {
    private let script: @Sendable (_ records: [SeenRecord], _ call: Int) async -> InvocationOutcome
    private(set) var calls: [[SeenRecord]] = []
    private(set) var overlaps = 0
    private(set) var mostAtOnce = 0
    private var underWay: [String: Int] = [:]
    private var active = 0

    init(_ script: @escaping @Sendable (_ records: [SeenRecord], _ call: Int) async -> InvocationOutcome) {
        self.script = script
    }

    func handle(_ event: [UInt8]) async -> InvocationOutcome {
        let records = Self.records(event)
        calls.append(records)
        active += 1
        mostAtOnce = max(mostAtOnce, active)
        let items = Set(records.map(\.item))
        for item in items {
            overlaps += underWay[item] ?? 0
            underWay[item, default: 0] += 1
        }
        let outcome = await script(records, calls.count)
        for item in items { underWay[item, default: 1] -= 1 }
        active -= 1
        return outcome
    }

    nonisolated static func records(_ event: [UInt8]) -> [SeenRecord] {
        guard let records = (try? StreamEvent(event))?.records else { return [] }
        return records.map { record in
            SeenRecord(
                item: record.keys?["id"]?.string ?? "?",
                number: record.sequenceNumber.flatMap { Int("\($0)") } ?? -1
            )
        }
    }
}

/// Succeeds, and keeps the events.
actor KeepingTarget: ReplayTarget {
    private(set) var events: [[UInt8]] = []

    func handle(_ event: [UInt8]) async -> InvocationOutcome {
        events.append(event)
        return .response("{}")
    }
}

extension ReplayRecord {
    static func record(item: String, number: Int) -> ReplayRecord {
        let json = """
            {"eventID":"e\(number)","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb",\
            "awsRegion":"eu-central-1","dynamodb":{"ApproximateCreationDateTime":1.7E9,"Keys":{"id":{"S":"\(item)"}},\
            "SequenceNumber":"\(number)","SizeBytes":10,"StreamViewType":"KEYS_ONLY"}}
            """
        guard let node = try? JSONDocument(Array(json.utf8)).root,
            let record = try? ReplayRecord(
                node,
                streamARN: "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
            )
        else { preconditionFailure("a record of a test is not one") }
        return record
    }
}

extension ReplayParcel {
    init(_ id: Int, _ records: [SeenRecord], losses: [ReplayLoss] = []) {
        self.init(
            id: id,
            origin: "parcel \(id)",
            records: records.map { .record(item: $0.item, number: $0.number) },
            losses: losses
        )
    }
}

/// The events of a replay, in their order.
final class EventLog: Sendable {
    private let events = Guarded<[ReplayEvent]>([])

    var observer: @Sendable (ReplayEvent) -> Void { { event in self.events.withLock { $0.append(event) } } }
    var all: [ReplayEvent] { events.withLock { $0 } }
}

/// A generator whose numbers a seed reproduces (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
