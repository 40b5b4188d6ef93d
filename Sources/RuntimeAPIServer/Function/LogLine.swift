// A line of the log: what the function wrote, or what the platform says about it.

/// One line, without its newline.
public struct LogLine: Sendable, Hashable {
    /// Who wrote the line.
    public var source: Source
    /// The line's bytes, which need not be valid UTF-8.
    public var bytes: [UInt8]

    public enum Source: Sendable, Hashable {
        /// The function's standard output.
        case output
        /// The function's standard error.
        case errorOutput
        /// START, END, REPORT and what else the platform writes into a function's log.
        case platform
    }

    /// The line as text; what is not UTF-8 becomes U+FFFD.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A longer line comes in pieces: CloudWatch's own bound of an event is 1 MB, this one's a quarter of that.
    static let maximumSize = 256 * 1024
}
