// The fold of a window's state as a record handler, so that every layer can wrap it.

public import DynamoDBStreamEvents
internal import SharedState

/// Adds records to the state of the window that is being handled.
public struct WindowFold<State: Codable & Sendable>: RecordHandler {
    typealias Fold = @Sendable (inout State, StreamRecord, RecordContext) async throws -> Void

    private let fold: Fold

    init(_ fold: @escaping Fold) {
        self.fold = fold
    }

    public func handle(_ record: StreamRecord, context: RecordContext) async throws {
        guard let folding = WindowFolding.current as? Folding<State> else { return }
        var carried = folding.carried
        // Delivered again after it was counted: a retry of the batch may bring a state that has it.
        if let last = carried.last, let number = record.sequenceNumber, number <= last { return }
        try await fold(&carried.value, record, context)
        carried.note(record)
        folding.carried = carried
    }
}

/// The state that the running invocation folds into. Task-local, for the fold and its layers outlive an invocation.
enum WindowFolding {
    @TaskLocal static var current: (any Sendable)?
}

/// The state of a window while an invocation adds to it.
final class Folding<State: Codable & Sendable>: Sendable {
    private let state: Guarded<CarriedState<State>>

    init(_ carried: CarriedState<State>) {
        state = Guarded(carried)
    }

    var carried: CarriedState<State> {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
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
