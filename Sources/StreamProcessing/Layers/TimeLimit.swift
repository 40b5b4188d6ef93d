// A limit on the time that one record may take.

extension RecordHandler {
    /// Cancels the handling of a record after `limit`, and fails the record with ``RecordTimedOut``.
    ///
    /// Cancellation is a request: a handler that does not honour it goes on, and is waited for.
    public func timed(out limit: Duration) -> LayeredRecordHandler<Record> {
        layered(TimeLimitLayer(limit: limit))
    }
}

/// A record whose handling took longer than it may.
public struct RecordTimedOut: Error, Sendable, Hashable, CustomStringConvertible {
    public let limit: Duration

    public var description: String { "the record was not handled within \(limit)" }
}

private struct TimeLimitLayer: RecordLayer {
    let limit: Duration

    func handle<Record: BatchRecord>(
        _ record: Record,
        context: RecordContext,
        next: any RecordHandler<Record>
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await next.handle(record, context: context) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw RecordTimedOut(limit: limit)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
