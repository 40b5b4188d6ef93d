// The driver's interface to the function: an event and its outcome.

import EventSourceMapping

protocol FunctionUnderTest: Sendable {
    /// Runs one invocation, with its fault if it has one.
    ///
    /// - Throws: if the function does not run: it never asks for an event.
    func outcome(
        of invocation: MappingInvocation,
        event: [UInt8],
        fault: FaultPlan.Fault?
    ) async throws(FunctionStartError) -> InvocationOutcome
    /// Starts again, as after a deployment.
    func restart() async
}
