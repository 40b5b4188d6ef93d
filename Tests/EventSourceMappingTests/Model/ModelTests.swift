// The machine against the second model: 2,000 random settings, streams and functions, invocation by invocation.

import DynamoDBStreamEvents
import EventSourceMapping
import SeededNumbers
import Testing

@Suite("The machine and a second model")
struct ModelTests {
    @Test("agree on 2,000 random configurations", arguments: 0..<20)
    func agree(_ part: Int) throws {
        for seed in (part * 100)..<(part * 100 + 100) {
            let comparison = try ModelComparison(seed: UInt64(seed))
            #expect(comparison.differences == [], "seed \(seed): \(comparison.description)")
        }
    }

    @Test("are compared with windows, concurrent batches, filters, pages and every kind of outcome")
    func coverage() throws {
        var kinds: Set<String> = []
        for seed in Array(0..<200) { kinds.formUnion(try ModelComparison(seed: UInt64(seed)).kinds) }
        #expect(
            kinds.subtracting(["expired"]) == [
                "window", "concurrent", "filter", "page", "bisect", "success", "partial", "failed", "throttled",
                "RetryAttemptsExhausted", "RecordAgeExceeded", "final",
            ]
        )
    }
}

/// One random run of both.
struct ModelComparison {
    private(set) var differences: [String] = []
    private(set) var kinds: Set<String> = []
    private var settings = ModelSettings()
    private var records: [ModelRecord] = []
    private let keys: [Int: Int]
    private let concurrentBatches: Int
    private let hasFilter: Bool
    private let seed: UInt64
    private let start = 1_767_225_600_000

    var description: String { "\(settings), \(concurrentBatches) concurrent, records \(records)" }

    init(seed: UInt64) throws {
        self.seed = seed
        var random = SplitMix64(seed: seed &* 0x9E37_79B9 &+ 17)
        let isWindowed = random.chance(3)
        concurrentBatches = isWindowed ? 1 : random.pick([1, 1, 2, 3, 10])
        hasFilter = !isWindowed && random.chance(4)
        settings.batchSize = random.pick([1, 2, 3, 5, 10, 100])
        settings.batchingWindow = random.pick([0, 0, 1, 3, 20])
        settings.maximumAge = random.pick([-1, -1, 60, 90])
        // Without any limit a bad record is tried for a day, which a few runs do.
        settings.retries = random.pick([0, 1, 2, 5, settings.maximumAge > 0 || random.chance(8) ? -1 : 3])
        settings.bisects = random.chance(2)
        settings.reports = random.chance(2)
        settings.tumblingWindow = isWindowed ? random.pick([1, 10, 45]) : 0
        settings.pageRecords = random.pick([1, 2, 7, 1_000])
        settings.splitsUp = random.chance(4)
        settings.keepsIncomingState = random.chance(4)
        var time = start
        var keys: [Int: Int] = [:]
        var number = 100
        for index in 0..<Int.random(in: 1...24, using: &random) {
            if index > 0 { time += random.pick([0, 0, 0, 10, 700, 4_000, 31_000, 130_000]) }
            number += Int.random(in: 1...5, using: &random)
            keys[number] = Int.random(in: 0..<5, using: &random)
            records.append(ModelRecord(number: number, arrival: time, isKept: !hasFilter || random.chance(2)))
        }
        self.keys = keys
        settings.start = start + random.pick([0, 0, 130, 5_000])
        try compare()
    }

    // MARK: The function

    /// What the function does with an invocation depends on its records and on how often each has been tried.
    private struct Function {
        let seed: UInt64
        let isWindowed: Bool
        var tries: [Int: Int] = [:]

        mutating func outcome(_ numbers: [Int], _ state: Int) -> (ModelOutcome, duration: Int) {
            var failed: [Int] = []
            // A closing invocation has a number of its own.
            let all = numbers.isEmpty ? [1_000_000 + state % 1_000] : numbers
            var mood: UInt64 = 0
            for number in all {
                tries[number, default: 0] += 1
                let drawn = draw(number)
                mood &+= drawn
                // One in six always fails, one in six a few times.
                if drawn % 6 == 0 || (drawn % 6 == 1 && tries[number, default: 0] <= Int(drawn / 6 % 4)) {
                    failed.append(number)
                }
            }
            let round = UInt64(tries[all[0], default: 0])
            let duration = 1 + Int((mood &+ round &* 31) % 1_900)
            switch (mood / 7 &+ round &* 5) % 23 {
            case 0: return (.throttled, duration)
            case 1 where !failed.isEmpty: return (.tooLarge, duration)
            case 2 where isWindowed: return (.returned(failed: [], isReadable: true, state: nil), duration)
            default: break
            }
            let next = (state &* 7 &+ numbers.reduce(0, +)) % 99_991
            guard !failed.isEmpty else { return (.returned(failed: [], isReadable: true, state: next), duration) }
            switch (mood / 3 &+ round) % 4 {
            case 0: return (.threw, duration)
            case 1 where round > 2: return (.returned(failed: failed, isReadable: false, state: next), duration)
            default: return (.returned(failed: failed.reversed(), isReadable: true, state: next), duration)
            }
        }

