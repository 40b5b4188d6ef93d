// The function's log: its own lines and the platform's, in one order, and the ends of it that others ask for.

internal import SharedState

/// Hands lines on one at a time.
final class FunctionLog: Sendable {
    private let handOn: @Sendable (LogLine) -> Void
    private let state = Guarded(State())

    private struct State {
        /// The last of what was logged since the invocation began.
        var tail: [UInt8] = []
        var lastLines: [String] = []
    }

    /// What `X-Amz-Log-Result` carries at most (AWS Lambda API reference, Invoke: "the last 4 KB").
    private static let tailSize = 4096
    private static let lastLineCount = 20
    private static let lastLineSize = 1024

    init(_ handOn: @escaping @Sendable (LogLine) -> Void) {
        self.handOn = handOn
    }

    /// The platform's line.
    func platform(_ text: String) { take(LogLine(source: .platform, bytes: Array(text.utf8))) }

    /// A line that the function wrote.
    func function(_ line: LogLine) { take(line) }

    func beginInvocation() { state.withLock { $0.tail.removeAll(keepingCapacity: true) } }

    var invocationTail: [UInt8] { state.withLock { Array($0.tail.suffix(Self.tailSize)) } }
    var lastFunctionLines: [String] { state.withLock { $0.lastLines } }

    private func take(_ line: LogLine) {
        state.withLock { state in
            state.tail += line.bytes.suffix(Self.tailSize)
            state.tail.append(UInt8(ascii: "\n"))
            if state.tail.count > 4 * Self.tailSize { state.tail.removeFirst(state.tail.count - Self.tailSize) }
            if line.source != .platform {
                state.lastLines.append(String(decoding: line.bytes.prefix(Self.lastLineSize), as: UTF8.self))
                if state.lastLines.count > Self.lastLineCount { state.lastLines.removeFirst() }
            }
            handOn(line)
        }
    }
}
