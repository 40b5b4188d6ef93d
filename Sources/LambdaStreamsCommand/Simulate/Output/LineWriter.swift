// Buffered lines to an output that the user named.

import Foundation

/// An output file. It is opened, never replaced, so that devices, FIFOs and symbolic links work.
struct LineWriter: Sendable {
    let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Why the output is incomplete. Nothing is written after the first failure.
    private(set) var failure: OutputError?
    private var isClosed = false

    private static let bufferSize = 1 << 16

    /// Opens the file, `-` for standard output.
    ///
    /// - Parameter isAppending: whether to keep the file's content.
    init(_ path: String, isAppending: Bool = false) throws(OutputError) {
        self.path = path
        guard path != "-" else {
            descriptor = STDOUT_FILENO
            return
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (isAppending ? O_APPEND : O_TRUNC), 0o666)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: Self.reason) }
        self.descriptor = descriptor
        // A run that was killed may have left an incomplete line.
        if isAppending, Self.endsWithinLine(path) { buffer = [0x0A] }
    }

    mutating func write(_ line: [UInt8]) {
        guard failure == nil, !isClosed else { return }
        buffer.append(contentsOf: line)
        buffer.append(0x0A)
        if buffer.count >= Self.bufferSize { flush() }
    }

    mutating func flush() {
        guard failure == nil, !buffer.isEmpty else { return }
        if let reason = Self.write(buffer, to: descriptor) { failure = .cannotWrite(path: path, reason: reason) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is buffered. Another call does nothing.
    mutating func close() {
        guard !isClosed else { return }
        flush()
        isClosed = true
        guard path != "-" else { return }
        // Some file systems report a full disk only here.
        if Foundation.close(descriptor) != 0, failure == nil {
            failure = .cannotWrite(path: path, reason: Self.reason)
        }
    }

    /// - Returns: why not all bytes were written.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> String? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
            } else if errno != EINTR {
                return reason
            }
        }
        return nil
    }

    static var reason: String { String(cString: strerror(errno)).lowercased() }

    private static func endsWithinLine(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return false }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { _ = Foundation.close(descriptor) }
        var last: UInt8 = 0x0A
        return pread(descriptor, &last, 1, off_t(status.st_size) - 1) == 1 && last != 0x0A
    }
}

/// A file that is written at the end of the run and opened before it, so that an error is found early.
struct LateFile: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws(OutputError) {
        self.path = path
        // Its content is kept until it is replaced.
        descriptor = path == "-" ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: LineWriter.reason) }
    }

    /// - Returns: why it could not be written.
    func write(_ bytes: [UInt8]) -> OutputError? {
        // Devices and FIFOs have no length, and need none.
        if path != "-" { _ = ftruncate(descriptor, 0) }
        let failure = LineWriter.write(bytes, to: descriptor)
        let isClosed = path == "-" || Foundation.close(descriptor) == 0
        guard let reason = failure ?? (isClosed ? nil : LineWriter.reason) else { return nil }
        return .cannotWrite(path: path, reason: reason)
    }
}

enum OutputError: UserFacingError {
    case cannotWrite(path: String, reason: String)
    case sameFile(String, String)

    var description: String {
        switch self {
        case .cannotWrite(let path, let reason):
            "\(path == "-" ? "standard output" : path) cannot be written: \(reason)."
        case .sameFile(let first, let second): "\(first) and \(second) name the same file. Give each a file of its own."
        }
    }
}
