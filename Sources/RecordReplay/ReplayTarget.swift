// Where the records of a replay go.

public import EventSourceMapping

/// Handles events: a deployed function, a process on this machine, a file.
public protocol ReplayTarget: Sendable {
    /// Handles one event of several records, `{"Records":[…]}`.
    ///
    /// It is called concurrently, and never again for a record whose outcome is not known yet.
    func handle(_ event: [UInt8]) async -> InvocationOutcome

    /// Called once at the end, when no event is under way. What was handled must be stored when it returns.
    ///
    /// - Throws: when what seemed handled is not.
    func close() async throws
}

extension ReplayTarget {
    public func close() async throws {}
}
