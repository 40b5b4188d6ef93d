// Real time: the mapping uses the wall clock, invocations run concurrently, and records can arrive during the run.

import DynamoDBStreamEvents
import EventSourceMapping
import Foundation
import RecordReplay

/// An event from outside the driver.
enum DriverMessage: Sendable {
    case ended(MappingInvocation, event: [UInt8], InvocationOutcome)
    /// The function does not run.
    case notStarted(FunctionStartError)
    case sent(id: Int, failure: String?)
    case shard(id: String, parent: String?)
    /// A window that an earlier run left open.
    case window(OpenWindow)
    /// A page of records. Those written before `notBefore` are skipped.
    case records(ShardPage, shardID: String, notBefore: MappingInstant?)
    case shardEnded(id: String)
    /// Something about the stream is not known.
    case unknown(String)
    case failed(any UserFacingError)
    case tick
    case interrupted
}

/// How a run ended, without the outcomes of its records.
struct RunOutcome: Sendable {
    var recorder: RunRecorder
    /// What was not read or cannot be known.
    var unknowns: [String] = []
    var openWindows: [OpenWindow] = []
    /// Why the run ended early.
    var failure: (any UserFacingError)?
}

struct RealTimeDriver {
    private var mapping: MappingSimulation
    private var recorder: RunRecorder
    private var faults: FaultPlan
    private let function: any FunctionUnderTest
    private let live: LiveSurroundings?
    private var running = 0
    private var tick: MappingInstant?
    private var isStopping = false
    private var unknowns: [String] = []
    private var failure: (any UserFacingError)?
    private var keepsPositions = true
    private var sending: [Int: (DestinationDelivery, [UInt8]?)] = [:]
    /// The shards that are not done.
    private var shards: [String] = []
    /// The window of each shard as the checkpoint file has it.
    private var keptWindows: [String: OpenWindow] = [:]

    /// The queue of events from outside the driver.
    let mailbox: AsyncStream<DriverMessage>.Continuation
    private let messages: AsyncStream<DriverMessage>

    private static let maximumUnknowns = 1_000

    init(
        _ mapping: MappingSimulation,
        _ recorder: RunRecorder,
        _ faults: FaultPlan,
        _ function: any FunctionUnderTest,
        _ interruption: Interruption,
        live: LiveSurroundings? = nil
    ) {
        self.mapping = mapping
        self.recorder = recorder
        self.faults = faults
        self.function = function
        self.live = live
        let (messages, mailbox) = AsyncStream<DriverMessage>.makeStream()
        (self.messages, self.mailbox) = (messages, mailbox)
        interruption.onRequest { mailbox.yield(.interrupted) }
    }

    var outcome: RunOutcome {
        RunOutcome(recorder: recorder, unknowns: unknowns, openWindows: mapping.openWindows, failure: failure)
    }

