// A limit on the time that one attempt at a record may take.

internal import SharedState

/// An attempt at a record that took longer than it may.
///
/// ```swift
/// let limited = processor
///     .timed(out: .seconds(5))
///     .deadLettered(after: 3, to: sink, classifying: { $0 is RecordTimedOut ? .elsewhere : nil })
/// ```
public struct RecordTimedOut: Error, Sendable, Hashable, CustomStringConvertible {
    /// The time that an attempt may take.
    public let limit: Duration

    public var description: String { "the record was not handled within \(limit)" }
}

struct TimeLimitLayer<Record: BatchRecord>: RecordLayer {
    let limit: Duration

    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws {
        let outcome = await watched(by: {
            try await Task.sleep(for: limit)
        }) {
            try await next.handle(record, context: context)
        }
        do {
            try outcome.result.get()
        } catch is CancellationError where outcome.wasInterrupted {
            throw RecordTimedOut(limit: limit)
        }
    }
}
