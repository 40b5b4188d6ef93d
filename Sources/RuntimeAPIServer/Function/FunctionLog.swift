// The function's log: its own lines and the platform's in one order, and the tail that callers ask for.

internal import SharedState

/// Forwards lines one at a time, up to a limit for each invocation.
final class FunctionLog: Sendable {
    private let maximumSize: Int
    private let handOn: @Sendable (LogLine) -> Void
    private let state = Guarded(State())

    private struct State {
        /// The tail of what was logged since the invocation started.
        var tail: [UInt8] = []
        var lastLines: [String] = []
        /// The number of bytes that the function has logged since the invocation started.
        var byteCount = 0
        var isFull = false
    }

    /// What `X-Amz-Log-Result` carries at most (AWS Lambda API reference, Invoke: "the last 4 KB").
    private static let tailSize = 4096
    private static let lastLineCount = 20
    private static let lastLineSize = 1024

    /// - Parameter maximumSize: how many bytes of the function's lines are forwarded for each invocation.
    init(maximumSize: Int, _ handOn: @escaping @Sendable (LogLine) -> Void) {
        self.maximumSize = maximumSize
        self.handOn = handOn
    }

    /// The platform's line.
    func platform(_ text: String) {
        state.withLock { hand(LogLine(source: .platform, bytes: Array(text.utf8)), on: &$0) }
    }

    /// Lines that the function wrote. Beyond the limit only the last ones are kept, to explain how the function ended.
    func function(_ lines: [[UInt8]], _ source: LogLine.Source) {
        state.withLock { state in
            for line in lines.suffix(Self.lastLineCount) {
                state.lastLines.append(String(decoding: line.prefix(Self.lastLineSize), as: UTF8.self))
            }
            state.lastLines.removeFirst(max(0, state.lastLines.count - Self.lastLineCount))
            for line in lines where !state.isFull {
                state.byteCount += line.count + 1
                if state.byteCount > maximumSize {
                    state.isFull = true
                    let notice =
                        "LOGS Dropped: the function has logged more than \(maximumSize) bytes in this invocation"
                    hand(LogLine(source: .platform, bytes: Array(notice.utf8)), on: &state)
                } else {
                    hand(LogLine(source: source, bytes: line), on: &state)
                }
            }
        }
    }

    func beginInvocation() {
        state.withLock { state in
            state.tail.removeAll(keepingCapacity: true)
            (state.byteCount, state.isFull) = (0, false)
        }
    }

    var invocationTail: [UInt8] { state.withLock { Array($0.tail.suffix(Self.tailSize)) } }
    var lastFunctionLines: [String] { state.withLock { $0.lastLines } }

    private func hand(_ line: LogLine, on state: inout State) {
        state.tail += line.bytes.suffix(Self.tailSize)
        state.tail.append(UInt8(ascii: "\n"))
        if state.tail.count > 4 * Self.tailSize { state.tail.removeFirst(state.tail.count - Self.tailSize) }
        handOn(line)
    }
}
