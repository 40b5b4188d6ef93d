// The function that is simulated, as the driver sees it: an event goes in, an outcome comes out.

import EventSourceMapping

protocol FunctionUnderTest: Sendable {
    /// Runs one invocation, with its fault if it has one.
    ///
    /// - Throws: where there is no function to run: it never asks for an event.
    func outcome(
        of invocation: MappingInvocation,
        event: [UInt8],
        fault: FaultPlan.Fault?
    ) async throws(FunctionStartError) -> InvocationOutcome
    /// Begins anew, as after a deployment.
    func restart() async
    /// Ends its processes.
    func stop() async
}
