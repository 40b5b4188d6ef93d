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

    private typealias Fetch = Task<Result<AWSCredentials, AWSCredentialsError>, Never>

    private struct State {
        var kept: AWSCredentials?
        var fetch: Fetch?
    }

    private enum Finding {
        case good(AWSCredentials)
        /// Being fetched; the old ones may still do.
        case due(Fetch, old: AWSCredentials?)
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
        let finding: Finding = state.withLock { state in
            if let kept = state.kept, kept.isGood(at: now, margin: Self.margin) { return .good(kept) }
            // A task of its own: the one who happens to ask first may be cancelled, the others wait on.
            let fetch = state.fetch ?? Task { await self.fetch() }
            state.fetch = fetch
            return .due(fetch, old: state.kept)
        }
        switch finding {
        case .good(let credentials): return credentials
        case .due(let fetch, let old):
            do throws(AWSCredentialsError) {
                return try await fetch.value.get()
            } catch {
                // Renewed early, so that a failure to renew may pass.
                guard let old, old.isGood(at: now, margin: 0) else { throw error }
                return old
            }
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
