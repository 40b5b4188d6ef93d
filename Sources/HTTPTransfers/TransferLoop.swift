// What the tasks that wait and the thread that transfers share: the requests in line, and word of the cancelled.

internal import CCurl
internal import CurlTransport
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The line of requests before the thread, which it starts and wakes.
final class TransferLoop: Sendable {
    typealias ID = UInt64
    typealias Reply = Result<HTTPResponse, CurlError>

    /// A request in line.
    struct Waiting: Sendable {
        let request: HTTPRequest
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Reply, Never>
    }

    /// What the thread is to do next.
    struct Work: Sendable {
        var cancelled: [ID] = []
        var expired: [Waiting] = []
        var starting: [(id: ID, waiting: Waiting)] = []
    }

    fileprivate enum Phase {
        case announced
        /// Cancelled before it came into line.
        case cancelled
        case waiting(Waiting)
        case running
    }

    fileprivate struct State {
        var phases: [ID: Phase] = [:]
        /// The ids in line, oldest first; some may have left it, which `phases` knows.
        var line: [ID] = []
        var lineStart = 0
        var cancelled: [ID] = []
        var nextID: ID = 0
        /// When to look for requests in line whose time has run out.
        var nextExpiry: ContinuousClock.Instant?
        var hasThread = false
        var isStopped = false
        /// The handle to wake the thread by, while it sleeps.
        var sleeper: MultiHandle?
    }

    let configuration: HTTPClientConfiguration
    private let state = Guarded(State())

    init(_ configuration: HTTPClientConfiguration) {
        self.configuration = configuration
    }

    // MARK: From tasks

    /// The id of a request to come, so that word of its cancellation may come before it.
    func announce() -> ID {
        state.withLock { state in
            state.nextID += 1
            state.phases[state.nextID] = .announced
            return state.nextID
        }
    }

    func enqueue(_ id: ID, _ request: HTTPRequest, _ continuation: CheckedContinuation<Reply, Never>) {
        let deadline = ContinuousClock.now.advanced(by: min(request.timeout, .seconds(86_400)))
        let waiting = Waiting(request: request, deadline: deadline, continuation: continuation)
        let (refusal, needsThread): (CurlError?, Bool) = state.withLock { state in
            if case .cancelled? = state.phases[id] {
                state.phases[id] = nil
                return (.cancelled, false)
            }
            guard !state.isStopped else {
                state.phases[id] = nil
                return (.shutDown, false)
            }
            state.phases[id] = .waiting(waiting)
            state.line.append(id)
            state.nextExpiry = min(state.nextExpiry ?? deadline, deadline)
            state.wake()
            defer { state.hasThread = true }
            return (nil, !state.hasThread)
        }
        if let refusal { continuation.resume(returning: .failure(refusal)) }
        if needsThread { startThread() }
    }