        private func draw(_ number: Int) -> UInt64 {
            var generator = SplitMix64(seed: seed &* 1_000_003 &+ UInt64(number))
            return generator.next() % 1_000_000
        }
    }

    // MARK: The machine

    private struct Observed {
        var invocations: [Int: [ModelInvocation]] = [:]
        var messages: [Int: [ModelMessage]] = [:]
        /// Which of the concurrent batches had each record that was lost.
        var lost: [Int: Int] = [:]
        /// The checkpoint after everything that happened at a time.
        var checkpoints: [Int: Int] = [:]
    }

    private func number(_ sequenceNumber: SequenceNumber) -> Int { Int(sequenceNumber.description) ?? -1 }

    private func machine() throws -> Observed {
        let configuration = EventSourceMappingConfiguration(
            batchSize: settings.batchSize,
            maximumBatchingWindowInSeconds: settings.batchingWindow,
            parallelizationFactor: concurrentBatches,
            maximumRetryAttempts: settings.retries,
            maximumRecordAgeInSeconds: settings.maximumAge,
            bisectBatchOnFunctionError: settings.bisects,
            functionResponseTypes: settings.reports ? [.reportBatchItemFailures] : [],
            tumblingWindowInSeconds: settings.tumblingWindow,
            filterPatterns: hasFilter ? [#"{"dynamodb":{"NewImage":{"keep":{"BOOL":[true]}}}}"#] : [],
            onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:failed"
        )
        var policies = MappingPolicies()
        policies.splitRounding = settings.splitsUp ? .up : .down
        policies.stateAfterPartialFailure = settings.keepsIncomingState ? .incoming : .returned
        policies.page = MappingPolicies.Page(recordCount: settings.pageRecords)
        policies.concurrentBatchSeed = seed
        let beginning = MappingInstant(milliseconds: Int64(settings.start))
        var mapping = try MappingSimulation(configuration, policies: policies, seed: seed, start: beginning)
        for record in records {
            let json = """
                {"Records":[{"eventName":"INSERT","dynamodb":{"Keys":{"id":{"N":"\(keys[record.number] ?? 0)"}},\
                "NewImage":{"keep":{"BOOL":\(record.isKept)}},"SequenceNumber":"\(record.number)"}}]}
                """
            let arrival = MappingInstant(milliseconds: Int64(record.arrival))
            for one in try StreamEvent(Array(json.utf8)).records { try mapping.add(one, arrival: arrival) }
        }
        mapping.endInput()
        var observed = Observed()
        var function = Function(seed: seed, isWindowed: settings.tumblingWindow > 0)
        var batches: [String: Int] = [:]
        while true {
            switch mapping.next() {
            case .invoke(let invocation):
                let numbers = invocation.sequenceNumbers.map(number)
                let state = Self.state(invocation.window)
                let (outcome, duration) = function.outcome(numbers, state)
                mapping.finish(
                    invocation.id,
                    with: response(outcome, isClosing: numbers.isEmpty),
                    at: invocation.at + .milliseconds(duration)
                )
            case .send(let delivery): mapping.finishSending(delivery.id)
            case .wait(let moment): mapping.advance(to: moment)
            case .log(let entry): note(entry, &batches, &observed)
            case .idle, .finished: return observed
            }
        }
    }

    private static func state(_ window: WindowInvocation?) -> Int {
        guard let window else { return 0 }
        return Int(String(decoding: window.state.filter { (0x30...0x39).contains($0) }, as: UTF8.self)) ?? 0
    }

    private func response(_ outcome: ModelOutcome, isClosing: Bool) -> InvocationOutcome {
        switch outcome {
        case .threw: return .functionError(message: "thrown")
        case .throttled: return .throttled
        case .tooLarge: return .requestTooLarge
        case .returned(let failed, let isReadable, let state):
            let carried = state.map { #""state":{"s":\#($0)},"# } ?? ""
            let list = failed.map { #"{"\#(isReadable ? "itemIdentifier" : "id")":"\#($0)"}"# }.joined(separator: ",")
            return .response("{\(carried)\"batchItemFailures\":[\(list)]}")
        }
    }

    private func note(_ entry: DeliveryLogEntry, _ batches: inout [String: Int], _ observed: inout Observed) {
        switch entry {
        case .invoke(let invoke):
            let invocation = invoke.invocation
            let queue = invocation.concurrentBatch
            let batch = batches[invocation.requestID] ?? batches.count + 1
            batches[invocation.requestID] = batch
            observed.invocations[queue, default: []].append(
                ModelInvocation(
                    at: Int(invocation.at.milliseconds),
                    end: Int(invoke.endedAt.milliseconds),
                    numbers: invocation.sequenceNumbers.map(number),
                    attempt: invocation.attempt,
                    batch: batch,
                    result: invoke.outcome.rawValue,
                    window: invocation.window.map {
                        [Int($0.start.milliseconds), Self.state($0), $0.isFinalInvokeForWindow ? 1 : 0]
                    }
                )
            )
        case .destination(let sent):
            let message = sent.delivery.message
            observed.messages[sent.delivery.concurrentBatch, default: []].append(
                ModelMessage(
                    at: Int(sent.at.milliseconds),
                    numbers: sent.delivery.sequenceNumbers.map(number),
                    condition: message.condition.rawValue,
                    count: message.approximateInvokeCount,
                    functionError: message.response.map { $0.functionError ?? "null" } ?? ""
                )
            )
        case .dropped(let dropped):
            for one in dropped.sequenceNumbers.map(number) { observed.lost[one] = dropped.concurrentBatch }
        case .checkpoint(let checkpoint):
            observed.checkpoints[Int(checkpoint.at.milliseconds)] = number(checkpoint.sequenceNumber)
        case .filtered, .warning: break
        }
    }

    // MARK: Comparing

    private mutating func compare() throws {
        let observed = try machine()
        assignQueues(observed)
        let readAt = modelReading(records, settings)
        var doneAt: [Int: Int] = [:]
        for record in records where !record.isKept { doneAt[record.number] = readAt[record.number] }
        var lost: Set<Int> = []
        for queue in 0..<concurrentBatches {
            var function = Function(seed: seed, isWindowed: settings.tumblingWindow > 0)
            var model = ModelQueue(settings, records.filter { $0.isKept && $0.queue == queue }, readAt: readAt) {
                function.outcome($1, $2?[1] ?? 0)
            }
            model.run()
            compare(model.invocations, observed.invocations[queue] ?? [], "invocations of \(queue)")
            compare(model.messages, observed.messages[queue] ?? [], "messages of \(queue)")
            doneAt.merge(model.doneAt) { $1 }
            lost.formUnion(model.lost)
            kinds.formUnion(model.invocations.map(\.result))
            kinds.formUnion(model.messages.map(\.condition))
            if model.invocations.contains(where: { $0.window?[2] == 1 }) { kinds.insert("final") }
        }
        if lost != Set(observed.lost.keys) { differences.append("lost: \(lost) and \(observed.lost.keys)") }
        if !lost.isEmpty { kinds.insert("expired") }
        let checkpoints = checkpoints(doneAt)
        if checkpoints != observed.checkpoints {
            differences.append("checkpoints: \(checkpoints) and \(observed.checkpoints)")
        }
        if settings.tumblingWindow > 0 { kinds.insert("window") }
        if concurrentBatches > 1 { kinds.insert("concurrent") }
        if hasFilter { kinds.insert("filter") }
        if settings.pageRecords < records.count { kinds.insert("page") }
        if settings.bisects { kinds.insert("bisect") }
    }

    /// AWS's hash is not published: the model takes over which item goes where, and checks that an item stays there.
    private mutating func assignQueues(_ observed: Observed) {
        var queues = observed.lost
        for (queue, invocations) in observed.invocations {
            for number in invocations.flatMap(\.numbers) { queues[number] = queue }
        }
        for (queue, messages) in observed.messages {
            for number in messages.flatMap(\.numbers) { queues[number] = queue }
        }
        var places: [Int: Int] = [:]
        for index in records.indices {
            let number = records[index].number
            guard records[index].isKept, let queue = queues[number], let key = keys[number] else { continue }
            records[index].queue = queue
            if places.updateValue(queue, forKey: key) ?? queue != queue { differences.append("item \(key) moved") }
        }
    }

    /// The checkpoint is the last record with which all before it are done.
    private func checkpoints(_ doneAt: [Int: Int]) -> [Int: Int] {
        var result: [Int: Int] = [:]
        var latest = 0
        for record in records {
            guard let done = doneAt[record.number] else { break }
            latest = max(latest, done)
            result[latest] = record.number
        }
        return result
    }

    private mutating func compare<Element: Equatable>(_ model: [Element], _ machine: [Element], _ what: String) {
        guard Self.renumbered(model) != Self.renumbered(machine) else { return }
        let place = zip(Self.renumbered(model), Self.renumbered(machine)).enumerated().first { $1.0 != $1.1 }
        differences.append(
            "\(what): model \(model.count), machine \(machine.count); first \(place.map { "\($0)" } ?? "a longer list")"
        )
    }

    /// Batches by the order in which they are first invoked, since neither numbers them as the other does.
    private static func renumbered<Element: Equatable>(_ list: [Element]) -> [Element] {
        var numbers: [Int: Int] = [:]
        return list.map { element in
            guard var invocation = element as? ModelInvocation else { return element }
            let number = numbers[invocation.batch] ?? numbers.count
            numbers[invocation.batch] = number
            invocation.batch = number
            return invocation as? Element ?? element
        }
    }
}
