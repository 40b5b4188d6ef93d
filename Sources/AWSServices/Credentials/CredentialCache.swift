// Credentials, kept for as long as they are valid and fetched once for all concurrent callers.

internal import DynamoDBStreamEvents
internal import HTTPTransfers
internal import SharedState

/// Keeps the credentials of a source, and fetches new ones before they expire. Concurrent callers wait for the same
/// fetch, each at most until its own deadline.
final class CredentialCache: Sendable {
    /// How long before they expire credentials are renewed: requests under way must still be valid on arrival.
    static let margin: Int64 = 300
    /// The longest time, in seconds, between a failed fetch and the next one. The first is a second; it doubles.
    static let longestBackOff: Int64 = 30

    private let source: any AWSCredentialSource
    private let clock: @Sendable () -> Int64
    private let state = Guarded(State())

    private typealias FetchResult = Result<AWSCredentials, AWSCredentialsError>
    private typealias Waiter = CheckedContinuation<FetchResult, Never>

    private struct State {
        var kept: AWSCredentials?
        var lastFailure: Failure?
        var isFetching = false
        var waiters: [UInt64: Waiter] = [:]
        var lastID: UInt64 = 0
    }

    private struct Failure {
        let error: AWSCredentialsError
        let count: Int
        let time: Int64

        /// Whether to wait before the next fetch. An endpoint that is down would otherwise delay every call.
        func holdsBack(at now: Int64) -> Bool {
            let pause = min(CredentialCache.longestBackOff, 1 << Int64(min(count - 1, 10)))
            // A clock that was set back must not make the pause longer.
            return now >= time && now < time &+ pause
        }
    }

    /// - Parameter clock: seconds since 1970.
    init(
        _ source: any AWSCredentialSource,
        clock: @escaping @Sendable () -> Int64 = { SystemClock.secondsSinceEpoch }
    ) {
        self.source = source
        self.clock = clock
    }

    /// Valid credentials.
    ///
    /// - Parameter deadline: when the caller has no more time to wait; nil for as long as the source takes.
    func current(before deadline: ContinuousClock.Instant? = nil) async throws(AWSCredentialsError) -> AWSCredentials {
        // Credentials that were given in code need no fetch.
        if let given = source as? AWSCredentials { return given }
        let now = clock()
        let (kept, failure) = state.withLock { ($0.kept, $0.lastFailure) }
        if let kept, kept.isValid(at: now, margin: Self.margin) { return kept }
        let result: FetchResult
        if let failure, failure.holdsBack(at: now) {
            result = .failure(failure.error)
        } else {
            result = await fetched(before: deadline)
        }
        switch result {
        case .success(let credentials): return credentials
        case .failure(let error):
            // They are renewed early, so that there is time for a failed renewal to be repeated.
            guard let kept, kept.isValid(at: now, margin: 0) else { throw error }
            return kept
        }
    }

    /// Waits for the fetch that is under way, or for a new one.
    private func fetched(before deadline: ContinuousClock.Instant?) async -> FetchResult {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let timer = deadline.map { deadline in
            Task {
                guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
                giveUp(id, because: .late)
            }
        }
        defer { timer?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in wait(id, waiter, before: deadline) }
        } onCancel: {
            giveUp(id, because: .cancelled)
        }
    }

    private func wait(_ id: UInt64, _ waiter: Waiter, before deadline: ContinuousClock.Instant?) {
        let (result, mustFetch): (FetchResult?, Bool) = state.withLock { state in
            // Fetched meanwhile.
            if let kept = state.kept, kept.isValid(at: clock(), margin: Self.margin) { return (.success(kept), false) }
            // Under the lock: a cancellation or an expiry that comes later finds the waiter.
            if Task.isCancelled { return (.failure(.cancelled), false) }
            if let deadline, ContinuousClock.now >= deadline { return (.failure(.late), false) }
            state.waiters[id] = waiter
            defer { state.isFetching = true }
            return (nil, !state.isFetching)
        }
        if let result { return waiter.resume(returning: result) }
        // A separate task: the caller that happens to be the first may be canceled, and the others continue to wait.
        if mustFetch { Task.detached { await self.fetch() } }
    }

    private func giveUp(_ id: UInt64, because error: AWSCredentialsError) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: .failure(error))
    }

    private func fetch() async {
        let result: FetchResult
        do throws(AWSCredentialsError) {
            result = .success(try await source.credentials())
        } catch {
            result = .failure(error)
        }
        let waiters = state.withLock { state in
            switch result {
            case .success(let new): (state.kept, state.lastFailure) = (new, nil)
            case .failure(let error):
                state.lastFailure = Failure(error: error, count: (state.lastFailure?.count ?? 0) + 1, time: clock())
            }
            state.isFetching = false
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: result) }
    }
}

extension AWSCredentials {
    fileprivate func isValid(at now: Int64, margin: Int64) -> Bool {
        expiration.map { $0.seconds > now &+ margin } ?? true
    }
}

extension AWSCredentialsError {
    fileprivate static let late = AWSCredentialsError("the credentials were not available within the time of the call")
    fileprivate static let cancelled = AWSCredentialsError("the task that waited for credentials was canceled")
}
