// The mapping itself: what AWS does between a stream and a function, one step after the other.

internal import DynamoDBStreamEvents

/// An event source mapping as a state machine.
///
/// It has no clock, no socket and no file. Its driver adds records, asks for the ``next()`` step, invokes the function
/// and sends messages as the steps say, and moves the clock. In virtual time:
///
/// ```swift
/// var mapping = try MappingSimulation(EventSourceMappingConfiguration(), seed: 1)
/// var log: [DeliveryLogEntry] = []
/// try mapping.add(event)
/// mapping.endInput()
/// loop: while true {
///     switch mapping.next() {
///     case .invoke(let invocation): mapping.finish(invocation.id, with: .response(Array("{}".utf8)))
///     case .send(let delivery): mapping.finishSending(delivery.id)
///     case .log(let entry): log.append(entry)
///     case .wait(let moment): mapping.advance(to: moment)
///     case .idle, .finished: break loop
///     }
/// }
/// ```
///
/// In real time, the driver sleeps until that moment, or until an invocation ends or records come, and advances to the
/// current time. The same inputs give the same steps.
public struct MappingSimulation: Sendable {
    /// The settings of the mapping.
    public let configuration: EventSourceMappingConfiguration
    /// The choices where AWS documents nothing.
    public let policies: MappingPolicies
    /// The account, region and names that events and messages contain.
    public let identity: MappingIdentity
    /// Counts of what was delivered so far, as CloudWatch counts them.
    public internal(set) var metrics = MappingMetrics()
    /// The mapping's own identifier.
    public let mappingUUID: String

    /// When the mapping began to read; nil until then.
    var start: MappingInstant?
    var clock: MappingInstant?
    var hasInputEnded = false
    let filters: FilterCriteria
    var document: RecordDocument
    var identifiers: UniqueIdentifiers

    var shards: [Shard] = []
    var shardPositions: [String: Int] = [:]
    var outbox = Queue<MappingStep>()
    var ready = Queue<QueueIndex>()
    var timers = TimerQueue()
    var invocations: [Int: QueueIndex] = [:]
    var deliveries: [Int: QueueIndex] = [:]
    /// The messages that are on their way, by their numbers.
    var sending: [Int: DestinationDelivery] = [:]
    var lastID = 0
    var interruptions: [Range<MappingInstant>] = []
    var warnings: Set<String> = []
    var recordsBeforeStart = 0
    /// Whether records age from the mapping's start on, whenever they were written before.
    var agesRecordsFromStart = false
    /// Whether windows are closed without waiting for their end.
    var closesWindows = false

    /// - Parameters:
    ///   - configuration: the mapping's settings.
    ///   - identity: the names of the mapping and its function in messages; nil for names made from the
    ///     configuration.
    ///   - policies: the rules that AWS does not document.
    ///   - seed: the number from which request ids are generated.
    ///   - view: what the stream's records have of an item, for warnings about filters; nil where that is not known.
    ///   - start: when the mapping begins to read; nil for the arrival of the first record. Records that arrived before
    ///     are there from the beginning, and with `LATEST` are not read.
    /// - Throws: when AWS would not create such a mapping.
    public init(
        _ configuration: EventSourceMappingConfiguration,
        identity: MappingIdentity? = nil,
        policies: MappingPolicies = MappingPolicies(),
        seed: UInt64 = 0,
        view: StreamView? = nil,
        start: MappingInstant? = nil
    ) throws(AdmissionError) {
        try configuration.validate()
        filters = try FilterCriteria(patterns: configuration.filterPatterns)
        self.configuration = configuration
        self.policies = policies
        self.identity = identity ?? MappingIdentity(of: configuration)
        self.start = start
        document = RecordDocument(streamARN: configuration.eventSourceARN)
        var identifiers = UniqueIdentifiers(seed: seed)
        let drawn = identifiers.next()
        mappingUUID = self.identity.mappingUUID ?? drawn
        self.identifiers = identifiers
        for note in filters.notes(view: view) { warn(note) }
    }

    /// The mapping's time; nil before it has any.
    public var now: MappingInstant? { clock ?? start }

