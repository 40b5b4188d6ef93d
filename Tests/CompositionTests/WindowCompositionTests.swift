// The same for tumbling windows: the aggregate of every window equals that of a run without failures.

import DynamoDBStreamEvents
import LambdaStreams
import LambdaStreamsTesting
import SharedState
import Testing

@Suite("Windows in any order, at any moment")
struct WindowCompositionTests {
    private static let stages: [Stage] = [.filtered, .deadLettered, .retried, .timed, .layered]

    /// What was published of each part of a window, by its key; the last value of a key stands.
    private final class Published: Sendable {
        let sums = Guarded<[String: (start: String, sum: Int, isEmpty: Bool)]>([:])
    }

    /// The sum of each window that is not empty, without failures.
    private func expected(_ scenario: Scenario) -> [String: Int] {
        var sums: [String: Int] = [:]
        for (index, kind) in scenario.kinds.enumerated() {
            if kind.isAtFault || (kind == .unwanted && scenario.has(.filtered)) { continue }
            let second = 1_789_651_600 + index
            let start = EpochTime(seconds: Int64(second - second % 3)).iso8601 ?? ""
            sums[start, default: 0] += 1 << index
        }
        return sums
    }

    private func check(_ seed: UInt64) async throws {
        let scenario = Scenario(seed: seed, allowing: Self.stages, window: 3)
        let world = World(seed: seed, rate: scenario.faultRate)
        let published = Published()
        let outcome = try await scenario.run(in: world) { () -> any LambdaHandler in
            var processor = TumblingWindowProcessor(initial: 0) {
                (sum: inout Int, record: StreamRecord, _: RecordContext) in
                guard let amount = try await scenario.handle(record, in: world) else { return }
                sum += amount.total
                try await world.after(.handler, recordIndex(of: record.itemIdentifier ?? ""))
            } onClose: { sum, window in
                try await world.before(.sink, -1)
                published.sums.withLock { $0[window.key] = (window.window.start, sum, window.isEmpty) }
                try await world.after(.sink, -1)
            }
            for stage in scenario.stages { processor = scenario.adding(stage, to: processor, in: world) }
            return processor
        }
        #expect(outcome.isDrained && outcome.lost.isEmpty, "\(scenario)")
        var sums: [String: Int] = [:]
        for (start, sum, isEmpty) in published.sums.withLock({ Array($0.values) }) where !isEmpty {
            sums[start, default: 0] += sum
        }
        #expect(sums == expected(scenario), "\(scenario)\n\(world.log.map { "\($0)" }.joined(separator: "\n"))")
        for (index, kind) in scenario.kinds.enumerated() {
            #expect(world.log.contains(.deadLettered(index)) == kind.isAtFault, "record \(index) of \(scenario)")
        }
    }

    @Test("two thousand random windows", arguments: 0..<20 as Range<UInt64>)
    func random(block: UInt64) async throws {
        for run in 0..<CompositionTests.share(of: 100) { try await check(1 << 63 | block << 32 | run) }
    }
}
