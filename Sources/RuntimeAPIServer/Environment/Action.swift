// The decisions of the execution environment, which the server carries out in order.

internal import NIOCore

/// One open connection, for as long as the server runs.
typealias ConnectionID = Int

enum Action: Sendable {
    case reply(ConnectionID, Reply)
    /// Delivers an invocation's event.
    case deliver(ConnectionID, ActiveInvocation)
    case spawn(generation: Int)
    case signal(generation: Int, FunctionSignal)
    /// Ends the connections of a process that has ended, and of those before it.
    case closeConnections(generation: Int)
    /// A line of the platform's own in the function's log.
    case log(String)
    /// The invocation has its result.
    case responded(ActiveInvocation, at: NIODeadline)
    /// The environment is free again, or gone.
    case released(ActiveInvocation, at: NIODeadline)
    case refuse(ActiveInvocation, InvocationFailure)
    case wake(at: NIODeadline)
    /// Wakes callers that wait for readiness or the end.
    case progress
}

enum FunctionSignal: Sendable {
    case terminate, kill
}
