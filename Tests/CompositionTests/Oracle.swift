// What must hold of every run. The oracle knows what happened and what was promised, and nothing of how it is done.

import LambdaStreams

struct Oracle {
    let scenario: Scenario
    let outcome: Outcome
    private let log: [Happening]

    init(_ scenario: Scenario, _ outcome: Outcome) {
        self.scenario = scenario
        self.outcome = outcome
        log = outcome.world.log
    }

    /// Every promise that was broken.
    var violations: [String] {
        guard outcome.isDrained else { return ["the shard is blocked after \(outcome.invocations) invocations"] }
        var violations: [String] = []
        if !outcome.lost.isEmpty { violations.append("the mapping discarded \(outcome.lost)") }
        for index in scenario.kinds.indices { violations += self.violations(of: index) }
        return violations + overtaken
    }

    // MARK: One record

    private func violations(of index: Int) -> [String] {
        let kind = scenario.kinds[index]
        let applied = positions { if case .applied(index, _, _) = $0 { true } else { false } }
        let letters = positions { $0 == .deadLettered(index) }
        var violations: [String] = []
        func expect(_ holds: Bool, _ text: String) {
            if !holds { violations.append("record \(index) (\(kind)): \(text)") }
        }
        switch kind {
        case .unwanted where scenario.has(.filtered):
            expect(applied.isEmpty && letters.isEmpty, "it was handled though no filter wants it")
        case .poison, .permanent, .undecodable:
            expect(applied.isEmpty, "it was applied")
            expect(!letters.isEmpty, "it is lost: neither applied nor a dead letter")
            if let first = letters.first { violations += tooEarlyOrLate(index, kind, first) }
        default:
            expect(!applied.isEmpty, "it is lost: it was never applied")
            expect(letters.isEmpty, "it is a dead letter and was not at fault")
        }
        if scenario.has(.idempotent) || scenario.has(.onlyNewer) { violations += repeated(index, applied) }
        return violations
    }

    /// Applied again although it was stored that it is done, or without an excuse for not having stored it.
    private func repeated(_ index: Int, _ applied: [Int]) -> [String] {
        var violations: [String] = []
        if let settled = log.firstIndex(of: .settled(index)), let again = applied.last(where: { $0 > settled }) {
            violations.append("record \(index): applied at \(again) although it was settled at \(settled)")
        }
        for (first, second) in zip(applied, applied.dropFirst()) where !isExcused(first, index) {
            violations.append("record \(index): applied at \(first) and at \(second), and nothing excuses it")
        }
        return violations
    }

    /// Whether the process could not store that the effect at `position` was done.
    private func isExcused(_ position: Int, _ index: Int) -> Bool {
        guard case .applied(_, let process, let invocation) = log[position] else { return false }
        return log.contains { happening in
            switch happening {
            case .died(process): true
            // With both stages one of them may have stored it and the other not.
            case .fault(.outage, at: .complete, index, process, invocation),
                .fault(.outage, at: .take, index, process, invocation):
                true
            default: false
            }
        }
    }

    /// A poison record must have failed in as many deliveries as the settings say, and not hold its shard up much longer.
    private func tooEarlyOrLate(_ index: Int, _ kind: RecordKind, _ letter: Int) -> [String] {
        let failures = log[..<letter].compactMap { happening -> Int? in
            if case .failed(index, _, let invocation) = happening { invocation } else { nil }
        }
        let deliveries = Set(failures)
        let deaths = log.count { if case .died = $0 { true } else { false } }
        // A fault of its own, or a deadline that another record's step ran into, keeps a delivery from being counted.
        let faults = log.count { happening in
            guard case .fault(let fault, _, let place, _, let invocation) = happening else { return false }
            return place == index || (fault == .deadline && deliveries.contains(invocation))
        }
        let needed = kind == .poison ? scenario.deliveriesToDeadLetter : 1
        if deliveries.count < needed {
            return ["record \(index): a dead letter after \(deliveries.count) failed deliveries"]
        }
        // A process that counts for itself begins anew when it dies.
        let most = needed * (deaths + 1) + faults
        return deliveries.count > most
            ? ["record \(index): \(deliveries.count) deliveries before it was a dead letter"] : []
    }

    // MARK: The records of one item

    /// A change that was applied for the first time after a later one of its item, where the order forbids it; and with the
    /// last-applied stage one that was applied at all after a later one was settled.
    private var overtaken: [String] {
        let isUnordered = if case .unordered = scenario.order { !scenario.has(.onlyNewer) } else { false }
        var violations: [String] = []
        for (later, item) in scenario.items.enumerated() {
            for earlier in 0..<later where scenario.items[earlier] == item {
                let first = applied(earlier).first
                if !isUnordered, let first, let second = applied(later).first, first > second {
                    violations.append("record \(later) was applied before \(earlier) of the same item")
                }
                guard scenario.has(.onlyNewer), let settled = log.firstIndex(of: .settled(later)) else { continue }
                if let late = applied(earlier).last, late > settled {
                    violations.append("record \(earlier) was applied after the newer \(later) was settled")
                }
            }
        }
        return violations
    }

    private func applied(_ index: Int) -> [Int] {
        positions { if case .applied(index, _, _) = $0 { true } else { false } }
    }

    private func positions(_ isWanted: (Happening) -> Bool) -> [Int] {
        log.indices.filter { isWanted(log[$0]) }
    }
}
