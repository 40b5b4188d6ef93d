// The time of a simulated event source mapping, which may be hours ahead of the wall clock.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

extension LambdaClock {
    /// How far the clock of the event source mapping is ahead of the wall clock; always zero on Lambda.
    ///
    /// `lambda-streams simulate` runs a function in virtual time: between two attempts, hours may pass in a
    /// millisecond. `LAMBDA_STREAMS_CLOCK` names a file with the difference in milliseconds, as eight bytes of a
    /// little-endian integer, which `simulate` writes before each invocation. Limits that outlast an invocation, such
    /// as a lease in a table, belong to this clock: use ``mappingNow``, or a deadline advanced by this offset.
    /// Deadlines themselves are the platform's and stay with `LambdaClock.now`.
    public static var mappingOffset: Duration { .milliseconds(MappingClockFile.shared?.offset ?? 0) }

    /// The time of the event source mapping: the wall clock on Lambda, the virtual time in a simulation.
    public static var mappingNow: Instant { now.advanced(by: mappingOffset) }
}

/// The file of `LAMBDA_STREAMS_CLOCK`, mapped into memory once.
struct MappingClockFile: Sendable {
    /// Eight bytes that stay mapped for the life of the process.
    private let address: UInt

    /// Nil on Lambda, and where the variable is not set.
    static let shared = MappingClockFile { name in getenv(name).map { String(cString: $0) } }

    /// - Parameter variable: reads the environment.
    init?(variable: (String) -> String?) {
        guard let path = variable("LAMBDA_STREAMS_CLOCK"), !Self.isLambda(variable) else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        // Reading beyond the end of a mapped file would end the process.
        guard fstat(descriptor, &status) == 0, status.st_size >= 8,
            let bytes = mmap(nil, 8, PROT_READ, MAP_SHARED, descriptor, 0), bytes != MAP_FAILED
        else { return nil }
        address = UInt(bitPattern: bytes)
    }

    /// The local Runtime API names its log streams `local/…`. The variable is reserved on Lambda, where streams are named
    /// after the day, so nobody can turn a deployed function's clock by its configuration.
    private static func isLambda(_ variable: (String) -> String?) -> Bool {
        guard let stream = variable("AWS_LAMBDA_LOG_STREAM_NAME"), stream.hasPrefix("local/") else { return true }
        return variable("LAMBDA_TASK_ROOT") == "/var/task"
    }

    var offset: Int64 {
        guard let bytes = UnsafeRawPointer(bitPattern: address) else { return 0 }
        return Int64(littleEndian: bytes.load(as: Int64.self))
    }
}
