// How fast a table may be read: read units per second, shared by all segments.

/// Says when the next page may be read, so that no more than `unitsPerSecond` are used on average.
///
/// It knows no clock of its own. What a page costs is known only once it was read, so it is booked by an estimate and
/// corrected afterwards: a page that costs more than expected delays those behind it.
package struct CapacityBudget: Sendable {
    private let unitsPerSecond: Double
    /// When everything that was booked will be paid for.
    private var paidAt: ContinuousClock.Instant?

    /// - Parameter unitsPerSecond: more than 0.
    package init(unitsPerSecond: Double) { self.unitsPerSecond = max(unitsPerSecond, 0.001) }

    /// Books a page.
    ///
    /// - Returns: when to read it.
    package mutating func book(_ units: Double, at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let start = max(now, paidAt ?? now)
        paidAt = start + duration(of: units)
        return start
    }

    /// Corrects a booking by what the page did cost.
    package mutating func correct(_ booked: Double, to actual: Double) {
        guard let paid = paidAt else { return }
        paidAt = paid + duration(of: actual - booked)
    }

    private func duration(of units: Double) -> Duration {
        // A day is longer than any page takes.
        .seconds(min(max(units / unitsPerSecond, -86_400), 86_400))
    }
}
