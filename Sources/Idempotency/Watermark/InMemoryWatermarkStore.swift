// Watermarks in this process's memory.

internal import SharedState

/// Keeps watermarks in memory, by the very rule of ``WatermarkChange/applied(to:at:)``: for tests, and for work that need
/// not be remembered longer than the process.
public final class InMemoryWatermarkStore: WatermarkStore {
    private let marks = Guarded<[String: Watermark]>([:])

    public init() {}

    public func take(_ change: WatermarkChange, in call: StoreCall) -> WatermarkOutcome {
        marks.withLock { marks in
            let current = marks[change.key]
            guard let changed = change.applied(to: current, at: call.now) else { return .refused(current) }
            marks[change.key] = changed
            return .taken
        }
    }

    public func watermark(of key: String, in call: StoreCall) -> Watermark? {
        marks.withLock { $0[key] }
    }
}
