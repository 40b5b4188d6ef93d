// The order of a batch as a state machine without tasks or time: which record may begin next.

/// Hands out the records of a batch in an order that breaks no rule.
///
/// Records are handed out lowest first. A record behind another one of the same key waits for it, and goes to the
/// worker that finished that one. A record behind a failed one of its key is never handed out.
struct BatchPlan: Sendable {
    private enum Stage: UInt8 {
        case untouched, waiting, running, done, failed
    }

    private var stages: [Stage]
    private let chain: KeyChain?
    private let stopsAtFailure: Bool
    /// The next record that nobody has looked at.
    private var cursor = 0
    /// Everything below is done.
    private var lowWater = 0
    private var lowestFailure = Int.max
    private var isClosed = false
    private(set) var doneCount = 0

    /// - Parameters:
    ///   - chain: which record follows which of the same key; nil when keys do not matter.
    ///   - stopsAtFailure: whether nothing behind a failed record is begun.
    init(count: Int, chain: KeyChain?, stopsAtFailure: Bool) {
        stages = [Stage](repeating: .untouched, count: count)
        self.chain = chain
        self.stopsAtFailure = stopsAtFailure
    }

    /// The lowest record that is not done; nil when all are.
    var lowestUndone: Int? { lowWater < stages.count ? lowWater : nil }

    /// Every record that is not done, in order.
    var undone: [Int] { stages.indices.filter { stages[$0] != .done } }

    /// Takes the next record that may begin. Nil: there is none for this worker, now or later.
    mutating func begin() -> Int? {
        while cursor < stages.count, !isClosed, !stopsAtFailure || cursor < lowestFailure {
            let index = cursor
            cursor += 1
            if let predecessor = chain?.predecessor(of: index), stages[predecessor] != .done {
                // Whoever finishes the predecessor takes this one; if that one has failed, nobody does.
                stages[index] = .waiting
                continue
            }
            stages[index] = .running
            return index
        }
        return nil
    }

    /// Notes that a record is done and gives the record of the same key that waited for it, if one did.
    mutating func finish(_ index: Int) -> Int? {
        stages[index] = .done
        doneCount += 1
        while lowWater < stages.count, stages[lowWater] == .done { lowWater += 1 }
        guard !isClosed, let successor = chain?.successor(of: index), stages[successor] == .waiting,
            !stopsAtFailure || successor < lowestFailure
        else { return nil }
        stages[successor] = .running
        return successor
    }

    /// Notes that a record has failed, or was not finished.
    mutating func fail(_ index: Int) {
        stages[index] = .failed
        lowestFailure = min(lowestFailure, index)
    }

    /// Hands out no more records: the time is up.
    mutating func close() {
        isClosed = true
    }
}

/// Which records of a batch have the same key, as links from each to the next.
struct KeyChain: Sendable {
    private static let none = Int32(-1)
    private var successors: [Int32]
    private var predecessors: [Int32]
    /// How many different keys there are.
    private(set) var keyCount = 0

    /// - Parameter keys: the key of each record, in order; nil for a record whose key cannot be read, which then
    ///   follows nothing.
    init<Key: Hashable>(_ keys: some Sequence<Key?>, count: Int) {
        successors = [Int32](repeating: Self.none, count: count)
        predecessors = successors
        var latest: [Key: Int32] = Dictionary(minimumCapacity: count)
        for (index, key) in keys.enumerated() {
            guard let key else {
                keyCount += 1
                continue
            }
            if let previous = latest.updateValue(Int32(index), forKey: key) {
                successors[Int(previous)] = Int32(index)
                predecessors[index] = previous
            } else {
                keyCount += 1
            }
        }
    }

    func successor(of index: Int) -> Int? { successors[index] < 0 ? nil : Int(successors[index]) }
    func predecessor(of index: Int) -> Int? { predecessors[index] < 0 ? nil : Int(predecessors[index]) }
}
