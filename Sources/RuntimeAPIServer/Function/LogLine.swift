// A line of the log: what the function wrote, or what the platform says about it.

/// One line, without its newline.
///
/// ```swift
/// var configuration = RuntimeAPIServer.Configuration(.process(executable: ".build/debug/OrderProjector"))
/// configuration.log = { line in
///     if line.source == .errorOutput { print(line.text) }
/// }
/// let server = try await RuntimeAPIServer.start(configuration)
/// ```
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
        /// START, END, REPORT and the platform's other lines.
        case platform
    }

    /// The line as text. Bytes that are not UTF-8 become U+FFFD.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The most bytes of a line. A longer one is split. CloudWatch's limit for an event is 1 MB; this is a quarter of
    /// it.
    static let maximumSize = 256 * 1024
}