    /// Moves the clock on. It never goes back.
    public mutating func advance(to moment: MappingInstant) {
        begin(at: moment)
        clock = max(clock ?? moment, moment)
    }

    /// The next thing that happens at this moment of the mapping's clock, or when something will.
    public mutating func next() -> MappingStep {
        guard configuration.isEnabled else { return hasInputEnded ? .finished : .idle }
        if let first = earliestArrival { begin(at: first) }
        while true {
            if let step = outbox.popFirst() { return step }
            // What is there to read is read before a queue looks for its next batch.
            if fireTimer() { continue }
            if let index = ready.popFirst() {
                shards[index].isQueued = false
                consider(index)
                continue
            }
            if let timer = timers.first { return .wait(until: timer.due) }
            break
        }
        guard hasInputEnded, invocations.isEmpty, deliveries.isEmpty, shards.allSatisfy(\.isDrained) else {
            return .idle
        }
        return .finished
    }

    /// Says that an invocation has ended.
    ///
    /// - Parameters:
    ///   - id: the invocation's; one that is not under way is ignored.
    ///   - outcome: how it ended.
    ///   - moment: when it ended, perhaps in time to come; nil for now.
    public mutating func finish(_ id: Int, with outcome: InvocationOutcome, at moment: MappingInstant? = nil) {
        guard let index = invocations.removeValue(forKey: id) else { return }
        shards[index].state = .responded(outcome)
        let due = max(moment ?? present, present)
        if due > present { setTimer(index, due) } else { enqueue(index) }
    }

    /// Says that a message to the on-failure destination was sent, or why it was not. The records are gone either way.
    public mutating func finishSending(_ id: Int, failure: String? = nil) {
        guard let index = deliveries.removeValue(forKey: id) else { return }
        completeDiscard(index, id: id, failure: failure)
        enqueue(index)
    }

    // MARK: The clock and the queue

    /// The time; the epoch before there is any, when nothing happens yet.
    var present: MappingInstant { now ?? MappingInstant(milliseconds: 0) }

    private mutating func begin(at moment: MappingInstant) {
        if start == nil { start = moment }
        if clock == nil { clock = start }
    }

    /// The first arrival of a shard that can be read, while the clock does not run yet.
    private var earliestArrival: MappingInstant? {
        guard clock == nil else { return nil }
        return shards.compactMap { $0.store.count > 0 ? $0.store[0].arrival : nil }.min()
    }

    /// Does what the first timer is for when its time has come, and lets go of timers that were set anew.
    ///
    /// - Returns: whether there may be another one that is due.
    private mutating func fireTimer() -> Bool {
        guard let timer = timers.first else { return false }
        guard isCurrent(timer) else {
            timers.removeFirst()
            return true
        }
        guard timer.due <= present else { return false }
        timers.removeFirst()
        if timer.target.queue == QueueIndex.reading {
            shards[timer.target.shard].timer = nil
            read(timer.target.shard)
        } else {
            shards[timer.target].timer = nil
            enqueue(timer.target)
        }
        return true
    }

    private func isCurrent(_ timer: TimerQueue.Timer) -> Bool {
        let shard = shards[timer.target.shard]
        if timer.target.queue == QueueIndex.reading { return shard.timer == timer.due }
        return shard.queues[timer.target.queue].timer == timer.due
    }

    /// Has the queue looked at in its turn.
    mutating func enqueue(_ index: QueueIndex) {
        guard !shards[index].isQueued else { return }
        shards[index].isQueued = true
        ready.append(index)
    }

    /// Has the queue looked at when the time comes, and not at the time that was set before.
    mutating func setTimer(_ index: QueueIndex, _ due: MappingInstant) {
        guard shards[index].timer != due else { return }
        shards[index].timer = due
        timers.add(index, due: due)
    }

    mutating func log(_ entry: DeliveryLogEntry) { outbox.append(.log(entry)) }

    /// Each text once.
    mutating func warn(_ text: String) {
        guard warnings.insert(text).inserted else { return }
        log(.warning(DeliveryLogEntry.Warning(at: present, text: text)))
    }

    mutating func makeID() -> Int {
        lastID += 1
        return lastID
    }
}
