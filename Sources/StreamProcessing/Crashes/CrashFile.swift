// The crash journal's file: a fixed table of what runs and a fixed table of what crashed, mapped into memory.

internal import JSONScanning
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A mapped file of 128-byte slots: the first half says what runs, the second what has crashed.
///
/// What a process stored in a shared mapping stays in the file however the process ends; only the machine's own end
/// would lose it. Content that this version did not write is started afresh.
final class CrashFile {
    static let slotCount = 512

    private static let magic: UInt64 = 0x4C53_434A_3030_3034
    private static let slotSize = 128
    /// What a slot has room for. SQS has 36 characters, DynamoDB up to 40 digits, Kinesis and LocalStack 56.
    static let maximumIdentifierSize = slotSize - 24
    /// How much of a longer identifier is kept before its hash.
    private static let abridgedSize = 72
    private static let headerSize = 64
    private static let size = headerSize + 2 * slotCount * slotSize

    private let descriptor: Int32
    private let base: UnsafeMutableRawPointer

    /// A record's identity in a fixed number of bytes.
    struct Note: Hashable, Sendable {
        let sourceHash: UInt64
        let itemIdentifier: String

        static func == (one: Note, two: Note) -> Bool {
            one.sourceHash == two.sourceHash && one.itemIdentifier.isExactly(two.itemIdentifier)
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(sourceHash)
            itemIdentifier.hashExactly(into: &hasher)
        }

        /// Nil for a record without an identity. Of an identifier that is longer than a slot, the beginning and a hash of
        /// the whole are kept.
        init?(_ record: some BatchRecord) {
            guard let identity = record.identity else { return nil }
            var identifier = identity.itemIdentifier
            if identifier.utf8.count > CrashFile.maximumIdentifierSize {
                // A character that is cut in two becomes another one, which is at most two bytes longer.
                let beginning = String(decoding: identifier.utf8.prefix(CrashFile.abridgedSize), as: UTF8.self)
                identifier = beginning + "#" + RandomText.hexadecimal(Self.hash(identifier), 16)
            }
            self.init(sourceHash: Self.hash(identity.sourceARN), itemIdentifier: identifier)
        }

        fileprivate init?(sourceHash: UInt64, itemIdentifier: String) {
            guard itemIdentifier.utf8.count <= CrashFile.maximumIdentifierSize else { return nil }
            self.sourceHash = sourceHash
            self.itemIdentifier = itemIdentifier
        }

        /// FNV-1a: the same in every process, unlike Swift's own hashes.
        private static func hash(_ text: String) -> UInt64 {
            text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        }
    }

    private enum Mark {
        static let free: UInt64 = 0
        static let running: UInt64 = 1
        static let outOfTime: UInt64 = 2
        /// Beside the counts of a crash.
        static let certain: UInt64 = 1 << 31
    }

