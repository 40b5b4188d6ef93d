// What a run records while it is running: the trace, the logs, the timeline.

import DynamoDBStreamEvents
import EventSourceMapping

struct RunRecorder {
    private(set) var trace: RunTrace
    private var deliveryLog: LineWriter?
    private var destinationLog: DestinationLog?
    private var timeline: TimelinePrinter?
    private var progress: ProgressLine
    private var invocations = 0
    /// The event and the response of an invocation until its log entry arrives.
    private var exchanges: [Int: RunTrace.Exchange] = [:]

    init(
        _ mapping: EventSourceMappingConfiguration,
        keepsContent: Bool,
        keepsHistory: Bool = true,
        deliveryLog: LineWriter? = nil,
        destinationLog: DestinationLog? = nil,
        timeline: TimelinePrinter? = nil,
        progress: ProgressLine = ProgressLine(.standardError, isOn: false)
    ) {
        self.progress = progress
        trace = RunTrace(mapping: mapping, keepsContent: keepsContent, keepsHistory: keepsHistory)
        self.deliveryLog = deliveryLog
        self.destinationLog = destinationLog
        self.timeline = timeline
    }

    /// Why files are incomplete. The run goes on, and its verdict says so.
    var failures: [OutputError] { [deliveryLog?.failure, destinationLog?.failure].compactMap { $0 } }

    /// Why messages to the destination are missing from their log.
    var destinationLogFailure: OutputError? { destinationLog?.failure }

    mutating func added(_ sequenceNumber: SequenceNumber, shardID: String) {
        trace.add(sequenceNumber, shardID: shardID)
    }

    mutating func ended(_ invocation: MappingInvocation, event: [UInt8], _ outcome: InvocationOutcome) {
        exchanges[invocation.id] = RunTrace.Exchange(event: event, outcome: outcome)
    }

    mutating func sent(_ delivery: DestinationDelivery, event: [UInt8]?) {
        destinationLog?.append(delivery, event: event)
    }

    mutating func add(_ entry: DeliveryLogEntry) {
        deliveryLog?.write(entry.json)
        var exchange: RunTrace.Exchange?
        if case .invoke(let invoke) = entry {
            exchange = exchanges.removeValue(forKey: invoke.invocation.id)
            invocations += 1
            progress.show("\(invocations.of("invocation")) …")
        }
        let traced = trace.add(entry, exchange: exchange)
        timeline?.show(entry, traced, in: trace)
    }

    mutating func finish() {
        timeline?.finish()
        progress.clear()
        deliveryLog?.close()
        destinationLog?.close()
    }

    /// Flushes the buffers, so that readers of the files see the lines during the run.
    mutating func flush() {
        deliveryLog?.flush()
        destinationLog?.flush()
    }
}
