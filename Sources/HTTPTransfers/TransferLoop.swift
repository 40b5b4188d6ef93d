// State shared by the tasks that wait and the thread that transfers: queued requests and canceled ones.

internal import CurlTransport
internal import SharedState

/// The queue of requests for the thread, which it starts and wakes.
final class TransferLoop: Sendable {
    let configuration: HTTPClientConfiguration
    private let state = Guarded(TransferQueue())

    init(_ configuration: HTTPClientConfiguration) {
        self.configuration = configuration
    }

    // MARK: From tasks

    /// The id of a request to come, so that word of its cancellation may come before it.
    func announce() -> TransferID {
        state.withLock { state in
            state.nextID += 1
            state.phases[state.nextID] = .announced
            return state.nextID
        }
    }

    func enqueue(_ id: TransferID, _ request: HTTPRequest, _ continuation: CheckedContinuation<TransferReply, Never>) {
        let deadline = ContinuousClock.now.advanced(by: min(request.timeout, .seconds(86_400)))
        let waiting = WaitingTransfer(request: request, deadline: deadline, continuation: continuation)
        let (refusal, needsThread): (CurlError?, Bool) = state.withLock { state in
            if case .cancelled? = state.phases[id] {
                state.phases[id] = nil
                return (.cancelled, false)
            }
            guard !state.isStopped else {
                state.phases[id] = nil
                return (.shutDown, false)
            }
            state.append(id, waiting)
            state.wake()
            defer { state.hasThread = true }
            return (nil, !state.hasThread)
        }
        if let refusal { continuation.resume(returning: .failure(refusal)) }
        if needsThread { startTransfers() }
    }

    func cancel(_ id: TransferID) {
        let waiting: WaitingTransfer? = state.withLock { state in
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
    func nextWork(room: Int) -> TransferWork? {
        state.withLock { state -> TransferWork? in
            state.sleeper = nil
            guard !state.isStopped else { return nil }
            var work = TransferWork()
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
            guard !state.isStopped, state.cancelled.isEmpty, !hasRoom || state.isEmpty else {
                return nil
            }
            state.sleeper = handle
            guard let expiry = state.nextExpiry else { return .seconds(3600) }
            return max(.zero, min(.seconds(3600), ContinuousClock.now.duration(to: expiry)))
        }
    }

    func finished(_ id: TransferID) {
        state.withLock { $0.phases[id] = nil }
    }

    /// Takes everything that still waits, when the thread ends.
    ///
    /// - Parameter isFinal: whether no other thread may follow it.
    func drain(isFinal: Bool) -> [WaitingTransfer] {
        state.withLock { state in
            state.sleeper = nil
            state.isStopped = state.isStopped || isFinal
            state.hasThread = false
            var all: [WaitingTransfer] = []
            while let next = state.takeFirst() { all.append(next.waiting) }
            state.phases = state.phases.filter { if case .running = $0.value { false } else { true } }
            state.cancelled = []
            return all
        }
    }
}
