// Where the records of a replay go.

public import EventSourceMapping

/// Handles events: a deployed function, a process on this machine, a file.
///
/// ```swift
/// struct InProcess: ReplayTarget {
///     let processor: BatchProcessor<StreamRecord>
///
///     func handle(_ event: [UInt8]) async throws -> EventSourceMapping.InvocationOutcome {
///         .response(try await processor.process(StreamEvent(event)).json)
///     }
/// }
/// ```
public protocol ReplayTarget: Sendable {
    /// Handles one event of several records, `{"Records":[…]}`. What it handled is stored when it returns.
    ///
    /// It is called concurrently, and never for a record whose outcome is not known yet.
    ///
    /// - Throws: what ends the replay at once, because every other event would end so too: a permission that is missing, a
    ///   function that is gone. The records stay where they are.
    func handle(_ event: [UInt8]) async throws -> InvocationOutcome

    /// Called once at the end, when no event is under way.
    func close() async
}

extension ReplayTarget {
    public func close() async {}
}
