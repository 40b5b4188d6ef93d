// A second model of the mapping, for one shard: written from the published captures and AWS's documentation alone, record
// by record and without a queue of events, so that it shares neither code nor structure with the machine.

/// What the model takes: plain numbers, times in milliseconds.
struct ModelSettings {
    var batchSize = 1
    var batchingWindow = 0
    var retries = -1
    /// -1 for no limit.
    var maximumAge = -1
    var bisects = false
    var reports = false
    var tumblingWindow = 0
    var start = 0
    var pollInterval = 250
    var pageRecords = 1_000
    var splitsUp = false
    var keepsIncomingState = false
}

struct ModelRecord {
    let number: Int
    let arrival: Int
    let isKept: Bool
    /// Which of the concurrent batches delivers it.
    var queue = 0
}

/// What the function does, as the model sees it.
enum ModelOutcome {
    /// The numbers that it reports, and whether the report can be read.
    case returned(failed: [Int], isReadable: Bool, state: Int?)
    case threw
    case throttled
    case tooLarge
}

/// One invocation.
struct ModelInvocation: Equatable {
    var at: Int
    var end: Int
    var numbers: [Int]
    var attempt: Int
    /// Equal for the tries of one batch.
    var batch: Int
    /// success, partial, failed, throttled
    var result: String
    /// The window's start, its state and whether this closes it.
    var window: [Int]?
}

struct ModelMessage: Equatable {
    var at: Int
    var numbers: [Int]
    var condition: String
    var count: Int
    /// `Unhandled`, `null`, or nothing where the message has no response.
    var functionError: String
}

/// One of the concurrent batches of a shard, from its first record to its last.
struct ModelQueue {
    let settings: ModelSettings
    let records: [ModelRecord]
    let readAt: [Int: Int]
    let function: (_ at: Int, _ numbers: [Int], _ window: [Int]?) -> (ModelOutcome, duration: Int)

    private(set) var invocations: [ModelInvocation] = []
    private(set) var messages: [ModelMessage] = []
    private(set) var lost: [Int] = []
    /// When each record was done, one way or another.
    private(set) var doneAt: [Int: Int] = [:]

    private struct Work {
        var numbers: [Int]
        var isClosing = false
        var attempts = 0
        var refusals = 0
        var batch: Int
    }

    private struct Window {
        var start: Int
        var state: Int
        var lastArrival: Int
    }

    private var now = 0
    private var next = 0
    private var work: [Work] = []
    private var window: Window?
    private var batches = 0

    init(
        _ settings: ModelSettings,
        _ records: [ModelRecord],
        readAt: [Int: Int],
        function: @escaping (Int, [Int], [Int]?) -> (ModelOutcome, duration: Int)
    ) {
        self.settings = settings
        self.records = records
        self.readAt = readAt
        self.function = function
        now = settings.start
    }

    private func arrival(_ number: Int) -> Int { records.first { $0.number == number }?.arrival ?? 0 }
    private func read(_ index: Int) -> Int { readAt[records[index].number] ?? 0 }

    private func windowStart(_ arrival: Int) -> Int {
        let seconds = arrival / 1_000
        return (seconds - seconds % settings.tumblingWindow) * 1_000
    }

    private mutating func newWork(_ numbers: [Int], isClosing: Bool = false) -> Work {
        batches += 1
        return Work(numbers: numbers, isClosing: isClosing, batch: batches)
    }

    mutating func run() {
        while true {
            if !work.isEmpty {
                process()
            } else if !form() {
                return
            }
        }
    }

    // MARK: Batches

    /// - Returns: false when nothing is left.
    private mutating func form() -> Bool {
        if let open = window {
            let limit = open.start + settings.tumblingWindow * 1_000 + 120_000
            // A record that is there by the time that the window would be closed for want of one.
            if next < records.count, max(now, read(next)) <= max(now, limit) {
                now = max(now, read(next))
                if windowStart(records[next].arrival) != open.start {
                    work = [newWork([], isClosing: true)]
                    return true
                }
            } else {
                now = max(now, limit)
                work = [newWork([], isClosing: true)]
                return true
            }
        }
        guard next < records.count else { return false }
        let since = max(now, read(next))
        var due = since + settings.batchingWindow * 1_000
        if settings.maximumAge >= 60 { due = min(due, records[next].arrival + settings.maximumAge * 1_000) }
        due = max(due, since)
        var numbers: [Int] = []
        var flushed = due
        while next < records.count, read(next) <= due {
            let record = records[next]
            if settings.tumblingWindow > 0 {
                let own = windowStart(record.arrival)
                if let first = numbers.first, windowStart(arrival(first)) != own {
                    // The first record of another window ends the batch.
                    flushed = max(since, read(next))
                    break
                }
            }
            numbers.append(record.number)
            next += 1
            if numbers.count == settings.batchSize {
                flushed = max(since, read(next - 1))
                break
            }
        }
        now = flushed
        if settings.tumblingWindow > 0, let last = numbers.last {
            let start = windowStart(arrival(last))
            if window == nil { window = Window(start: start, state: 0, lastArrival: 0) }
            let time = arrival(last)
            window?.lastArrival = time
        }
        work = [newWork(numbers)]
        return true
    }

