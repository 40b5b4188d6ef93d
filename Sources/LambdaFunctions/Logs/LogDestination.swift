// The destination of log lines: a file descriptor, one write for each line.

internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A descriptor that receives whole lines, one after the other.
///
/// The platform makes one log event of what one `write` brings. A pipe takes up to 4,096 bytes as a whole and may take
/// a part of more, so longer lines of several threads could mix: the lock keeps each line together.
final class LogDestination: Sendable {
    enum Framing: Sendable, Hashable {
        /// Lines that end with a line break.
        case lines
        /// The telemetry descriptor's frames: a header that says how long the event is, so that it may have line breaks.
        case frames
    }

    /// Standard error, which the platform reads like standard output.
    static let standardError = LogDestination(descriptor: 2, framing: .lines)

    let framing: Framing
    private let descriptor: Int32
    private let writing = Guarded<Void>(())

    init(descriptor: Int32, framing: Framing) {
        self.descriptor = descriptor
        self.framing = framing
    }

    /// Writes all of `line`. What the descriptor refuses is dropped: there is nowhere left to say so.
    func write(_ line: [UInt8]) {
        writing.withLock { _ in
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty, let written = writeSome(UnsafeRawBufferPointer(rebasing: rest)) {
                    rest = rest.dropFirst(written)
                }
            }
        }
    }

    /// How many bytes the descriptor took; nil when it takes no more at all.
    private func writeSome(_ bytes: UnsafeRawBufferPointer) -> Int? {
        #if canImport(Glibc)
        let written = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        let written = Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
        if written >= 0 { return written }
        switch lastError {
        case EINTR: return 0
        case EAGAIN:
            // A descriptor that somebody made non-blocking, and a reader that is behind: a line is worth the wait.
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&waiting, 1, -1)
            return 0
        default: return nil
        }
    }
}

/// `errno` as the C library has it. Swift's variable of that name would link all of its overlay, the mathematical
/// functions among them: 40 KB of a zipped function.
var lastError: Int32 {
    #if canImport(Glibc)
    __errno_location().pointee
    #else
    __error().pointee
    #endif
}
