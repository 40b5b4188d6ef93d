// A file of the system's: reading, appending and locking, each with an error that names it.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// An open file. It is closed with the last reference.
final class OpenFile: Sendable {
    let path: String
    private let descriptor: Int32
    private let isOwned: Bool

    private init(_ path: String, _ descriptor: Int32, isOwned: Bool) {
        self.path = path
        self.descriptor = descriptor
        self.isOwned = isOwned
    }

    deinit {
        guard isOwned else { return }
        // A process that is just being started has a copy of the descriptor, which would keep the lock until it closes it.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    static let standardInput = OpenFile("standard input", STDIN_FILENO, isOwned: false)

    static func reading(_ path: String) throws(MessageFileError) -> OpenFile {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: lastReason) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw .unreadable(path: path, reason: "it is a folder")
        }
        return OpenFile(path, descriptor, isOwned: true)
    }

    /// A file that is appended to; it is made if there is none.
    static func appending(_ path: String) throws(MessageFileError) -> OpenFile {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .notWritable(path: path, reason: lastReason) }
        return OpenFile(path, descriptor, isOwned: true)
    }

    private static var lastReason: String { String(cString: strerror(errno)) }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether it is a file that can be read again from any place, and not a pipe.
    var isRegular: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    var byteCount: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Keeps other redrives away from it for as long as it is open.
    func lock() throws(MessageFileError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(path: path) }
    }

    func seek(to offset: Int) throws(MessageFileError) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
            throw .unreadable(path: path, reason: Self.lastReason)
        }
    }

    /// - Returns: none at the end.
    func read(_ count: Int) throws(MessageFileError) -> [UInt8] {
        while true {
            var failure: Int32?
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                #if canImport(Glibc)
                let got = Glibc.read(descriptor, buffer.baseAddress, count)
                #else
                let got = Darwin.read(descriptor, buffer.baseAddress, count)
                #endif
                if got < 0 { failure = errno }
                initialized = max(0, got)
            }
            guard let failure else { return bytes }
            guard failure == EINTR else {
                throw .unreadable(path: path, reason: String(cString: strerror(failure)))
            }
        }
    }

    func append(_ bytes: [UInt8]) throws(MessageFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw .notWritable(path: path, reason: Self.lastReason)
            }
            rest = rest.dropFirst(count)
        }
    }

    func truncate(to length: Int) throws(MessageFileError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else {
            throw .notWritable(path: path, reason: Self.lastReason)
        }
    }

    func synchronize() throws(MessageFileError) {
        guard fsync(descriptor) == 0 else { throw .notWritable(path: path, reason: Self.lastReason) }
    }

    /// Replaces a file as a whole: whoever looks sees the old one or the new one.
    static func replace(_ path: String, with bytes: [UInt8]) throws(MessageFileError) {
        try draft(of: path).append(bytes)
        try publishDraft(of: path)
    }

    static func pathOfDraft(of path: String) -> String { path + ".new" }

    /// An empty file that is to take the place of another one.
    static func draft(of path: String) throws(MessageFileError) -> OpenFile {
        let draft = pathOfDraft(of: path)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .notWritable(path: draft, reason: lastReason) }
        return OpenFile(draft, descriptor, isOwned: true)
    }

    static func publishDraft(of path: String) throws(MessageFileError) {
        guard rename(pathOfDraft(of: path), path) == 0 else { throw .notWritable(path: path, reason: lastReason) }
    }

    static func remove(_ path: String) throws(MessageFileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .notWritable(path: path, reason: lastReason) }
    }
}
