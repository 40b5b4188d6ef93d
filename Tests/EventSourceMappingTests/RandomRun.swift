// A mapping of random settings with a random stream and a function of random moods, and what came of it.

import DynamoDBStreamEvents
import EventSourceMapping
import MappingCases
import SeededNumbers

extension SplitMix64 {
    mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &self) == 0 }
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }
}

struct RandomRun {
    struct Written {
        let shardID: String
        let number: Int
        let key: Int
        let arrival: MappingInstant
        let isKept: Bool
    }

    let configuration: EventSourceMappingConfiguration
    private(set) var policies = MappingPolicies()
    private(set) var written: [Written] = []
    private(set) var entries: [DeliveryLogEntry] = []
    private(set) var metrics = MappingMetrics()
    /// What was handed to the function, in that order, with the event's own numbers.
    private(set) var handed: [(invocation: MappingInvocation, numbers: [String])] = []
    private(set) var hasFinished = false
    private var random: SplitMix64
    private var poison: Set<Int> = []
    private var moody: [Int: Int] = [:]

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        configuration = Self.configuration(&random)
        policies.splitRounding = random.pick([.down, .up])
        policies.partlyExpiredBatch = random.pick([.expiredPrefixLeaves, .wholeBatchLeaves])
        policies.parallelCheckpoint = random.pick([.lowestUnfinished, .noneUnderWay])
        policies.stateAfterPartialFailure = random.pick([.returned, .incoming])
        policies.consolidatesAdjacentFailures = random.chance(4)
        policies.pollInterval = random.pick([.zero, .milliseconds(250)])
        policies.concurrentBatchSeed = random.next()
        try run(seed: seed)
    }

    private static func configuration(_ random: inout SplitMix64) -> EventSourceMappingConfiguration {
        let isWindowed = random.chance(4)
        return EventSourceMappingConfiguration(
            batchSize: random.pick([1, 2, 3, 5, 10]),
            maximumBatchingWindowInSeconds: random.pick([0, 0, 1, 5]),
            parallelizationFactor: isWindowed ? 1 : random.pick([1, 1, 2, 4, 10]),
            maximumRetryAttempts: random.pick([-1, 0, 0, 1, 2, 3]),
            maximumRecordAgeInSeconds: random.pick([-1, 60, 120]),
            bisectBatchOnFunctionError: random.chance(2),
            functionResponseTypes: random.chance(2) ? [.reportBatchItemFailures] : [],
            tumblingWindowInSeconds: isWindowed ? random.pick([1, 5, 30]) : 0,
            filterPatterns: !isWindowed && random.chance(3)
                ? [#"{"dynamodb":{"NewImage":{"keep":{"BOOL":[true]}}}}"#] : [],
            onFailureDestination: random.chance(3) ? nil : "arn:aws:sqs:us-east-1:123456789012:failed"
        )
    }

    private mutating func run(seed: UInt64) throws {
        var mapping = try MappingSimulation(configuration, policies: policies, seed: seed)
        mapping.addShard("child", parent: "parent")
        var late: [(String, StreamEvent)] = []
        for shardID in ["parent", "child", "other"] {
            for event in try makeRecords(in: shardID) {
                // Some are there from the beginning, some are written while it runs.
                if random.chance(3) || late.contains(where: { $0.0 == shardID }) {
                    late.append((shardID, event))
                } else {
                    try mapping.add(event, to: shardID)
                }
            }
        }
        var running: [MappingInvocation] = []
        var steps = 0
        loop: while steps < 200_000 {
            steps += 1
            switch mapping.next() {
            case .invoke(let invocation):
                let event = try StreamEvent(mapping.event(of: invocation) ?? [])
                handed.append((invocation, event.records.map { "\($0.sequenceNumber?.description ?? "")" }))
                if random.chance(2) {
                    running.append(invocation)
                } else {
                    let end = invocation.at + .milliseconds(Int.random(in: 0...5_000, using: &random))
                    mapping.finish(invocation.id, with: outcome(of: invocation), at: end)
                }
            case .send(let delivery): mapping.finishSending(delivery.id, failure: random.chance(5) ? "denied" : nil)
            case .log(let entry): entries.append(entry)
            case .wait(let moment):
                if running.isEmpty || random.chance(2) {
                    mapping.advance(to: moment)
                } else {
                    let invocation = running.remove(at: Int.random(in: running.indices, using: &random))
                    mapping.finish(invocation.id, with: outcome(of: invocation))
                }
            case .idle:
                if !running.isEmpty {
                    let invocation = running.remove(at: Int.random(in: running.indices, using: &random))
                    mapping.finish(invocation.id, with: outcome(of: invocation))
                } else if !late.isEmpty {
                    let (shardID, event) = late.removeFirst()
                    try mapping.add(event, to: shardID)
                } else {
                    mapping.endInput()
                }
            case .finished:
                hasFinished = true
                break loop
            }
        }
        metrics = mapping.metrics
    }

    private mutating func makeRecords(in shardID: String) throws -> [StreamEvent] {
        var milliseconds: Int64 = 1_767_225_600_000
        var number = Int.random(in: 1...1_000, using: &random)
        return try (0..<Int.random(in: 0...25, using: &random)).map { _ in
            milliseconds += random.pick([0, 0, 0, 1_000, 10_000, 40_000])
            number += Int.random(in: 1...9, using: &random)
            let key = Int.random(in: 0..<6, using: &random)
            let isKept = configuration.filterPatterns.isEmpty || random.chance(2)
            let record = Written(
                shardID: shardID,
                number: number,
                key: key,
                arrival: MappingInstant(milliseconds: milliseconds),
                isKept: isKept
            )
            written.append(record)
            if random.chance(8) { poison.insert(number) }
            if random.chance(6) { moody[number] = Int.random(in: 1...3, using: &random) }
            let json = """
                {"Records":[{"eventName":"INSERT","dynamodb":{"ApproximateCreationDateTime":\(milliseconds / 1_000),\
                "Keys":{"id":{"N":"\(key)"}},"NewImage":{"keep":{"BOOL":\(isKept)}},"SequenceNumber":"\(number)"}}]}
                """
            return try StreamEvent(Array(json.utf8))
        }
    }

    /// Fails for a poison record always and for a moody one a few times; throws, or reports where that is read.
    private mutating func outcome(of invocation: MappingInvocation) -> InvocationOutcome {
        if random.chance(15) { return random.pick([.throttled, .unavailable(reason: "soon"), .requestTooLarge]) }
        let numbers = invocation.sequenceNumbers.compactMap { Int($0.description) }
        var failed: [Int] = []
        for number in numbers {
            if poison.contains(number) { failed.append(number) }
            if let times = moody[number], times > 0 {
                moody[number] = times - 1
                failed.append(number)
            }
        }
        let state = configuration.tumblingWindowInSeconds > 0 ? #""state":{"last":\#(invocation.id)},"# : ""
        if failed.isEmpty { return .response("{\(state)\"batchItemFailures\":[]}") }
        guard configuration.reportsBatchItemFailures, random.chance(2) else { return .functionError(message: "poison") }
        let list = failed.shuffled(using: &random).map { #"{"itemIdentifier":"\#($0)"}"# }.joined(separator: ",")
        return .response("{\(state)\"batchItemFailures\":[\(list)]}")
    }
}
