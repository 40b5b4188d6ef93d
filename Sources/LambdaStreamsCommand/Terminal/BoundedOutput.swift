// Writing to an output that somebody else reads, or does not.

import Foundation
import SharedState

/// An output that never waits without end for its reader.
///
/// What blocks here holds a function up, and with it the timer that would end it. So text that nobody has read for half
/// a second is dropped, and so is what comes behind it, until the reader goes on; a sentence says how much it was.
final class BoundedOutput: Sendable {
    private struct State {
        var isStalled = false
        var droppedByteCount = 0
    }

    private let descriptor: Int32
    private let patience: Int32
    private let state = Guarded(State())

    // A write of PIPE_BUF bytes to a pipe that is ready does not block. POSIX has 512 at least, Linux 4096.
    #if os(Linux)
    private static let pieceSize = 4096
    #else
    private static let pieceSize = 512
    #endif

    /// - Parameter patience: how long to wait for the reader, in milliseconds.
    init(_ descriptor: Int32, patience: Int32 = 500) {
        self.descriptor = descriptor
        self.patience = patience
    }

    /// Writes the text, or drops it.
    func write(_ text: String) { write(Array(text.utf8)) }

    /// A sentence of the command's own.
    func say(_ sentence: String) { write("lambda-streams: \(sentence)\n") }

    private func write(_ bytes: [UInt8]) {
        state.withLock { state in
            if state.isStalled {
                guard isReady(within: 0) else {
                    state.droppedByteCount += bytes.count
                    return
                }
                let notice = "lambda-streams: \(state.droppedByteCount) bytes were dropped here: nobody read them\n"
                state = State()
                _ = send(Array(notice.utf8), while: { isReady(within: patience) })
            }
            let left = send(bytes, while: { isReady(within: patience) })
            if left > 0 { state = State(isStalled: true, droppedByteCount: left) }
        }
    }

    /// Writes all of `bytes` unless `isWanted` becomes false while the reader is waited for.
    func write(_ bytes: [UInt8], while isWanted: () -> Bool) {
        _ = send(bytes) {
            while !isReady(within: 100) {
                if !isWanted() { return false }
            }
            return true
        }
    }

    /// - Returns: how many bytes were not written. A reader that has gone away is no reason to fail, and takes all.
    private func send(_ bytes: [UInt8], while isReady: () -> Bool) -> Int {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard isReady() else { return rest.count }
            let piece = rest.prefix(Self.pieceSize)
            let count = piece.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR, errno != EAGAIN { return 0 }
            rest = rest.dropFirst(max(0, count))
        }
        return 0
    }

    private func isReady(within milliseconds: Int32) -> Bool {
        var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&output, 1, milliseconds) > 0
    }
}
