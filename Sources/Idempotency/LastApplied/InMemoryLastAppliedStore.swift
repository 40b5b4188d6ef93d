// LastAppliedGuard in this process's memory.

internal import JSONScanning
internal import SharedState

/// Keeps last applied numbers in memory, by the very rule of ``LastAppliedChange/applied(to:at:)``: for tests, and for work that need
/// not be remembered longer than the process.
///
/// ```swift
/// let tested = processor.onlyNewer(using: InMemoryLastAppliedStore())
/// _ = try await tested.process(event)
/// _ = try await tested.process(event)  // Every change is skipped.
/// ```
public final class InMemoryLastAppliedStore: LastAppliedStore {
    private let marks = Guarded<[ExactText: LastApplied]>([:])

    public init() {}

    public func take(_ change: LastAppliedChange, in call: StoreCall) -> LastAppliedOutcome {
        marks.withLock { marks in
            let current = marks[ExactText(change.key)]
            guard let changed = change.applied(to: current, at: call.now) else { return .refused(current) }
            marks[ExactText(change.key)] = changed
            return .taken
        }
    }

    public func lastApplied(of key: String, in call: StoreCall) -> LastApplied? {
        marks.withLock { $0[ExactText(key)] }
    }
}
