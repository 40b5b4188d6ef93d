// The numbers of the standard retry mode.

import Testing

@testable import AWSServices

@Suite("The standard retry mode")
struct RetryPolicyTests {
    @Test("waits are within a bound that doubles, up to twenty seconds", arguments: [1, 2, 3, 10, 100])
    func bounds(retry: Int) {
        let policy = AWSRetryPolicy()
        for (cause, base) in [(RetryCause.transient, Duration.milliseconds(50)), (.throttling, .seconds(1))] {
            let bound = min(.seconds(20), base * (1 << min(retry - 1, 20)))
            let delays = (0..<200).map { _ in policy.delay(beforeRetry: retry, cause: cause, asked: nil) }
            #expect(delays.allSatisfy { (.zero...bound).contains($0) })
            // Full jitter: some of two hundred are in either half.
            #expect(delays.contains { $0 < bound / 2 } && delays.contains { $0 > bound / 2 })
        }
        #expect(policy.delay(beforeRetry: 1, cause: .transient, asked: .seconds(7)) >= .seconds(7))
    }

    @Test(
        "AWS_MAX_ATTEMPTS counts when it is a number of attempts",
        arguments: [("1", 1), ("7", 7), ("0", 3), ("-1", 3), ("many", 3), ("", 3), ("99999999999999999999", 3)]
    )
    func attempts(value: String, expected: Int) {
        #expect(AWSRetryPolicy(AWSEnvironment(["AWS_MAX_ATTEMPTS": value])).maximumAttempts == expected)
    }

    @Test("a hundred retries empty the quota, fifty after timeouts; success fills it again")
    func quota() {
        let quota = RetryQuota()
        for _ in 0..<100 { #expect(quota.take(for: .transient) == 5) }
        #expect(quota.take(for: .throttling) == nil)
        quota.giveBack(after: 0)
        #expect(quota.remaining == 1)
        quota.giveBack(after: 10)
        #expect(quota.take(for: .timeout) == 10)
        for _ in 0..<600 { quota.giveBack(after: 5) }
        #expect(quota.remaining == 500)
        for _ in 0..<50 { #expect(quota.take(for: .timeout) == 10) }
        #expect(quota.take(for: .timeout) == nil)
    }
}
