// Every subset of the stages in every order of writing, with everything that can go wrong: nothing is lost, nothing is done
// twice without an excuse, nothing is a dead letter that was not at fault, and no shard is blocked.

import Foundation
import Idempotency
import LambdaStreams
import Testing

@Suite("The stack of a record, in any order, at any moment")
struct CompositionTests {
    /// How many of the runs of a test are made: all, or as many thousandths as `COMPOSITIONS` says, for the sanitizers.
    static func share(of runs: UInt64) -> UInt64 {
        let thousandths = ProcessInfo.processInfo.environment["COMPOSITIONS"].flatMap { UInt64($0) } ?? 1000
        return max(1, runs * min(thousandths, 1000) / 1000)
    }

    private func check(_ seed: UInt64) async throws {
        let scenario = Scenario(seed: seed)
        // The stores outlive the processes.
        let world = World(seed: seed, rate: scenario.faultRate)
        let idempotency = FaultyIdempotencyStore(world: world)
        let lastApplied = FaultyLastAppliedStore(world: world)
        let outcome = try await scenario.run(in: world) { scenario.processor(in: world, idempotency, lastApplied) }
        let violations = Oracle(scenario, outcome).violations
        #expect(violations == [], "\(scenario)\n\(outcome.world.log.map { "\($0)" }.joined(separator: "\n"))")
    }

    /// The run that a failure names: `COMPOSITION_SEED=34359738397 swift test --filter oneSeed`.
    @Test("one run again", .enabled(if: Self.seed != nil))
    func oneSeed() async throws {
        try await check(try #require(Self.seed))
    }

    private static var seed: UInt64? { ProcessInfo.processInfo.environment["COMPOSITION_SEED"].flatMap { UInt64($0) } }

    @Test("twenty thousand random functions and streams", arguments: 0..<80 as Range<UInt64>)
    func random(block: UInt64) async throws {
        for run in 0..<Self.share(of: 250) { try await check(block << 32 | run) }
    }
}
