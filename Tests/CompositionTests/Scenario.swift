// One random function and stream: which stages in which order of writing, which records, and how the mapping is set.

import DynamoDBStreamEvents
import EventSourceMapping
import Idempotency
import LambdaStreams
import LambdaStreamsIdempotency
import SeededNumbers

/// What a record does to its handler.
enum RecordKind: Sendable, Hashable {
    case good
    /// No filter wants it.
    case unwanted
    /// Fails by its own fault so often, fewer times than it takes to become a dead letter.
    case recovering(Int)
    /// Fails by somebody else's fault so often.
    case disturbed(Int)
    /// Takes longer than its time limit so often.
    case slow(Int)
    /// Fails always.
    case poison
    /// Fails always, and says so.
    case permanent
    case undecodable

    var isAtFault: Bool { self == .poison || self == .permanent || self == .undecodable }
}

/// A modifier of the processor.
enum Stage: Int, CaseIterable, Sendable {
    case filtered, deadLettered, onlyNewer, idempotent, retried, timed, layered
}

struct Scenario: Sendable, CustomStringConvertible {
    let seed: UInt64
    /// In the order of writing.
    let stages: [Stage]
    let order: ProcessingOrder
    let onFailure: FailureRule?
    let kinds: [RecordKind]
    /// The item of each record.
    let items: [Int]
    let mapping: EventSourceMappingConfiguration
    let deliveriesToDeadLetter: Int
    let faultRate: Int

    init(seed: UInt64, allowing allowed: [Stage] = Stage.allCases, window: Int = 0) {
        var random = SplitMix64(seed: seed)
        self.seed = seed
        let chosen = allowed.filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
        stages = chosen
        let width = Int.random(in: 1...4, using: &random)
        let orders: [ProcessingOrder] = [
            .sequential, .perKey(maxConcurrency: width), .unordered(maxConcurrency: width),
        ]
        order = orders[Int.random(in: 0..<3, using: &random)]
        let rules: [FailureRule?] = [nil, .stop, .continue]
        onFailure = rules[Int.random(in: 0..<3, using: &random)]
        let deliveries = Int.random(in: 2...4, using: &random)
        deliveriesToDeadLetter = deliveries
        func kind() -> RecordKind {
            switch Int.random(in: 0..<12, using: &random) {
            case 0 where chosen.contains(.filtered): .unwanted
            case 1, 2: .recovering(Int.random(in: 1..<deliveries, using: &random))
            case 3: .disturbed(Int.random(in: 1...6, using: &random))
            case 4 where chosen.contains(.timed): .slow(Int.random(in: 1..<deliveries, using: &random))
            case 5 where chosen.contains(.deadLettered): .poison
            case 6 where chosen.contains(.deadLettered): .permanent
            case 7 where chosen.contains(.deadLettered): .undecodable
            default: .good
            }
        }
        let count = Int.random(in: 1...7, using: &random)
        kinds = (0..<count).map { _ in kind() }
        items = (0..<count).map { _ in Int.random(in: 0..<3, using: &random) }
        mapping = EventSourceMappingConfiguration(
            batchSize: Int.random(in: 1...8, using: &random),
            bisectBatchOnFunctionError: Bool.random(using: &random),
            functionResponseTypes: [.reportBatchItemFailures],
            tumblingWindowInSeconds: window
        )
        faultRate = [0, 3, 10][Int.random(in: 0..<3, using: &random)]
    }

    func has(_ stage: Stage) -> Bool { stages.contains(stage) }

    var description: String {
        """
        seed \(seed): \(stages), \(order), on failure \(onFailure.map { "\($0)" } ?? "default"), \(kinds) of items \(items), \
        batches of \(mapping.batchSize), dead letter after \(deliveriesToDeadLetter), faults \(faultRate) %
        """
    }

