// Work with a watch beside it that may cancel it, and whose outcome is its own all the same.

/// How watched work ended.
package struct WatchedOutcome<Value: Sendable>: Sendable {
    /// What the work itself returned or threw, whoever canceled it meanwhile.
    package let result: Result<Value, any Error>
    /// Whether the watch had the work canceled before it ended.
    package let wasInterrupted: Bool
}

/// Runs `body` with `watch` beside it, and cancels `body` when `watch` returns.
///
/// The outcome is that of `body`, always: work that finishes after it was canceled, by the watch or with the calling
/// task, has finished. `watch` is canceled when `body` ends; what it throws means nothing.
package func watched<Value: Sendable>(
    by watch: @escaping @Sendable () async throws -> Void,
    _ body: @escaping @Sendable () async throws -> Value
) async -> WatchedOutcome<Value> {
    await withTaskGroup(of: WatchedEnd<Value>.self) { group in
        group.addTask {
            do { return .body(.success(try await body())) } catch { return .body(.failure(error)) }
        }
        group.addTask {
            do { try await watch() } catch { return .watch(interrupts: false) }
            return .watch(interrupts: true)
        }
        var wasInterrupted = false
        while let end = await group.next() {
            switch end {
            case .watch(let interrupts):
                guard interrupts else { continue }
                wasInterrupted = true
                group.cancelAll()
            case .body(let result):
                group.cancelAll()
                return WatchedOutcome(result: result, wasInterrupted: wasInterrupted)
            }
        }
        // The group ends with the body at the earliest.
        return WatchedOutcome(result: .failure(CancellationError()), wasInterrupted: wasInterrupted)
    }
}

private enum WatchedEnd<Value: Sendable>: Sendable {
    case body(Result<Value, any Error>)
    case watch(interrupts: Bool)
}
