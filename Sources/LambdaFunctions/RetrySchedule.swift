// How long to wait before asking the Runtime API again.

/// Pauses between attempts: the first one, doubled each time up to a ceiling, for a bounded number of attempts.
struct RetrySchedule: Sendable {
    let attempts: Int
    let firstPause: Duration
    let longestPause: Duration

    /// Six attempts over three seconds: long enough for a connection lost while the environment was frozen, short
    /// enough that Lambda replaces the environment rather than waits for it.
    static let standard = RetrySchedule(attempts: 6, firstPause: .milliseconds(100), longestPause: .seconds(2))

    /// The pause after `failures` failed attempts, of which there has been one at least; nil when there are no more to
    /// make.
    func pause(after failures: Int) -> Duration? {
        guard failures < attempts else { return nil }
        return min(firstPause * Double(1 << min(max(failures - 1, 0), 20)), longestPause)
    }
}
