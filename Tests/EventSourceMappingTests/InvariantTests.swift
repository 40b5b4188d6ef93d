// What holds for every mapping, stream and function: a thousand random ones.

import DynamoDBStreamEvents
import EventSourceMapping
import Testing

@Suite("Invariants")
struct InvariantTests {
    @Test("a thousand random mappings lose and skip nothing without saying so", arguments: 0..<20)
    func random(_ part: Int) throws {
        for seed in (part * 50)..<(part * 50 + 50) {
            let run = try RandomRun(seed: UInt64(seed))
            var ledger = Ledger(run)
            ledger.check()
            #expect(ledger.problems == [], "seed \(seed), \(run.configuration)")
        }
    }

    @Test("the same seed gives the same log")
    func deterministic() throws {
        for seed in 0..<20 {
            #expect(try RandomRun(seed: UInt64(seed)).entries == RandomRun(seed: UInt64(seed)).entries)
        }
    }
}

/// Goes through a log and keeps account of every record.
private struct Ledger {
    private let run: RandomRun
    private(set) var problems: [String] = []
    private let written: [String: [RandomRun.Written]]
    /// What became of each record, by shard and number.
    private var resolved: [String: [Int: String]] = [:]
    private var failures: [String: Int] = [:]
    private var batches: [String: [SequenceNumber]] = [:]

    init(_ run: RandomRun) {
        self.run = run
        written = Dictionary(grouping: run.written, by: \.shardID)
    }

    private mutating func require(_ condition: Bool, _ problem: @autoclosure () -> String) {
        if !condition { problems.append(problem()) }
    }

    mutating func check() {
        require(run.hasFinished, "the run did not finish")
        for (invocation, numbers) in run.handed {
            require(invocation.sequenceNumbers.map(\.description) == numbers, "the event has other records")
            require(numbers.count <= run.configuration.batchSize, "the batch is too large")
        }
        for entry in run.entries {
            switch entry {
            case .invoke(let invoke): check(invoke)
            case .checkpoint(let checkpoint): check(checkpoint)
            case .filtered(let filtered): resolve(filtered.sequenceNumbers, filtered.shardID, "filtered")
            case .destination(let destination):
                check(destination)
                resolve(destination.delivery.sequenceNumbers, destination.delivery.shardID, "told")
            case .dropped(let dropped):
                require(
                    run.configuration.onFailureDestination == nil || dropped.destinationFailure != nil
                        || dropped.reason == .recordsExpired,
                    "records were dropped though there is a destination"
                )
                resolve(dropped.sequenceNumbers, dropped.shardID, "dropped")
            case .warning: break
            }
        }
        for record in run.written {
            let fate = resolved[record.shardID]?[record.number]
            require(fate != nil, "record \(record.number) of \(record.shardID) was skipped")
            require((fate == "filtered") == !record.isKept, "record \(record.number) passed the filter wrongly")
        }
        for (shardID, records) in written {
            let checkpoint = run.entries.compactMap { entry -> String? in
                if case .checkpoint(let entry) = entry, entry.shardID == shardID {
                    entry.sequenceNumber.description
                } else {
                    nil
                }
            }.last
            require(checkpoint == records.last.map { "\($0.number)" }, "the checkpoint of \(shardID) stopped early")
        }
        let told = run.entries.reduce(0) { count, entry in
            if case .destination(let entry) = entry { count + entry.delivery.sequenceNumbers.count } else { count }
        }
        require(told == run.metrics.onFailureDestinationDeliveredEventCount, "the metric of messages is wrong")
        require(run.written.count == run.metrics.polledEventCount, "the metric of reading is wrong")
    }

    private mutating func resolve(_ numbers: [SequenceNumber], _ shardID: String, _ fate: String) {
        for number in numbers.compactMap({ Int($0.description) }) {
            let earlier = resolved[shardID, default: [:]].updateValue(fate, forKey: number)
            require(earlier == nil, "record \(number) of \(shardID) was \(earlier ?? "") and then \(fate)")
        }
    }

