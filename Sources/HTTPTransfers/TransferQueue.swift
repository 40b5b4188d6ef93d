// The queue of requests, as a plain value: which wait, which run, and whose time has run out.

internal import CCurl
internal import CurlTransport

/// Counts the requests of a client.
typealias TransferID = UInt64
typealias TransferReply = Result<HTTPResponse, CurlError>

/// A request that waits for its turn.
struct WaitingTransfer: Sendable {
    let request: HTTPRequest
    let deadline: ContinuousClock.Instant
    let continuation: CheckedContinuation<TransferReply, Never>
}

/// What the thread is to do next.
struct TransferWork: Sendable {
    var cancelled: [TransferID] = []
    var expired: [WaitingTransfer] = []
    var starting: [(id: TransferID, waiting: WaitingTransfer)] = []
}

/// Every request that has not ended, and the thread's part in it. Reached only with the loop's lock held.
struct TransferQueue {
    enum Phase {
        case announced
        /// Canceled before it was queued.
        case cancelled
        case waiting(WaitingTransfer)
        case running
    }

    var phases: [TransferID: Phase] = [:]
    /// The queued ids, oldest first. Some may have left the queue, which `phases` knows.
    private var ids: [TransferID] = []
    private var start = 0
    var cancelled: [TransferID] = []
    var nextID: TransferID = 0
    /// When to look for queued requests whose time has run out.
    private(set) var nextExpiry: ContinuousClock.Instant?
    var hasThread = false
    var isStopped = false
    /// The handle to wake the thread by, while it sleeps.
    var sleeper: MultiHandle?

    var isEmpty: Bool { start == ids.count }

    mutating func append(_ id: TransferID, _ waiting: WaitingTransfer) {
        phases[id] = .waiting(waiting)
        ids.append(id)
        nextExpiry = min(nextExpiry ?? waiting.deadline, waiting.deadline)
    }

    /// Wakes the thread if it sleeps. Under the lock, so that the handle is not freed meanwhile.
    mutating func wake() {
        guard let handle = sleeper else { return }
        sleeper = nil
        curl_multi_wakeup(handle.pointer)
    }

    mutating func takeFirst() -> (id: TransferID, waiting: WaitingTransfer)? {
        while start < ids.count {
            let id = ids[start]
            start += 1
            if start == ids.count || start > 1024 && start > ids.count / 2 {
                ids.removeFirst(start)
                start = 0
            }
            guard case .waiting(let waiting)? = phases[id] else { continue }
            phases[id] = .running
            return (id, waiting)
        }
        nextExpiry = nil
        return nil
    }

    /// Takes the requests whose time has run out. Looked for every 20 ms at most, for it walks the whole queue.
    mutating func takeExpired(_ now: ContinuousClock.Instant) -> [WaitingTransfer] {
        var expired: [WaitingTransfer] = []
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
///
/// `@unchecked Sendable`: other threads use it only for `curl_multi_wakeup`, which libcurl allows from any thread, and with
/// the lock held that the owner takes before it frees the handle.
struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

extension CurlError {
    static let cancelled = CurlError(kind: .cancelled, code: 0, description: "the request was canceled")
    static let shutDown = CurlError(kind: .cancelled, code: 0, description: "the HTTP client was shut down")
    static let outOfTime = CurlError(
        kind: .timedOut,
        code: Int32(CURLE_OPERATION_TIMEDOUT.rawValue),
        description: "the request's time ran out before its turn came: too many requests at once, or too little time"
    )
}
