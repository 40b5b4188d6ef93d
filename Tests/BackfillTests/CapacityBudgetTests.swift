// How much of a table is read in a second.

import Testing

@testable import RecordReplay

@Suite("A rate of read units")
struct CapacityBudgetTests {
    @Test("a page that costs more than expected delays those behind it, and one that costs less does not")
    func correction() {
        var budget = CapacityBudget(unitsPerSecond: 10)
        let start = ContinuousClock.now
        #expect(budget.book(10, at: start) == start)
        budget.correct(10, to: 20)
        #expect(budget.book(10, at: start) == start + .seconds(2))
        budget.correct(10, to: 5)
        #expect(budget.book(10, at: start) == start + .seconds(2.5))
        // Nothing is saved up in idle time.
        let later = start + .seconds(100)
        #expect(budget.book(10, at: later) == later)
        #expect(budget.book(10, at: later) == later + .seconds(1))
    }
}