    private mutating func check(_ entry: DeliveryLogEntry.Invoke) {
        let invocation = entry.invocation
        let numbers = invocation.sequenceNumbers.compactMap { Int($0.description) }
        require(numbers == numbers.sorted(), "a batch is out of order")
        let batch = batches[invocation.requestID]
        require(batch == nil || batch == invocation.sequenceNumbers, "one request id has two batches")
        batches[invocation.requestID] = invocation.sequenceNumbers
        // An item's records come one after the other: none before it is open, and none of the batch is done.
        let keys = Dictionary(
            uniqueKeysWithValues: written[invocation.shardID, default: []].map { ($0.number, $0.key) }
        )
        // What is held to be told together with what follows is in the log only then.
        if let first = numbers.first, !run.policies.consolidatesAdjacentFailures {
            for (number, key) in keys where number < first && numbers.contains(where: { keys[$0] == key }) {
                let isFirstOfKey = numbers.first { keys[$0] == key }.map { number < $0 } ?? false
                require(
                    !isFirstOfKey || resolved[invocation.shardID]?[number] != nil,
                    "record \(first) overtook \(number) of the same item"
                )
            }
        }
        for number in numbers {
            require(resolved[invocation.shardID]?[number] == nil, "record \(number) was delivered after it was done")
        }
        if let window = invocation.window {
            let arrivals = written[invocation.shardID, default: []].filter { numbers.contains($0.number) }.map(
                \.arrival
            )
            require(arrivals.allSatisfy { window.start <= $0 && $0 < window.end }, "a batch crosses its window")
            require(window.isFinalInvokeForWindow == numbers.isEmpty, "a final invocation has records")
        }
        switch entry.outcome {
        case .success: resolve(invocation.sequenceNumbers, invocation.shardID, "handled")
        case .partial:
            let failed = entry.failedSequenceNumber
            let done = invocation.sequenceNumbers.prefix { number in failed.map { number < $0 } ?? false }
            require(!done.isEmpty, "a partial failure made no progress")
            resolve(Array(done), invocation.shardID, "handled")
        case .failed:
            failures[invocation.requestID, default: 0] += 1
            let count = failures[invocation.requestID, default: 0]
            require(invocation.attempt == count, "the attempt is \(invocation.attempt), not \(count)")
            let retries = run.configuration.maximumRetryAttempts
            require(retries < 0 || count <= retries + 1, "there were \(count) tries")
        case .throttled: break
        }
    }

    private mutating func check(_ entry: DeliveryLogEntry.Checkpoint) {
        for record in written[entry.shardID, default: []] {
            guard let number = SequenceNumber("\(record.number)"), number <= entry.sequenceNumber else { continue }
            require(
                resolved[entry.shardID]?[record.number] != nil,
                "the checkpoint of \(entry.shardID) passed \(record.number), which is not done"
            )
        }
    }

    private mutating func check(_ entry: DeliveryLogEntry.Destination) {
        let message = entry.delivery.message
        let count = failures[message.requestID, default: 0]
        switch message.condition {
        case .retryAttemptsExhausted:
            require(message.approximateInvokeCount == run.configuration.maximumRetryAttempts + 1, "the count is wrong")
            require(
                count == message.approximateInvokeCount,
                "there were \(count) tries, not as many as the message says"
            )
        case .recordAgeExceeded:
            require(message.response == nil, "there is a response of records that are too old")
            let age = Duration.seconds(run.configuration.maximumRecordAgeInSeconds)
            let first = message.records.map { message.timestamp - $0.arrivalOfFirst } ?? .zero
            require(first > age, "records were discarded that are young")
            let isConsolidated = run.policies.consolidatesAdjacentFailures
            require(isConsolidated || message.approximateInvokeCount == max(1, count), "the count is wrong")
        }
    }
}
