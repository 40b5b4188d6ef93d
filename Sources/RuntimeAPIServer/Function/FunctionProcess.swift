// One run of the function's process, from its start to the end of its last child.

internal import CLambdaSystem
internal import CSpawn
internal import Dispatch
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A process in a group of its own, whose output is read line by line.
///
/// It uses `posix_spawn` and `wait4` instead of swift-subprocess: the end of the process must be reported with the
/// processor time of this one process, which only `wait4` returns, signals arrive at any time, and users
/// who link this library into their tests do not have to build two more packages.
///
/// Two threads wait: one in `waitid`, for which not every system has an alternative, and one in `poll` for
/// its output, because libdispatch's sources on Linux may crash if a pipe hangs up while its source is canceled.
final class FunctionProcess: Sendable {
    let identifier: pid_t
    private let readers: [LineReader]
    /// Closing it ends the wait for output.
    private let end: Pipe
    private let memory = Guarded(MemorySample())
    private let hasEnded = Guarded(false)

    private struct MemorySample {
        var peak: Int?
        var takenAt: DispatchTime?
    }

    struct StartError: Error {
        let reason: String
    }

    /// Starts it.
    ///
    /// - Parameters:
    ///   - path: the path of the executable, which is also its `argv[0]`. An interpreter such as Python looks for its
    ///     library beside that path; for a bare name it would search its own PATH, which may contain another
    ///     installation.
    ///   - lines: takes what it writes.
    init(
        path: String,
        arguments: [String],
        workingDirectory: String?,
        environment: [String: String],
        lines: @escaping @Sendable ([[UInt8]], LogLine.Source) -> Void
    ) throws(StartError) {
        let output = try Pipe()
        let errorOutput = try Pipe()
        end = try Pipe()
        defer {
            close(output.writing)
            close(errorOutput.writing)
        }
        do {
            identifier = try Self.spawn(
                path,
                [path] + arguments,
                workingDirectory,
                environment,
                output.writing,
                errorOutput.writing
            )
        } catch {
            for descriptor in [output.reading, errorOutput.reading, end.reading, end.writing] { close(descriptor) }
            throw error
        }
        readers = [
            LineReader(output.reading) { lines($0, .output) },
            LineReader(errorOutput.reading) { lines($0, .errorOutput) },
        ]
        DispatchQueue(label: "function output \(identifier)").async { [self] in readOutput() }
    }

    /// Reads until the end of the output or of the process.
    private func readOutput() {
        defer { close(end.reading) }
        while true {
            let open = readers.compactMap(\.openDescriptor)
            var waits = ([end.reading] + open).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&waits, nfds_t(waits.count), -1) > 0 else { continue }
            guard waits[0].revents == 0 else { return }
            for reader in readers { reader.readPiece() }
        }
    }

    /// Calls `ended` once, when the process is over, its output read and its children killed.
    func wait(_ ended: @escaping @Sendable (FunctionExit.Status, _ processorTime: Duration) -> Void) {
        DispatchQueue(label: "function process \(identifier)").async { [self] in
            // The process id stays reserved until it is reaped, so a signal cannot reach another process.
            var information = siginfo_t()
            while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            kill(-identifier, SIGKILL)
            for reader in readers { reader.close() }
            close(end.writing)
            var status: Int32 = 0
            var use = rusage()
            hasEnded.withLock { hasEnded in
                hasEnded = true
                while wait4(identifier, &status, 0, &use) < 0, errno == EINTR {}
            }
            ended(FunctionExit.Status(waitStatus: status), use.processorTime)
        }
    }

    /// Signals the process group, unless the process has ended.
    func signal(_ signal: FunctionSignal) {
        hasEnded.withLock { hasEnded in
            guard !hasEnded else { return }
            _ = kill(-identifier, signal == .kill ? SIGKILL : SIGTERM)
        }
    }

    /// Forwards what it has written so far.
    func drainOutput() {
        for reader in readers { reader.drain() }
    }

    /// The peak resident memory in bytes, sampled at most every 20 ms.
    var peakResidentMemory: Int? {
        memory.withLock { sample in
            let now = DispatchTime.now()
            if let last = sample.takenAt, now < last + .milliseconds(20) { return sample.peak }
            sample.takenAt = now
            sample.peak = ResourceUse.peakResidentMemory(of: identifier) ?? sample.peak
            return sample.peak
        }
    }

    private struct Pipe {
        let reading: Int32
        let writing: Int32

        init() throws(StartError) {
            var ends: [Int32] = [-1, -1]
            guard closed_on_exec_pipe(&ends) == 0 else { throw StartError(reason: "pipe: \(systemError(errno))") }
            (reading, writing) = (ends[0], ends[1])
            _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        }
    }

    private static func spawn(
        _ path: String,
        _ words: [String],
        _ workingDirectory: String?,
        _ environment: [String: String],
        _ output: Int32,
        _ errorOutput: Int32
    ) throws(StartError) -> pid_t {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let workingDirectory { _ = spawn_in_directory(&actions, workingDirectory) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errorOutput, 2)
        _ = spawn_closing_descriptors(&actions)
        // A group of its own, and no signal blocked or ignored because this process's are.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        #if canImport(Darwin)
        let flags =
            POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_CLOEXEC_DEFAULT
        #else
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        #endif
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))

        let words = words.map { strdup($0) }
        let variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in words + variables { free(text) } }
        var identifier: pid_t = 0
        let failure = posix_spawn(&identifier, path, &actions, &attributes, words + [nil], variables + [nil])
        guard failure == 0 else { throw StartError(reason: "fork/exec \(path): \(systemError(failure))") }
        return identifier
    }
}

extension rusage {
    var processorTime: Duration {
        let seconds = Int64(ru_utime.tv_sec) + Int64(ru_stime.tv_sec)
        return .seconds(seconds) + .microseconds(Int64(ru_utime.tv_usec) + Int64(ru_stime.tv_usec))
    }
}

/// The system's text of an error number.
func systemError(_ number: Int32) -> String { String(cString: strerror(number)) }