    /// The stream: one record a second.
    func event() throws -> StreamEvent {
        let records = kinds.indices.map { index in
            let total = kinds[index] == .undecodable ? #"{"S":"many"}"# : #"{"N":"\#(1 << index)"}"#
            return """
                {"eventID":"c4ca4238a0b923820dcc509a6f\(1000 + index)","eventName":"MODIFY","eventVersion":"1.1",\
                "eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{\
                "ApproximateCreationDateTime":\(1_789_651_600 + index),"Keys":{"id":{"S":"item-\(items[index])"}},\
                "NewImage":{"id":{"S":"item-\(items[index])"},"total":\(total)},\
                "SequenceNumber":"519000043717437791\(1000 + index)","SizeBytes":59,\
                "StreamViewType":"NEW_IMAGE"},"eventSourceARN":"\(EventSourceMappingConfiguration.exampleStream)"}
                """
        }
        return try StreamEvent(Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8))
    }
}

/// The item of the scenario's table.
struct Amount: Codable, Sendable {
    let id: String
    let total: Int
}

struct RecordFault: Error {}
struct DependencyDown: ClassifiedFailure {
    var failureKind: FailureKind { .elsewhere }
}

extension Scenario {
    /// What the author's handler does with a record.
    func handle(_ record: StreamRecord, in world: World) async throws -> Amount? {
        let index = recordIndex(of: record.itemIdentifier ?? "")
        try await world.before(.handler, index)
        let run = world.runs(index)
        let change: ItemChange<Amount>
        do {
            change = try record.change(as: Amount.self)
            switch kinds[index] {
            case .recovering(let failures) where run <= failures: throw RecordFault()
            case .poison: throw RecordFault()
            case .permanent: throw Permanent(RecordFault())
            default: break
            }
        } catch {
            world.noteFailed(index)
            throw error
        }
        switch kinds[index] {
        case .disturbed(let failures) where run <= failures: throw DependencyDown()
        case .slow(let failures) where run <= failures:
            world.noteFailed(index)
            try await Task.sleep(for: .seconds(3600))
        default: break
        }
        return change.new
    }

    /// The processor, its modifiers written in the scenario's order.
    func processor(in world: World, _ idempotency: FaultyIdempotencyStore, _ lastApplied: FaultyLastAppliedStore)
        -> BatchProcessor<StreamRecord>
    {
        let clock = WallClock { world.milliseconds }
        var processor = BatchProcessor(order: order, settings: BatchSettings(onFailure: onFailure)) {
            (record: StreamRecord, _: RecordContext) in
            guard try await handle(record, in: world) != nil else { return }
            let index = recordIndex(of: record.itemIdentifier ?? "")
            world.noteApplied(index)
            try await world.after(.handler, index)
        }
        for stage in stages {
            switch stage {
            case .idempotent:
                let settings = IdempotencySettings(runningDuplicate: .fail, clock: clock)
                let once = IdempotentOperations(store: idempotency, settings: settings)
                processor = processor.idempotent(using: once)
            case .onlyNewer:
                let settings = LastAppliedSettings(runningDuplicate: .fail, clock: clock)
                processor = processor.onlyNewer(using: LastAppliedGuard(store: lastApplied, settings: settings))
            default: processor = adding(stage, to: processor, in: world)
            }
        }
        return processor
    }

    /// Adds a stage that windows have too.
    func adding<Processor: RecordProcessor>(
        _ stage: Stage,
        to processor: Processor,
        in world: World
    ) -> Processor where Processor.Record == StreamRecord {
        switch stage {
        case .filtered:
            processor.filtered { kinds[recordIndex(of: $0.itemIdentifier ?? "")] != .unwanted }
        case .deadLettered: processor.deadLettered(after: deliveriesToDeadLetter, to: FaultySink(world: world))
        case .retried: processor.retried(RetryPolicy(attempts: 2, firstPause: .zero))
        case .timed: processor.timed(out: kinds.contains(where: \.isSlow) ? .milliseconds(2) : .seconds(600))
        case .layered: processor.layered(YieldingLayer())
        case .idempotent, .onlyNewer: processor
        }
    }
}

extension RecordKind {
    fileprivate var isSlow: Bool { if case .slow = self { true } else { false } }
}

/// A custom layer that gives others a chance to come in between.
private struct YieldingLayer: RecordLayer {
    func handle(
        _ record: StreamRecord,
        context: RecordContext<StreamRecord>,
        next: any RecordHandler<StreamRecord>
    ) async throws {
        await Task.yield()
        try await next.handle(record, context: context)
    }
}
