// Virtual time: waits cost nothing, and invocations run one after the other.

import DynamoDBStreamEvents
import EventSourceMapping

struct VirtualDriver {
    var mapping: MappingSimulation
    var recorder: RunRecorder
    var faults: FaultPlan
    let function: any FunctionUnderTest
    /// How much virtual time an invocation takes.
    let invocationTime: Duration
    let isInterrupted: @Sendable () -> Bool
    /// Passes the mapping's time to the function.
    var clock: FunctionClock?

    /// Runs until every record is resolved, or until it is interrupted.
    ///
    /// - Throws: if the function does not run.
    mutating func run() async throws(FunctionStartError) {
        while !isInterrupted() {
            switch mapping.next() {
            case .invoke(let invocation):
                let event = mapping.event(of: invocation) ?? []
                let fault = faults.fault(for: invocation)
                clock?.set(invocation.at)
                let outcome = try await function.outcome(of: invocation, event: event, fault: fault)
                recorder.ended(invocation, event: event, outcome)
                mapping.finish(invocation.id, with: outcome, at: invocation.at + invocationTime)
            case .send(let delivery):
                let failure = faults.failure(of: delivery)
                if failure == nil { recorder.sent(delivery, event: mapping.event(of: delivery)) }
                mapping.finishSending(delivery.id, failure: failure)
            case .log(let entry): recorder.add(entry)
            case .wait(let moment): mapping.advance(to: moment)
            case .idle, .finished: return
            }
        }
    }
}
