// The course of one shard: its records, its invocations, and the outcome of each record.

import DynamoDBStreamEvents
import EventSourceMapping

struct ShardTrace: Sendable {
    /// What became of a record.
    enum Fate: UInt8, Sendable {
        case waiting, filtered, handled, discarded, lost

        /// A letter for each, as the report's data has them.
        var letter: Character {
            switch self {
            case .waiting: "w"
            case .filtered: "f"
            case .handled: "h"
            case .discarded: "d"
            case .lost: "l"
            }
        }
    }

    /// Records that were discarded, or a window that could not be closed.
    struct Loss: Sendable {
        /// How many invocations came before it.
        let after: Int
        let records: TracedRecords
        /// The sequence numbers as people read them.
        let range: String
        let reason: String
        /// Whether a message to the on-failure destination describes it.
        let hasMessage: Bool
        /// The message, where content is kept.
        let message: [UInt8]?
        let isWindow: Bool
    }

    let id: String
    /// Whether records and invocations are kept once they are done. A live run has no end, and keeps counts of them.
    private let keepsHistory: Bool
    /// What became of the records and invocations that are no longer kept.
    private(set) var earlier = RunCounts()
    /// The position of the first record that is kept.
    private var base = 0
    private(set) var sequenceNumbers: [SequenceNumber] = []
    private(set) var fates: [Fate] = []
    /// How often each record was delivered.
    private(set) var deliveries: [UInt32] = []
    var invocations: [TracedInvocation] = []
    /// How many invocations came before, and the position that the checkpoint passed.
    private(set) var checkpoints: [(after: Int, position: Int)] = []
    private(set) var losses: [Loss] = []
    /// The records' JSON as it was sent, for those that are kept.
    var bodies: [Int: [UInt8]] = [:]
    private var lineages: [Int: BatchLineage] = [:]

    /// So many records are forgotten at once: the rest moves up.
    private static let forgettingStep = 1024

    init(id: String, keepsHistory: Bool) {
        self.id = id
        self.keepsHistory = keepsHistory
    }

    mutating func add(_ sequenceNumber: SequenceNumber) {
        // Records come in order; one that does not was not taken by the mapping either.
        if let last = sequenceNumbers.last, sequenceNumber <= last { return }
        sequenceNumbers.append(sequenceNumber)
        fates.append(.waiting)
        deliveries.append(0)
    }

    /// The position of a record, by a binary search.
    func position(of number: SequenceNumber) -> Int? {
        var low = 0
        var high = sequenceNumbers.count
        while low < high {
            let middle = low + (high - low) / 2
            if sequenceNumbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < sequenceNumbers.count && sequenceNumbers[low] == number ? base + low : nil
    }

    func records(_ numbers: [SequenceNumber]) -> TracedRecords {
        guard let first = numbers.first.flatMap(position), let last = numbers.last.flatMap(position) else {
            return TracedRecords([])
        }
        if last - first + 1 == numbers.count { return TracedRecords(Array(first...last)) }
        return TracedRecords(numbers.compactMap(position))
    }

    mutating func place(of records: TracedRecords, _ invocation: MappingInvocation) -> BatchLineage.Place {
        lineages[invocation.concurrentBatch, default: BatchLineage()].place(
            of: records,
            requestID: invocation.requestID,
            attempt: invocation.attempt
        )
    }

    /// - Parameter ignored: the position from which on the function reported records to a mapping that does not listen.
    mutating func append(_ invocation: TracedInvocation, at place: BatchLineage.Place, ignoredFrom ignored: Int?) {
        let index = keepsHistory ? invocations.count : earlier.attempts
        if keepsHistory { invocations.append(invocation) } else { earlier.add(invocation.outcome) }
        lineages[invocation.concurrentBatch, default: BatchLineage()].ended(
            index,
            invocation.records,
            requestID: invocation.requestID,
            outcome: invocation.outcome,
            at: place
        )
        if invocation.outcome == .throttled { return }
        for position in invocation.records.positions where position >= base {
            deliveries[position - base] += 1
            let isDone =
                switch invocation.outcome {
                case .success: true
                case .partial: position < invocation.failed ?? 0
                case .failed, .throttled: false
                }
            if isDone { fates[position - base] = position >= ignored ?? .max ? .lost : .handled }
        }
    }

    mutating func filtered(_ numbers: [SequenceNumber]) {
        for position in numbers.compactMap(position) { fates[position - base] = .filtered }
    }

    mutating func checkpoint(_ number: SequenceNumber) {
        guard let position = position(of: number) else { return }
        guard keepsHistory else { return forget(upTo: position) }
        if let last = checkpoints.last, last.after == invocations.count {
            checkpoints[checkpoints.count - 1].position = max(last.position, position)
        } else {
            checkpoints.append((invocations.count, position))
        }
    }

    mutating func lose(_ numbers: [SequenceNumber], reason: String, message: [UInt8]?) {
        let records = records(numbers)
        for position in records.positions { fates[position - base] = message == nil ? .lost : .discarded }
        losses.append(
            Loss(
                after: invocations.count,
                records: records,
                range: range(records),
                reason: reason,
                hasMessage: message != nil,
                message: keepsHistory ? message : nil,
                isWindow: numbers.isEmpty
            )
        )
    }

    /// Runs of records that were lost and are in no loss: the function reported them to a mapping that does not read
    /// reports.
    var unreadReports: [TracedRecords] {
        var logged = Set<Int>()
        for loss in losses where loss.records.last >= base { logged.formUnion(loss.records.positions) }
        var runs: [[Int]] = []
        for position in fates.indices.map({ base + $0 }) where fates[position - base] == .lost {
            guard !logged.contains(position) else { continue }
            if let last = runs.last?.last, last + 1 == position {
                runs[runs.count - 1].append(position)
            } else {
                runs.append([position])
            }
        }
        return runs.map { TracedRecords($0) }
    }

    func range(_ records: TracedRecords) -> String {
        guard !records.isEmpty else { return "" }
        let first = sequenceNumbers[records.first - base].description
        return records.count == 1 ? first : "\(first) to \(sequenceNumbers[records.last - base])"
    }

    /// Counts the records that the checkpoint has passed, which do not come again, and forgets them.
    private mutating func forget(upTo position: Int) {
        guard position - base >= Self.forgettingStep else { return }
        let waiting = fates.firstIndex(of: .waiting) ?? fates.count
        let count = min(waiting, position + 1 - base)
        // Lost without an entry of the log, so that only the fates say it.
        for run in unreadReports where run.first < base + count {
            let passed = TracedRecords(run.positions.filter { $0 < base + count })
            losses.append(.unreadReport(passed, range: range(passed), after: earlier.attempts))
        }
        for index in 0..<count { earlier.add(fates[index], deliveries: deliveries[index]) }
        sequenceNumbers.removeFirst(count)
        fates.removeFirst(count)
        deliveries.removeFirst(count)
        base += count
    }
}

extension ShardTrace.Loss {
    static func unreadReport(_ records: TracedRecords, range: String, after: Int) -> Self {
        Self(
            after: after,
            records: records,
            range: range,
            reason: "the function reported a failure, and the mapping does not read reports",
            hasMessage: false,
            message: nil,
            isWindow: false
        )
    }
}
