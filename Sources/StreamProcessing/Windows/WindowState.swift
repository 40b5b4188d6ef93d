// The state of a window while an invocation adds to it, and the form in which Lambda carries it.

internal import DynamoDBStreamEvents
internal import SharedState

/// Adds records to the state of the one window that an invocation is for.
///
/// It belongs to the invocation, so a fold that is called when the invocation has responded throws instead of being lost.
struct WindowFold<State: Codable & Sendable>: RecordHandler {
    typealias Fold = @Sendable (inout State, StreamRecord, RecordContext<StreamRecord>) async throws -> Void

    let folding: Folding<State>
    let fold: Fold

    func handle(_ record: StreamRecord, context: RecordContext<StreamRecord>) async throws {
        var carried = try folding.carried(for: record)
        // Delivered again after it was counted: a retry of the batch may bring a state that has it.
        if let last = carried.last, let number = record.sequenceNumber, number <= last { return }
        try await fold(&carried.value, record, context)
        carried.note(record)
        try folding.store(carried)
    }
}

/// A record whose fold was called after its window's invocation had responded, by a layer that did not wait for it.
public struct WindowInvocationEnded: ClassifiedFailure, Sendable, Hashable, CustomStringConvertible {
    public var failureKind: FailureKind { .elsewhere }

    public var description: String {
        """
        the record reached its window after the invocation had responded, so it is not in the window's state; a layer must \
        wait for the handler that it calls
        """
    }
}

/// The state of a window while an invocation adds to it.
final class Folding<State: Codable & Sendable>: Sendable {
    private struct Progress {
        var carried: CarriedState<State>
        var hasEnded = false
    }

    private let progress: Guarded<Progress>

    init(_ carried: CarriedState<State>) {
        progress = Guarded(Progress(carried: carried))
    }

    func carried(for record: StreamRecord) throws(WindowInvocationEnded) -> CarriedState<State> {
        try progress.withLock { progress throws(WindowInvocationEnded) in
            guard !progress.hasEnded else { throw WindowInvocationEnded() }
            return progress.carried
        }
    }

    func store(_ carried: CarriedState<State>) throws(WindowInvocationEnded) {
        try progress.withLock { progress throws(WindowInvocationEnded) in
            guard !progress.hasEnded else { throw WindowInvocationEnded() }
            progress.carried = carried
        }
    }

    /// Ends the folding, and gives the state that it came to.
    func end() -> CarriedState<State> {
        progress.withLock { progress in
            progress.hasEnded = true
            return progress.carried
        }
    }
}

/// What Lambda carries from one invocation of a window to the next: `{"value":…,"first":"…","last":"…"}`.
struct CarriedState<State: Codable & Sendable>: Codable, Sendable {
    var value: State
    /// The sequence numbers of the first and the last record in the state.
    private(set) var first: SequenceNumber?
    private(set) var last: SequenceNumber?

    init(value: State) {
        self.value = value
    }

    mutating func note(_ record: StreamRecord) {
        guard let number = record.sequenceNumber else { return }
        first = first ?? number
        last = number
    }
}
