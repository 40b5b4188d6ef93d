// Real time: the mapping's clock is the wall's, invocations run beside each other, and records may come meanwhile.

import DynamoDBStreamEvents
import EventSourceMapping
import Foundation

/// What happens beside the driver.
enum DriverMessage: Sendable {
    case ended(MappingInvocation, event: [UInt8], InvocationOutcome)
    case sent(id: Int, failure: String?)
    case shard(id: String, parent: String?)
    case records([UInt8], shardID: String)
    case shardEnded(id: String)
    case inputEnded
    case failed(any UserFacingError)
    case tick
    case interrupted
}

/// What a live run does beside the mapping.
protocol RunSurroundings: Sendable {
    /// Sends a message to the on-failure destination.
    ///
    /// - Returns: why it was not sent.
    func send(_ delivery: DestinationDelivery, event: [UInt8]?, mappingUUID: String) async -> String?
    /// A shard is done up to a record.
    func passed(_ number: SequenceNumber, shardID: String) throws
}

struct RealTimeDriver {
    private var mapping: MappingSimulation
    private(set) var recorder: RunRecorder
    private var faults: FaultPlan
    private let function: any FunctionUnderTest
    private let interruption: Interruption
    private let surroundings: (any RunSurroundings)?
    private let load: RunLoad?
    private var running = 0
    private var tick: MappingInstant?
    private var isStopping = false

    /// Where what happens beside the driver is put.
    let mailbox: AsyncStream<DriverMessage>.Continuation
    private let messages: AsyncStream<DriverMessage>

    init(
        _ mapping: MappingSimulation,
        _ recorder: RunRecorder,
        _ faults: FaultPlan,
        _ function: any FunctionUnderTest,
        _ interruption: Interruption,
        surroundings: (any RunSurroundings)? = nil,
        load: RunLoad? = nil
    ) {
        self.load = load
        self.mapping = mapping
        self.recorder = recorder
        self.faults = faults
        self.function = function
        self.interruption = interruption
        self.surroundings = surroundings
        (messages, mailbox) = AsyncStream<DriverMessage>.makeStream()
    }

    /// Runs until every record is resolved and no more come, or until it is interrupted and what runs has ended.
    mutating func run() async throws {
        let mailbox = mailbox
        interruption.onRequest { mailbox.yield(.interrupted) }
        var iterator = messages.makeAsyncIterator()
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            while true {
                mapping.advance(to: .now)
                if try step(&group) == .done { return }
                load?.set(unresolved: mapping.unresolvedRecordCount)
                if isStopping, running == 0 { return }
                try recorder.flush()
                guard let message = await iterator.next() else { return }
                try take(message)
            }
        }
    }

    private enum Progress { case waiting, done }

    /// Everything that the mapping does now.
    private mutating func step(_ group: inout ThrowingTaskGroup<Void, any Error>) throws -> Progress {
        while true {
            switch mapping.next() {
            case .invoke(let invocation):
                // What has not begun is left to the next run.
                if isStopping { return .waiting }
                invoke(invocation, &group)
            case .send(let delivery): send(delivery, &group)
            case .log(let entry):
                try recorder.add(entry)
                if case .checkpoint(let checkpoint) = entry {
                    try surroundings?.passed(checkpoint.sequenceNumber, shardID: checkpoint.shardID)
                }
            case .wait(let moment):
                wake(at: moment, &group)
                return .waiting
            case .idle: return .waiting
            case .finished: return .done
            }
        }
    }

    private mutating func invoke(_ invocation: MappingInvocation, _ group: inout ThrowingTaskGroup<Void, any Error>) {
        let event = mapping.event(of: invocation) ?? []
        let fault = faults.fault(for: invocation)
        let (function, mailbox) = (function, mailbox)
        running += 1
        group.addTask {
            let outcome = await function.outcome(of: invocation, event: event, fault: fault)
            mailbox.yield(.ended(invocation, event: event, outcome))
        }
    }

    private mutating func send(_ delivery: DestinationDelivery, _ group: inout ThrowingTaskGroup<Void, any Error>) {
        let event = mapping.event(of: delivery)
        if let failure = faults.failure(of: delivery) {
            mapping.finishSending(delivery.id, failure: failure)
            return
        }
        let (mailbox, surroundings, mappingUUID) = (mailbox, surroundings, mapping.mappingUUID)
        running += 1
        sending[delivery.id] = (delivery, event)
        group.addTask {
            let failure = await surroundings?.send(delivery, event: event, mappingUUID: mappingUUID)
            mailbox.yield(.sent(id: delivery.id, failure: failure))
        }
    }

    private var sending: [Int: (DestinationDelivery, [UInt8]?)] = [:]

    private mutating func wake(at moment: MappingInstant, _ group: inout ThrowingTaskGroup<Void, any Error>) {
        if let tick, tick <= moment { return }
        tick = moment
        let mailbox = mailbox
        group.addTask {
            try? await Task.sleep(for: max(.zero, moment - .now) + .milliseconds(1))
            mailbox.yield(.tick)
        }
    }

    private mutating func take(_ message: DriverMessage) throws {
        switch message {
        case .ended(let invocation, let event, let outcome):
            running -= 1
            recorder.ended(invocation, event: event, outcome)
            mapping.finish(invocation.id, with: outcome, at: .now)
        case .sent(let id, let failure):
            running -= 1
            if let (delivery, event) = sending.removeValue(forKey: id), failure == nil {
                try recorder.sent(delivery, event: event, mappingUUID: mapping.mappingUUID)
            }
            mapping.finishSending(id, failure: failure)
        case .shard(let id, let parent): mapping.addShard(id, parent: parent)
        case .records(let page, let shardID):
            for record in try StreamEvent(page).records {
                guard let number = record.sequenceNumber else { continue }
                try mapping.add(record, to: shardID)
                recorder.added(number, shardID: shardID)
            }
        case .shardEnded(let id): mapping.endShard(id)
        case .inputEnded: mapping.endInput()
        case .failed(let error): throw error
        case .tick: tick = nil
        case .interrupted: isStopping = true
        }
    }
}

extension MappingInstant {
    static var now: MappingInstant {
        MappingInstant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}
