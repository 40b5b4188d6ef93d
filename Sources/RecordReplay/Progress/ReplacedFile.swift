// A small file that is read and replaced as a whole, without Foundation.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

package enum ReplacedFile {
    /// - Returns: nil when there is no such file.
    package static func read(_ path: String, limit: Int) throws(ProgressFileError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw .cannotRead(path: path, reason: systemReason())
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = piece.withUnsafeMutableBytes { buffer in
                system { readOnce(file, buffer) }
            }
            guard count >= 0 else { throw .cannotRead(path: path, reason: systemReason()) }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= limit else { throw .cannotRead(path: path, reason: "it has more than \(limit) bytes") }
        }
    }

    /// Writes a new file beside the old one, flushes it, and puts it where the old one is. A link stays one: the file that
    /// it names is replaced.
    package static func write(_ bytes: [UInt8], to path: String) throws(ProgressFileError) {
        let target = resolved(path)
        let temporary = "\(target).\(getpid()).new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .cannotWrite(path: path, reason: systemReason()) }
        var isWritten = bytes.withUnsafeBytes { buffer in
            var position = 0
            while position < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[position...])
                let count = system { writeOnce(file, rest) }
                guard count > 0 else { return false }
                position += count
            }
            return fsync(file) == 0
        }
        var reason = isWritten ? "" : systemReason()
        if close(file) != 0, isWritten {
            isWritten = false
            reason = systemReason()
        }
        if isWritten, rename(temporary, target) != 0 {
            isWritten = false
            reason = systemReason()
        }
        guard isWritten else {
            unlink(temporary)
            throw .cannotWrite(path: path, reason: reason)
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func system(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }

    private static func systemReason() -> String { String(cString: strerror(errno)) }
}

// Outside, where the names are those of the system.
private func readOnce(_ file: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(file, buffer.baseAddress, buffer.count)
}

private func writeOnce(_ file: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
    write(file, buffer.baseAddress, buffer.count)
}
