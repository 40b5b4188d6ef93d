// One queue of a shard: its records in order, and its current batch.

struct BatchQueue: Sendable {
    enum State: Sendable {
        case idle
        /// The function has a batch.
        case invoking
        /// The function has responded; the response counts when the queue's timer is due.
        case responded(InvocationOutcome)
        /// A batch waits to be tried again.
        case backingOff
        /// A destination message is on its way.
        case sending(Discard)
    }

    var state = State.idle
    /// When the queue wants to be looked at again.
    var timer: MappingInstant?
    /// Whether the queue waits in the queue of those to look at.
    var isQueued = false
    /// What is to be done before further records are taken, the next one last.
    var batches: [Batch] = []
    /// The invocation that runs or has just ended.
    var invocation: MappingInvocation?
    /// Discarded and not yet sent, in case the next batch is discarded too.
    var held: Discard?
    /// When the last invocation ended.
    var lastEnd: MappingInstant?

    // MARK: Records

    /// The positions in the shard of the queue's records from the `released`th on.
    private var slots: [UInt32] = []
    private var released = 0
    /// The queue's first position that is not done with.
    private(set) var done = 0
    /// The queue's first position that is in no batch.
    var taken = 0
    /// How many of the records from `taken` on are gathered for the next batch.
    var gathering = Gathering()

    struct Gathering: Sendable {
        var count = 0
        var byteCount = 0
        var isFull = false
        /// The window of its records, which a batch does not cross.
        var window: MappingInstant?
        var oldest: MappingInstant?
        /// When its first record was there to take.
        var since: MappingInstant?
    }

    /// How many records the queue has had.
    var end: Int { released + slots.count }

    mutating func append(slot: Int) { slots.append(UInt32(truncatingIfNeeded: slot)) }

    /// - Precondition: `position` is at least `done`.
    func slot(at position: Int) -> Int { Int(slots[position - released]) }

    mutating func resolve(upTo position: Int) {
        done = max(done, position)
        // Moving the rest down costs as much as it has records, so it is done when more than half are gone.
        let gone = done - released
        if gone >= 4_096, gone > slots.count / 2 {
            slots.removeFirst(gone)
            released += gone
        }
    }

    /// Whether nothing is left to do, and nothing under way.
    var isDrained: Bool {
        guard batches.isEmpty, held == nil, done == end, case .idle = state else { return false }
        return true
    }
}
