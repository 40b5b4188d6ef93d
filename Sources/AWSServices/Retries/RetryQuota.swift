// The token bucket of retries, which keeps clients from tripling the load of a service that is down.

internal import SharedState

/// The retry quota of the standard mode: 500 tokens; a retry takes 5, after a timeout 10, and a call that succeeds
/// gives back what its last retry took, or 1.
final class RetryQuota: Sendable {
    static let capacity = 500
    private let tokens = Guarded(capacity)

    /// - Returns: the number of tokens taken; nil if there are too few.
    func take(for cause: RetryCause) -> Int? {
        let cost = cause == .timeout ? 10 : 5
        return tokens.withLock { tokens in
            guard tokens >= cost else { return nil }
            tokens -= cost
            return cost
        }
    }

    func giveBack(after taken: Int) {
        tokens.withLock { $0 = min(Self.capacity, $0 + max(1, taken)) }
    }

    /// Returns the tokens of a retry that was not sent.
    func giveBack(unused: Int) {
        tokens.withLock { $0 = min(Self.capacity, $0 + unused) }
    }

    var remaining: Int { tokens.withLock { $0 } }
}
