// Durations in libcurl's unit.

extension Duration {
    /// Whole milliseconds, rounded up, within what libcurl takes for a timeout: 1 to a day.
    package var curlMilliseconds: Int {
        guard self > .zero else { return 1 }
        guard self < .seconds(86_400) else { return 86_400_000 }
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
