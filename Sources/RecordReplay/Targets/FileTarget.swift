// A file as the target of a replay: one record a line.

public import EventSourceMapping
internal import JSONScanning
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Appends each record to a file as one line of JSON, as Lambda delivers it.
///
/// ```swift
/// let source = try await StreamSource(DynamoDBClient().latestStreamARN(ofTable: "orders") ?? "")
/// let summary = await Replay(from: source, to: try FileTarget("orders.jsonl")).run()
/// print("\(summary.handled) records were written")
/// ```
public final class FileTarget: ReplayTarget {
    private let path: String
    private let descriptor: Guarded<Int32?>

    /// Opens the file, and makes it if it is not there. What is in it stays.
    ///
    /// - Throws: ``FileTargetError``.
    public init(_ path: String) throws(FileTargetError) {
        self.path = path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileTargetError(path: path, code: errno) }
        self.descriptor = Guarded(descriptor)
    }

    deinit { closeFile() }

    public func handle(_ event: [UInt8]) async -> InvocationOutcome {
        guard let records = (try? JSONDocument(event))?.root["Records"] else {
            return .functionError(message: "the event has no records")
        }
        var lines: [UInt8] = []
        lines.reserveCapacity(event.count)
        for record in records.elements {
            lines.append(contentsOf: record.jsonText.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
            lines.append(0x0A)
        }
        if let code = write(lines) {
            return .unavailable(reason: "\(FileTargetError(path: path, code: code))")
        }
        return .success
    }

    public func close() async { closeFile() }

    /// - Returns: the number of the error, if there was one. Whatever part of the lines was written is taken back.
    private func write(_ bytes: [UInt8]) -> Int32? {
        descriptor.withLock { descriptor in
            guard let descriptor else { return EBADF }
            let start = lseek(descriptor, 0, SEEK_END)
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Self.write(descriptor, $0) }
                if count < 0 {
                    let code = errno
                    if code == EINTR { continue }
                    if start >= 0 { _ = ftruncate(descriptor, start) }
                    return code
                }
                rest = rest.dropFirst(count)
            }
            // Devices and pipes cannot be synchronized, which is not a failure.
            return fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS ? nil : errno
        }
    }

    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
        Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private func closeFile() {
        descriptor.withLock { descriptor in
            if let open = descriptor { _ = posixClose(open) }
            descriptor = nil
        }
    }
}

private func posixClose(_ descriptor: Int32) -> Int32 { close(descriptor) }

/// A file that cannot be written.
///
/// ```swift
/// do {
///     _ = try FileTarget("orders.jsonl")
/// } catch {
///     print("\(error.path) cannot be written, error \(error.code)")
/// }
/// ```
public struct FileTargetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The system's number for what is wrong, `errno`.
    public let code: Int32

    public var description: String { "\(path) cannot be written: \(String(cString: strerror(code)))" }
}