    /// Opens the file, making it where there is none, and keeps it for this process alone.
    init(path: String) throws(CrashFileError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw CrashFileError(doing: "opening", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, ftruncate(descriptor, off_t(Self.size)) == 0 else {
            let error = CrashFileError(doing: "taking", path)
            close(descriptor)
            throw error
        }
        let mapped = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else {
            let error = CrashFileError(doing: "mapping", path)
            close(descriptor)
            throw error
        }
        base = mapped
        if base.load(as: UInt64.self) != Self.magic {
            clear()
            base.storeBytes(of: Self.magic, as: UInt64.self)
        }
    }

    deinit {
        munmap(base, Self.size)
        close(descriptor)
    }

    /// What ran, and was not out of time, when the file was last written.
    var running: [Note] {
        (0..<Self.slotCount).compactMap { mark(at: runningSlot($0)) == Mark.running ? note(at: runningSlot($0)) : nil }
    }

    /// What is known of a record that crashed, or may have.
    struct Crash: Hashable, Sendable {
        var crashes = 0
        /// How often the record was delivered, the crashes included.
        var deliveries = 0
        /// Whether it is convicted, and not run any more.
        var isCertain = false
        /// The time of the last crash, in seconds since 1970.
        var lastSeen: UInt32 = 0

        /// A suspect that has not come again for a quarter of an hour is redelivered elsewhere; after a day and an hour no
        /// stream has the record any more.
        func isForgotten(at now: UInt32) -> Bool {
            now > lastSeen && now - lastSeen > (isCertain ? 25 * 3600 : 900)
        }
    }

    /// What is known to have crashed, or may have.
    var crashes: [(Note, Crash)] {
        (0..<Self.slotCount).compactMap { index in
            let slot = crashSlot(index)
            let mark = mark(at: slot)
            guard mark != Mark.free, let note = note(at: slot) else { return nil }
            let crash = Crash(
                crashes: Int(mark & 0xFFFF),
                deliveries: Int(mark >> 32),
                isCertain: mark & Mark.certain != 0,
                lastSeen: slot.load(fromByteOffset: 20, as: UInt32.self)
            )
            return (note, crash)
        }
    }

    func clear() {
        memset(base + Self.headerSize, 0, Self.size - Self.headerSize)
    }

    func writeRunning(_ note: Note, at index: Int) {
        write(note, mark: Mark.running, at: runningSlot(index))
    }

    func clearRunning(at index: Int) {
        runningSlot(index).storeBytes(of: Mark.free, as: UInt64.self)
    }

    func markOutOfTime(at index: Int) {
        guard mark(at: runningSlot(index)) == Mark.running else { return }
        runningSlot(index).storeBytes(of: Mark.outOfTime, as: UInt64.self)
    }

    func writeCrash(_ note: Note, _ crash: Crash, at index: Int) {
        let counts = UInt64(UInt32(clamping: crash.deliveries)) << 32 | UInt64(UInt16(clamping: crash.crashes))
        write(note, mark: counts | (crash.isCertain ? Mark.certain : 0), lastSeen: crash.lastSeen, at: crashSlot(index))
    }

    func clearCrash(at index: Int) {
        crashSlot(index).storeBytes(of: Mark.free, as: UInt64.self)
    }

    // MARK: Slots: mark (8 bytes), hash of the source's ARN (8), length of the identifier (4), last seen (4), its UTF-8 (104)

    // Bound: every index comes from `0..<slotCount` or from the journal's list of free slots, which is made of it.
    private func runningSlot(_ index: Int) -> UnsafeMutableRawPointer {
        base + Self.headerSize + index * Self.slotSize
    }

    private func crashSlot(_ index: Int) -> UnsafeMutableRawPointer {
        base + Self.headerSize + (Self.slotCount + index) * Self.slotSize
    }

    private func mark(at slot: UnsafeMutableRawPointer) -> UInt64 { slot.load(as: UInt64.self) }

    private func write(_ note: Note, mark: UInt64, lastSeen: UInt32 = 0, at slot: UnsafeMutableRawPointer) {
        // The mark last: a slot whose mark is set is complete.
        slot.storeBytes(of: Mark.free, as: UInt64.self)
        slot.storeBytes(of: note.sourceHash, toByteOffset: 8, as: UInt64.self)
        var text = note.itemIdentifier
        text.withUTF8 { utf8 in
            slot.storeBytes(of: UInt32(utf8.count), toByteOffset: 16, as: UInt32.self)
            slot.storeBytes(of: lastSeen, toByteOffset: 20, as: UInt32.self)
            // Bound: a note's identifier is no longer than `maximumIdentifierSize`.
            if let start = utf8.baseAddress { (slot + 24).copyMemory(from: start, byteCount: utf8.count) }
        }
        slot.storeBytes(of: mark, as: UInt64.self)
    }

    private func note(at slot: UnsafeMutableRawPointer) -> Note? {
        let count = slot.load(fromByteOffset: 16, as: UInt32.self)
        guard count <= UInt32(Self.maximumIdentifierSize) else { return nil }
        let identifier = String(decoding: UnsafeRawBufferPointer(start: slot + 24, count: Int(count)), as: UTF8.self)
        return Note(sourceHash: slot.load(fromByteOffset: 8, as: UInt64.self), itemIdentifier: identifier)
    }
}

/// A journal that cannot be kept.
struct CrashFileError: Error, CustomStringConvertible {
    let description: String

    init(doing operation: String, _ path: String) {
        let reason = errno == EWOULDBLOCK ? "another process has it" : String(cString: strerror(errno))
        description = "\(operation) \(path) failed: \(reason)"
    }
}
