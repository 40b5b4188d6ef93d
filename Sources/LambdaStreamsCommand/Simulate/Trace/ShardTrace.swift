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
        let reason: String
        /// The message to the on-failure destination; nil where there is none.
        let message: [UInt8]?
        let isWindow: Bool
    }

    let id: String
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

    init(id: String) { self.id = id }

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
        return low < sequenceNumbers.count && sequenceNumbers[low] == number ? low : nil
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
        let index = invocations.count
        invocations.append(invocation)
        lineages[invocation.concurrentBatch, default: BatchLineage()].ended(
            index,
            invocation.records,
            requestID: invocation.requestID,
            outcome: invocation.outcome,
            at: place
        )
        if invocation.outcome == .throttled { return }
        for position in invocation.records.positions {
            deliveries[position] += 1
            let isDone =
                switch invocation.outcome {
                case .success: true
                case .partial: position < invocation.failed ?? 0
                case .failed, .throttled: false
                }
            if isDone { fates[position] = position >= ignored ?? .max ? .lost : .handled }
        }
    }

    mutating func filtered(_ numbers: [SequenceNumber]) {
        for position in numbers.compactMap(position) { fates[position] = .filtered }
    }

    mutating func checkpoint(_ number: SequenceNumber) {
        guard let position = position(of: number) else { return }
        if let last = checkpoints.last, last.after == invocations.count {
            checkpoints[checkpoints.count - 1].position = max(last.position, position)
        } else {
            checkpoints.append((invocations.count, position))
        }
    }

    mutating func lose(_ numbers: [SequenceNumber], reason: String, message: [UInt8]?) {
        let records = records(numbers)
        for position in records.positions { fates[position] = message == nil ? .lost : .discarded }
        losses.append(
            Loss(
                after: invocations.count,
                records: records,
                reason: reason,
                message: message,
                isWindow: numbers.isEmpty
            )
        )
    }
}
