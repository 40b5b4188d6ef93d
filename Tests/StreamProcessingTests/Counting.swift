// What tests count and note, from any task.

import SharedState

/// Counts up, from any task.
final class Counter: Sendable {
    private let value = Guarded(0)
    var count: Int { value.withLock { $0 } }

    func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
}

/// Takes lines, from any task.
final class Log: Sendable {
    private let state = Guarded<[String]>([])
    var lines: [String] { state.withLock { $0 } }
    func append(_ line: String) { state.withLock { $0.append(line) } }
}

/// What happens until something else has happened.
final class Gate: Sendable {
    private let (stream, continuation) = AsyncStream<Void>.makeStream()

    func open() { continuation.finish() }

    func passed() async {
        for await _ in stream {}
    }
}
