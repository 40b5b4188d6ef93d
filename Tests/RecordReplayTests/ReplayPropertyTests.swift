// Random sources and functions: every record comes to exactly one end, in the order of its item.

import DynamoDBStreamEvents
import EventSourceMapping
import SharedState
import Testing

@testable import RecordReplay

@Suite("Any replay")
struct ReplayPropertyTests {
    /// A function that fails at some records for good, at others once, and sometimes as a whole.
    private struct Behaviour: Sendable {
        let broken: Set<Int>
        let failsOnce: Set<Int>
        let reports: Bool
        let throttles: Int
    }

    private final class World: Sendable {
        /// What the function did for good, in its order.
        let effects = Guarded<[SeenRecord]>([])
        let failedBefore = Guarded<Set<Int>>([])
        let replay = Guarded<Replay?>(nil)

        func stop() { replay.withLock { $0 }?.stop() }
    }

    @Test("loses nothing, repeats nothing that is done, and keeps each item's order", arguments: 0..<400)
    func anyCombination(seed: Int) async {
        var random = SeededGenerator(seed)
        let itemCount = Int.random(in: 1...12, using: &random)
        var number = 0
        let parcels = (0..<Int.random(in: 1...12, using: &random)).map { id in
            ReplayParcel(
                id,
                (0..<Int.random(in: 0...25, using: &random)).map { _ in
                    number += Int.random(in: 1...3, using: &random)
                    return SeenRecord(item: "i\(Int.random(in: 0..<itemCount, using: &random))", number: number)
                }
            )
        }
        let all = parcels.flatMap { parcel in
            parcel.records.enumerated().map { (parcel.id, $0.offset, Self.seen($0.element)) }
        }
        let behaviour = Behaviour(
            broken: Set(all.map(\.2.number).filter { _ in Int.random(in: 0..<20, using: &random) == 0 }),
            failsOnce: Set(all.map(\.2.number).filter { _ in Int.random(in: 0..<10, using: &random) == 0 }),
            reports: Bool.random(using: &random),
            throttles: Int.random(in: 0...2, using: &random)
        )
        var options = ReplayOptions()
        options.backoff = .zero
        options.batchSize = Int.random(in: 1...20, using: &random)
        options.concurrency = Int.random(in: 1...5, using: &random)
        options.attempts = Int.random(in: 1...3, using: &random)
        let stopsAfter = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 1...6, using: &random) : nil

        let world = World()
        let target = ScriptedTarget { records, call in
            if call == stopsAfter { world.stop() }
            if call <= behaviour.throttles { return .throttled }
            for record in records {
                let isFirst = world.failedBefore.withLock { failed in
                    behaviour.failsOnce.contains(record.number) && failed.insert(record.number).inserted
                }
                if isFirst || behaviour.broken.contains(record.number) {
                    return behaviour.reports ? .failed(["\(record.number)"]) : .functionError(message: "no")
                }
                // A function that reports keeps what it did before the failure; one that does not does it again.
                if behaviour.reports { world.effects.withLock { $0.append(record) } }
            }
            if !behaviour.reports { world.effects.withLock { $0 += records } }
            return .success
        }
        let source = ListedSource(parcels)
        let replay = Replay(from: source, to: target, options: options)
        world.replay.withLock { $0 = replay }
        let summary = await replay.run()

        let done = world.effects.withLock { $0 }
        #expect(Set(done).count == done.count, "a record was done twice")
        #expect(await target.overlaps == 0)
        for item in Set(done.map(\.item)) {
            let numbers = done.filter { $0.item == item }.map(\.number)
            #expect(numbers == numbers.sorted(), "the records of \(item) were out of order")
        }
        // What the source was told is what the function did.
        let outcomes = await source.outcomes
        #expect(outcomes.count == summary.parcels)
        #expect(await source.settlementCount == summary.parcels)
        let taken = all.filter { outcomes[$0.0] != nil }
        let remaining = taken.filter { outcomes[$0.0]?.remaining.contains($0.1) == true }.map(\.2)
        #expect(Set(remaining).union(done) == Set(taken.map(\.2)))
        #expect(Set(remaining).isDisjoint(with: done))
        #expect(summary.read == taken.count)
        #expect(summary.handled == done.count)
        #expect(summary.handled + summary.failed + summary.heldBack + summary.untried == summary.read)
        if stopsAfter == nil {
            #expect(summary.ending == nil)
            // A record is left only where it, or an earlier one of its item, is at fault.
            let faults = options.attempts == 1 ? behaviour.broken.union(behaviour.failsOnce) : behaviour.broken
            for record in remaining {
                let earlier = all.map(\.2).filter { $0.item == record.item && $0.number <= record.number }
                #expect(earlier.contains { faults.contains($0.number) }, "\(record) is left without a reason")
            }
        }
    }

    private static func seen(_ record: ReplayRecord) -> SeenRecord {
        ScriptedTarget.records(Array(#"{"Records":["#.utf8) + record.json + Array("]}".utf8))[0]
    }
}
