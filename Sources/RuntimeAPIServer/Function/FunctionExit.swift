// The end of a process.

/// How a process ended, and what it had used.
///
/// ```swift
/// _ = try await server.invoke(event.bytes)
/// if let exit = server.exits.last, exit.status != .exited(code: 0) {
///     print("The function ended with \(exit.status) and wrote last:", exit.lastLogLines.joined(separator: "\n"))
/// }
/// ```
public struct FunctionExit: Sendable, Hashable {
    /// The exit code or the signal.
    public var status: Status
    /// Processor time in user and kernel mode, including children that it waited for.
    public var processorTime: Duration
    /// The peak resident memory at the last sample, in bytes; nil if it is not known.
    public var maximumMemoryUsed: Int?
    /// Its last lines, oldest first: at most 20, each of at most 1 KB.
    public var lastLogLines: [String]
}

extension FunctionExit {
    /// An exit code or a signal.
    public enum Status: Sendable, Hashable {
        /// The process ended by itself, with this code.
        case exited(code: Int32)
        /// A signal ended the process.
        case signalled(number: Int32)
    }
}

extension FunctionExit.Status {
    init(waitStatus status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited(code: (status >> 8) & 0xFF) : .signalled(number: signal)
    }

    /// The platform's words (aws-lambda-runtime-interface-emulator, `rapid/handlers.go`).
    var runtimeExitMessage: String {
        switch self {
        case .exited(code: 0): "Runtime exited without providing a reason"
        default: "Runtime exited with error: \(self)"
        }
    }
}

extension FunctionExit.Status: CustomStringConvertible {
    public var description: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signalled(let number): "signal: \(Self.signalNames[number] ?? "signal \(number)")"
        }
    }

    /// As Go spells them, in which the platform is written.
    private static let signalNames: [Int32: String] = [
        1: "hangup", 2: "interrupt", 3: "quit", 4: "illegal instruction", 5: "trace/breakpoint trap", 6: "aborted",
        8: "floating point exception", 9: "killed", 11: "segmentation fault", 13: "broken pipe", 14: "alarm clock",
        15: "terminated",
    ]
}
