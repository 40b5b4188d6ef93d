// Credentials, kept for as long as they are good and fetched anew by one for all.

internal import DynamoDBStreamEvents
internal import HTTPTransfers
internal import SharedState

/// Keeps the credentials of a source, and fetches new ones before they expire. Who asks meanwhile waits for that fetch.
final class CredentialCache: Sendable {
    /// How long before they expire credentials are renewed: requests under way must still be good on arrival.
    static let margin: Int64 = 300

    private let source: any AWSCredentialSource
    private let clock: @Sendable () -> Int64
    private let state = Guarded(State())

    private struct State {
        var kept: AWSCredentials?
        var fetch: Task<Result<AWSCredentials, AWSCredentialsError>, Never>?
    }

    /// - Parameter clock: seconds since 1970.
    init(
        _ source: any AWSCredentialSource,
        clock: @escaping @Sendable () -> Int64 = { WallClock.secondsSinceEpoch }
    ) {
        self.source = source
        self.clock = clock
    }

    func current() async throws(AWSCredentialsError) -> AWSCredentials {
        let now = clock()
        let (kept, fetch) = state.withLock {
            state -> (AWSCredentials?, Task<Result<AWSCredentials, AWSCredentialsError>, Never>?) in
            if let kept = state.kept, kept.isGood(at: now, margin: Self.margin) { return (kept, nil) }
            if let fetch = state.fetch { return (state.kept, fetch) }
            // A task of its own: the one who happens to ask first may be cancelled, the others wait on.
            let fetch = Task { await self.fetch() }
            state.fetch = fetch
            return (state.kept, fetch)
        }
        guard let fetch else { if let kept { return kept } else { throw AWSCredentialsError("no credentials") } }
        switch await fetch.value {
        case .success(let new): return new
        case .failure(let error):
            // Renewed early, so that a failure to renew may pass.
            if let kept, kept.isGood(at: now, margin: 0) { return kept }
            throw error
        }
    }

    private func fetch() async -> Result<AWSCredentials, AWSCredentialsError> {
        let result: Result<AWSCredentials, AWSCredentialsError>
        do throws(AWSCredentialsError) {
            result = .success(try await source.credentials())
        } catch {
            result = .failure(error)
        }
        state.withLock { state in
            if case .success(let new) = result { state.kept = new }
            state.fetch = nil
        }
        return result
    }
}

extension AWSCredentials {
    fileprivate func isGood(at now: Int64, margin: Int64) -> Bool {
        expiration.map { $0.seconds > now &+ margin } ?? true
    }
}
