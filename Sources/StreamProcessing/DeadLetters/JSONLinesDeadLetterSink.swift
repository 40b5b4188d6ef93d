// Dead letters in a file, one JSON object a line.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Appends each record to a file as a line of JSON and flushes it to the disk before it counts as stored.
///
/// `/tmp` of a function lives only as long as its environment: use a mounted file system (Amazon EFS) there.
///
/// ```swift
/// let kept = processor.deadLettered(after: 5, to: JSONLinesDeadLetterSink(path: "/mnt/dead-letters/orders.jsonl"))
/// ```
public struct JSONLinesDeadLetterSink: DeadLetterSink {
    private let path: String

    /// - Parameter path: the file, made when the first record comes.
    public init(path: String) {
        self.path = path
    }

    /// - Throws: ``DeadLetterFileError``.
    public func accept(_ letter: DeadLetter) async throws {
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DeadLetterFileError(doing: "opening", path, errno) }
        defer { close(file) }
        var line = letter.json[...]
        line.append(UInt8(ascii: "\n"))
        // A write that failed midway, on a full disk, left part of a line: the next one must not be joined to it.
        if endsWithinLine(file) { line.insert(UInt8(ascii: "\n"), at: line.startIndex) }
        // One append for the whole line where the system takes it, so that lines of several functions do not mix.
        while !line.isEmpty {
            let count = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0 {
                guard errno == EINTR else { throw DeadLetterFileError(doing: "writing", path, errno) }
                continue
            }
            line = line.dropFirst(count)
        }
        guard fsync(file) == 0 else { throw DeadLetterFileError(doing: "flushing", path, errno) }
    }

    private func endsWithinLine(_ file: Int32) -> Bool {
        let end = lseek(file, 0, SEEK_END)
        var last: UInt8 = 0
        return end > 0 && pread(file, &last, 1, end - 1) == 1 && last != UInt8(ascii: "\n")
    }
}

/// A dead letter that could not be written to its file.
public struct DeadLetterFileError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    /// The system's error number.
    public let code: Int32

    init(doing operation: String, _ path: String, _ code: Int32) {
        description = "\(operation) \(path) failed: \(String(cString: strerror(code)))"
        self.code = code
    }
}