    // MARK: One batch

    private mutating func process() {
        if discardOld(limit: 86_400_000, "expired") { return }
        if settings.maximumAge >= 60, !work[0].isClosing,
            discardOld(limit: settings.maximumAge * 1_000, "RecordAgeExceeded")
        {
            return
        }
        var batch = work[0]
        let shown = window.map { [$0.start, $0.state, batch.isClosing ? 1 : 0] }
        let (outcome, duration) = function(now, batch.numbers, shown)
        let at = now
        now += duration
        func log(_ result: String, _ attempt: Int, _ model: inout ModelQueue) {
            model.invocations.append(
                ModelInvocation(
                    at: at,
                    end: model.now,
                    numbers: batch.numbers,
                    attempt: attempt,
                    batch: batch.batch,
                    result: result,
                    window: shown
                )
            )
        }
        var functionError: String
        var mayBisect = true
        switch outcome {
        case .throttled:
            log("throttled", batch.attempts + 1, &self)
            batch.refusals += 1
            work[0] = batch
            now += backoff(batch.refusals)
            return
        case .tooLarge:
            functionError = ""
            mayBisect = false
        case .threw: functionError = "Unhandled"
        case .returned(let failed, let isReadable, let state):
            functionError = "null"
            if settings.tumblingWindow > 0, !batch.isClosing, state == nil { break }
            if !settings.reports || (isReadable && failed.isEmpty) {
                log("success", batch.attempts + 1, &self)
                return succeed(batch, state)
            }
            guard isReadable, failed.allSatisfy(batch.numbers.contains), let lowest = failed.min(),
                let position = batch.numbers.firstIndex(of: lowest), position > 0
            else { break }
            log("partial", batch.attempts + 1, &self)
            done(Array(batch.numbers[..<position]))
            if let state, !settings.keepsIncomingState { window?.state = state }
            work[0] = newWork(Array(batch.numbers[position...]))
            return
        }
        log("failed", batch.attempts + 1, &self)
        batch.attempts += 1
        batch.refusals = 0
        work[0] = batch
        if mayBisect, settings.bisects, batch.numbers.count > 1 {
            let half = (batch.numbers.count + (settings.splitsUp ? 1 : 0)) / 2
            let right = newWork(Array(batch.numbers[half...]))
            work.replaceSubrange(0...0, with: [newWork(Array(batch.numbers[..<half])), right])
        } else if settings.retries >= 0, batch.attempts > settings.retries {
            messages.append(
                ModelMessage(
                    at: now,
                    numbers: batch.numbers,
                    condition: "RetryAttemptsExhausted",
                    count: batch.attempts,
                    functionError: functionError
                )
            )
            leave(batch)
        } else {
            now += backoff(batch.attempts)
        }
    }

    private mutating func succeed(_ batch: Work, _ state: Int?) {
        if !batch.isClosing, let state { window?.state = state }
        leave(batch)
    }

    private mutating func leave(_ batch: Work) {
        work.removeFirst()
        done(batch.numbers)
        if batch.isClosing { window = nil }
    }

    private mutating func done(_ numbers: [Int]) { for number in numbers { doneAt[number] = now } }

    /// - Returns: whether records were too old and left.
    private mutating func discardOld(limit: Int, _ condition: String) -> Bool {
        var batch = work[0]
        if batch.isClosing {
            guard let open = window, open.lastArrival + limit < now else { return false }
            leave(batch)
            return true
        }
        let old = batch.numbers.prefix { arrival($0) + limit < now }
        guard !old.isEmpty else { return false }
        if condition == "expired" {
            lost += old
        } else {
            messages.append(
                ModelMessage(
                    at: now,
                    numbers: Array(old),
                    condition: condition,
                    count: max(1, batch.attempts),
                    functionError: ""
                )
            )
        }
        done(Array(old))
        batch = newWork(Array(batch.numbers.dropFirst(old.count)))
        if batch.numbers.isEmpty { work.removeFirst() } else { work[0] = batch }
        return true
    }

    private func backoff(_ failures: Int) -> Int {
        var wait = 200.0
        for _ in 1..<max(failures, 1) { wait = min(30_000, wait * 2.1) }
        return Int(wait.rounded())
    }
}

/// Which page of the shard each record comes with: pages of limited size, a reading every quarter of a second.
func modelReading(_ records: [ModelRecord], _ settings: ModelSettings) -> [Int: Int] {
    var readAt: [Int: Int] = [:]
    func poll(_ time: Int) -> Int {
        let late = max(0, time - settings.start)
        return settings.start + (late + settings.pollInterval - 1) / settings.pollInterval * settings.pollInterval
    }
    var next = 0
    var earliest = settings.start
    while next < records.count {
        let time = max(poll(records[next].arrival), earliest)
        var page = 0
        while next < records.count, page < settings.pageRecords, poll(records[next].arrival) <= time {
            readAt[records[next].number] = time
            next += 1
            page += 1
        }
        earliest = page == settings.pageRecords ? time + settings.pollInterval : time
    }
    return readAt
}
