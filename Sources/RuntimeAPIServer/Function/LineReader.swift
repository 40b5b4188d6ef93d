// Reads what a process writes to one of its outputs, line by line.

internal import CSpawn
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The reading end of a pipe. Lines are forwarded in order, by one thread at a time.
///
/// A process may write faster than its output is read, without end. Each call therefore reads at most what the pipe
/// held when it started, and holds the lock for one piece at a time.
final class LineReader: Sendable {
    private let descriptor: Int32
    private let handOver: @Sendable ([[UInt8]]) -> Void
    private let state = Guarded(State())

    /// The size of one piece, which is forwarded before the lock is released.
    private static let pieceSize = 16 * 1024
    /// The most bytes that one call reads. A pipe holds 64 KB unless the process makes it larger.
    private static let maximumBacklog = 1024 * 1024

    private struct State: Sendable {
        var partial: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: pieceSize)
        var isClosed = false
    }

    /// Takes ownership of the descriptor, which must be nonblocking.
    init(_ descriptor: Int32, handOver: @escaping @Sendable ([[UInt8]]) -> Void) {
        self.descriptor = descriptor
        self.handOver = handOver
    }

    /// The descriptor to wait for; nil at the end of the output.
    var openDescriptor: Int32? { state.withLock { $0.isClosed ? nil : descriptor } }

    /// Reads one piece, if there is one.
    func readPiece() { _ = readPiece(atMost: Self.pieceSize) }

    /// Reads what the pipe holds now. What a process wrote before its request to the Runtime API is in the pipe when
    /// the request arrives, so its lines precede the platform's lines about the response.
    func drain() {
        var left = min(backlog, Self.maximumBacklog)
        while left > 0, let count = readPiece(atMost: left) { left -= count }
    }

    /// Reads what is left and closes the pipe, even if a process still holds its other end.
    func close() {
        drain()
        state.withLock { state in
            if !state.isClosed { finish(&state) }
        }
    }

    private var backlog: Int { state.withLock { $0.isClosed ? 0 : Int(readable_bytes(descriptor)) } }

    /// - Returns: the number of bytes; nil if there were none.
    private func readPiece(atMost limit: Int) -> Int? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            let count = read(descriptor, &state.buffer, min(limit, state.buffer.count))
            if count > 0 {
                let lines = Self.split(&state, count)
                if !lines.isEmpty { handOver(lines) }
                return count
            }
            if count == 0 { finish(&state) }
            return nil
        }
    }

    private func finish(_ state: inout State) {
        state.isClosed = true
        if !state.partial.isEmpty { handOver([state.partial]) }
        state.partial = []
        closeDescriptor(descriptor)
    }

    /// The lines that end in the piece. A line that is too long comes in parts.
    private static func split(_ state: inout State, _ count: Int) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = state.buffer[..<count]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            if state.partial.isEmpty {
                lines.append(Array(rest[..<end]))
            } else {
                lines.append(state.partial + rest[..<end])
                state.partial.removeAll(keepingCapacity: true)
            }
            rest = rest[(end + 1)...]
        }
        state.partial += rest
        while state.partial.count > LogLine.maximumSize {
            lines.append(Array(state.partial.prefix(LogLine.maximumSize)))
            state.partial.removeFirst(LogLine.maximumSize)
        }
        return lines
    }
}

#if canImport(Glibc)
func closeDescriptor(_ descriptor: Int32) { _ = Glibc.close(descriptor) }
#elseif canImport(Darwin)
func closeDescriptor(_ descriptor: Int32) { _ = Darwin.close(descriptor) }
#endif
