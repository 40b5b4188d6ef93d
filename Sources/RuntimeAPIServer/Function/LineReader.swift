// Reads what a process writes to one of its outputs, line by line.

internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The reading end of a pipe. Lines are handed over in order, one at a time.
final class LineReader: Sendable {
    private let descriptor: Int32
    private let handOver: @Sendable ([UInt8]) -> Void
    private let state = Guarded(State())

    private struct State: Sendable {
        var partial: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        var isClosed = false
    }

    /// Takes the descriptor over, which must not block.
    init(_ descriptor: Int32, handOver: @escaping @Sendable ([UInt8]) -> Void) {
        self.descriptor = descriptor
        self.handOver = handOver
    }

    /// What to wait for; nil when there is nothing more to come.
    var openDescriptor: Int32? { state.withLock { $0.isClosed ? nil : descriptor } }

    /// Reads what is there now. What a process wrote before it spoke to the Runtime API is there when that arrives, so
    /// its lines come before what the platform says of the answer.
    func drain() {
        state.withLock { state in
            while !state.isClosed {
                let count = read(descriptor, &state.buffer, state.buffer.count)
                if count > 0 {
                    Self.split(&state, count, handOver)
                } else if count == 0 {
                    finish(&state)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }

    /// Reads what is left and lets the pipe go, even if somebody still holds its other end.
    func close() {
        drain()
        state.withLock { state in
            if !state.isClosed { finish(&state) }
        }
    }

    private func finish(_ state: inout State) {
        state.isClosed = true
        if !state.partial.isEmpty { handOver(state.partial) }
        state.partial = []
        closeDescriptor(descriptor)
    }

    private static func split(_ state: inout State, _ count: Int, _ handOver: ([UInt8]) -> Void) {
        var rest = state.buffer[..<count]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            handOver(state.partial + rest[..<end])
            state.partial.removeAll(keepingCapacity: true)
            rest = rest[(end + 1)...]
        }
        state.partial += rest
        while state.partial.count > LogLine.maximumSize {
            handOver(Array(state.partial.prefix(LogLine.maximumSize)))
            state.partial.removeFirst(LogLine.maximumSize)
        }
    }
}

#if canImport(Glibc)
func closeDescriptor(_ descriptor: Int32) { _ = Glibc.close(descriptor) }
#elseif canImport(Darwin)
func closeDescriptor(_ descriptor: Int32) { _ = Darwin.close(descriptor) }
#endif