    /// Runs until every record is resolved and no more arrive, or until it is interrupted and the running invocations
    /// have ended.
    mutating func run() async {
        var iterator = messages.makeAsyncIterator()
        await withTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            var isClosing = false
            while true {
                mapping.advance(to: .now)
                if step(&group) == .done { return }
                updateReading()
                if isStopping, running == 0 {
                    guard failure == nil, live?.closesWindows == true, !isClosing else { return }
                    isClosing = true
                    mapping.closeOpenWindows()
                    continue
                }
                recorder.flush()
                guard let message = await iterator.next() else { return }
                take(message)
            }
        }
    }

    private enum Progress { case waiting, done }

    /// Carries out every step that the mapping takes now.
    private mutating func step(_ group: inout TaskGroup<Void>) -> Progress {
        while true {
            switch mapping.next() {
            case .invoke(let invocation):
                // Batches that have not started are left to the next run, except for windows that must be closed.
                let isLate = isStopping && invocation.window?.isFinalInvokeForWindow != true
                if !isLate, failure == nil { invoke(invocation, &group) }
            case .send(let delivery): send(delivery, &group)
            case .log(let entry): add(entry)
            case .wait(let moment):
                wake(at: moment, &group)
                return .waiting
            case .idle: return .waiting
            case .finished: return .done
            }
        }
    }

    private mutating func invoke(_ invocation: MappingInvocation, _ group: inout TaskGroup<Void>) {
        let event = mapping.event(of: invocation) ?? []
        let fault = faults.fault(for: invocation)
        let (function, mailbox) = (function, mailbox)
        running += 1
        group.addTask {
            do throws(FunctionStartError) {
                let outcome = try await function.outcome(of: invocation, event: event, fault: fault)
                mailbox.yield(.ended(invocation, event: event, outcome))
            } catch {
                mailbox.yield(.notStarted(error))
            }
        }
    }

    private mutating func send(_ delivery: DestinationDelivery, _ group: inout TaskGroup<Void>) {
        let event = mapping.event(of: delivery)
        if let failure = faults.failure(of: delivery) {
            mapping.finishSending(delivery.id, failure: failure)
            return
        }
        let (mailbox, live, mappingUUID) = (mailbox, live, mapping.mappingUUID)
        running += 1
        sending[delivery.id] = (delivery, event)
        group.addTask {
            let failure = await live?.send(delivery, event: event, mappingUUID: mappingUUID)
            mailbox.yield(.sent(id: delivery.id, failure: failure))
        }
    }

    private mutating func wake(at moment: MappingInstant, _ group: inout TaskGroup<Void>) {
        if let tick, tick <= moment { return }
        tick = moment
        let mailbox = mailbox
        group.addTask {
            try? await Task.sleep(for: max(.zero, moment - .now) + .milliseconds(1))
            mailbox.yield(.tick)
        }
    }

    private mutating func take(_ message: DriverMessage) {
        switch message {
        case .ended(let invocation, let event, let outcome):
            running -= 1
            recorder.ended(invocation, event: event, outcome)
            mapping.finish(invocation.id, with: outcome, at: .now)
        case .notStarted(let error):
            running -= 1
            stop(for: error)
        case .sent(let id, let failure):
            running -= 1
            if let (delivery, event) = sending.removeValue(forKey: id), failure == nil {
                recorder.sent(delivery, event: event)
            }
            mapping.finishSending(id, failure: failure)
        case .shard(let id, let parent):
            mapping.addShard(id, parent: parent)
            shards.append(id)
        case .window(let window):
            mapping.resume(window)
            keptWindows[window.shardID] = window
        case .records(let page, let shardID, let notBefore): add(page, to: shardID, notBefore: notBefore)
        case .shardEnded(let id): mapping.endShard(id)
        case .unknown(let text): if unknowns.count < Self.maximumUnknowns { unknowns.append(text) }
        case .failed(let error): stop(for: error)
        case .tick: tick = nil
        case .interrupted: isStopping = true
        }
    }

    private mutating func add(_ page: ShardPage, to shardID: String, notBefore: MappingInstant?) {
        guard failure == nil else { return }
        do {
            live?.reading.taken(page.event.records.count, of: shardID)
            for (index, record) in page.newRecords {
                guard let number = record.sequenceNumber else { throw RecordRefusal.noSequenceNumber(index: index) }
                if let notBefore, let arrival = try record.arrival(), arrival.isSecondBefore(notBefore) { continue }
                try mapping.add(record, to: shardID, index: index)
                recorder.added(number, shardID: shardID)
            }
        } catch {
            stop(for: LiveError.unreadable(shardID: shardID, reason: "\(error)"))
        }
    }

    private mutating func stop(for error: any UserFacingError) {
        if failure == nil { failure = error }
        isStopping = true
    }

    /// A stored position must not pass records whose log could not be written.
    private mutating func stopKeeping(_ error: OutputError) {
        keepsPositions = false
        stop(for: error)
    }

    // MARK: Live

    private mutating func add(_ entry: DeliveryLogEntry) {
        recorder.add(entry)
        guard let live else { return }
        switch entry {
        case .checkpoint(let checkpoint): keep(checkpoint.sequenceNumber, of: checkpoint.shardID, live)
        case .invoke(let invoke) where invoke.invocation.window != nil: keep(nil, of: invoke.invocation.shardID, live)
        case .dropped(let dropped) where dropped.window != nil: keep(nil, of: dropped.shardID, live)
        case .destination(let sent) where sent.delivery.message.window != nil:
            keep(nil, of: sent.delivery.shardID, live)
        default: break
        }
    }

    /// Stores the position of a shard after the logs up to it have been written.
    private mutating func keep(_ number: SequenceNumber?, of shardID: String, _ live: LiveSurroundings) {
        let window = mapping.openWindow(of: shardID)
        guard keepsPositions, number != nil || window != keptWindows[shardID] else { return }
        recorder.flush()
        if let problem = recorder.destinationLogFailure { return stopKeeping(problem) }
        // A window's state belongs to the position of its last record. Without a new position, only its end is stored.
        if number == nil, window != nil { return }
        if let problem = live.places.passed(number, window: window, shardID: shardID) { return stopKeeping(problem) }
        keptWindows[shardID] = window
    }

    private mutating func updateReading() {
        guard let live else { return }
        var open: [String] = []
        for shardID in shards {
            let isDone = mapping.isDone(shardID)
            live.reading.update(
                shardID,
                unresolved: mapping.unresolvedRecordCount(of: shardID),
                isDone: isDone && keepsPositions
            )
            guard isDone else {
                open.append(shardID)
                continue
            }
            if keepsPositions, let problem = live.places.ended(shardID) { stopKeeping(problem) }
        }
        shards = open
        live.reading.recount()
    }
}

extension MappingInstant {
    static var now: MappingInstant {
        MappingInstant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}