    func cancel(_ id: ID) {
        let waiting: Waiting? = state.withLock { state in
            switch state.phases[id] {
            case .announced: state.phases[id] = .cancelled
            case .waiting(let waiting):
                state.phases[id] = nil
                return waiting
            case .running:
                state.cancelled.append(id)
                state.wake()
            case .cancelled, nil: break
            }
            return nil
        }
        waiting?.continuation.resume(returning: .failure(.cancelled))
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.wake()
        }
    }

    // MARK: From the thread

    /// - Parameter room: how many transfers may begin.
    /// - Returns: nil when the thread is to end.
    func nextWork(room: Int) -> Work? {
        state.withLock { state -> Work? in
            state.sleeper = nil
            guard !state.isStopped else { return nil }
            var work = Work()
            swap(&work.cancelled, &state.cancelled)
            let now = ContinuousClock.now
            if let expiry = state.nextExpiry, expiry <= now { work.expired = state.takeExpired(now) }
            while work.starting.count < room, let next = state.takeFirst() { work.starting.append(next) }
            return work
        }
    }

    /// Says that the thread goes to sleep, so that it is woken.
    ///
    /// - Returns: how long it may sleep; nil when there is something to do first.
    func sleepTime(on handle: MultiHandle, hasRoom: Bool) -> Duration? {
        state.withLock { state in
            guard !state.isStopped, state.cancelled.isEmpty, !hasRoom || state.lineStart == state.line.count else {
                return nil
            }
            state.sleeper = handle
            guard let expiry = state.nextExpiry else { return .seconds(3600) }
            return max(.zero, min(.seconds(3600), ContinuousClock.now.duration(to: expiry)))
        }
    }

    func finished(_ id: ID) {
        state.withLock { $0.phases[id] = nil }
    }

    /// Takes everything that still waits, when the thread ends.
    ///
    /// - Parameter isFinal: whether no other thread may follow it.
    func drain(isFinal: Bool) -> [Waiting] {
        state.withLock { state in
            state.sleeper = nil
            state.isStopped = state.isStopped || isFinal
            state.hasThread = false
            var all: [Waiting] = []
            while let next = state.takeFirst() { all.append(next.waiting) }
            state.phases = state.phases.filter { if case .running = $0.value { false } else { true } }
            state.cancelled = []
            return all
        }
    }

    private func startThread() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let this = Unmanaged.passRetained(self)
        let result = pthread_create(&thread, &attributes, threadMain, this.toOpaque())
        guard result != 0 else { return }
        this.release()
        let reason = CurlError(kind: .other, code: 0, description: "no thread could be made (error \(result))")
        for waiting in drain(isFinal: false) { waiting.continuation.resume(returning: .failure(reason)) }
    }
}

/// The body of the thread. The loop is its argument, retained for it.
#if canImport(Darwin)
private func threadMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { runThread(argument) }
#else
private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { runThread(argument) }
#endif

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    // SIGPIPE from OpenSSL's writes must not end the process; the other signals belong to the function's own threads.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    TransferThread(Unmanaged<TransferLoop>.fromOpaque(argument).takeRetainedValue()).run()
    return nil
}

extension TransferLoop.State {
    /// Wakes the thread if it sleeps. Under the lock, so that the handle is not freed meanwhile.
    fileprivate mutating func wake() {
        guard let handle = sleeper else { return }
        sleeper = nil
        curl_multi_wakeup(handle.pointer)
    }

    fileprivate mutating func takeFirst() -> (id: TransferLoop.ID, waiting: TransferLoop.Waiting)? {
        while lineStart < line.count {
            let id = line[lineStart]
            lineStart += 1
            if lineStart == line.count || lineStart > 1024 && lineStart > line.count / 2 {
                line.removeFirst(lineStart)
                lineStart = 0
            }
            guard case .waiting(let waiting)? = phases[id] else { continue }
            phases[id] = .running
            return (id, waiting)
        }
        nextExpiry = nil
        return nil
    }

    /// Takes the requests whose time has run out. Looked for every 20 ms at most, for it walks the whole line.
    fileprivate mutating func takeExpired(_ now: ContinuousClock.Instant) -> [TransferLoop.Waiting] {
        var expired: [TransferLoop.Waiting] = []
        var next: ContinuousClock.Instant?
        for (id, phase) in phases {
            guard case .waiting(let waiting) = phase else { continue }
            if waiting.deadline <= now {
                expired.append(waiting)
                phases[id] = nil
            } else {
                next = min(next ?? waiting.deadline, waiting.deadline)
            }
        }
        nextExpiry = next.map { max($0, now.advanced(by: .milliseconds(20))) }
        return expired
    }
}

/// A multi handle that may be woken from any thread.
struct MultiHandle: @unchecked Sendable {
    // Sendable, for other threads use it for nothing but `curl_multi_wakeup`, which is made for that, and under the lock
    // that the owner takes before it frees the handle.
    let pointer: UnsafeMutableRawPointer
}

extension CurlError {
    static let cancelled = CurlError(kind: .cancelled, code: 0, description: "the request was cancelled")
    static let shutDown = CurlError(kind: .cancelled, code: 0, description: "the HTTP client was shut down")
    static let outOfTime = CurlError(
        kind: .timedOut,
        code: Int32(CURLE_OPERATION_TIMEDOUT.rawValue),
        description: "the request's time ran out before its turn came: too many requests at once, or too little time"
    )
}
