// The waits before further requests to the Runtime API.

/// Pauses between attempts: the first one, doubled each time up to a ceiling, for a bounded number of attempts.
struct RetrySchedule: Sendable {
    let attempts: Int
    let firstPause: Duration
    let longestPause: Duration

    /// Six attempts over three seconds: long enough for a connection lost while the environment was frozen, short
    /// enough that Lambda replaces the environment rather than waits for it.
    static let standard = RetrySchedule(attempts: 6, firstPause: .milliseconds(100), longestPause: .seconds(2))

    /// The pause after `failures` failed attempts, at least one; nil if there are no more attempts.
    func pause(after failures: Int) -> Duration? {
        guard failures < attempts else { return nil }
        return growing(failures)
    }

    /// The pause after `count` replies in a row without an event. The Runtime API holds a request open until there is
    /// an event; a server that replies without one would be asked thousands of times a second. There is no last of
    /// these pauses.
    func idlePause(after count: Int) -> Duration { growing(count) }

    private func growing(_ count: Int) -> Duration {
        min(firstPause * Double(1 << min(max(count - 1, 0), 20)), longestPause)
    }
}
