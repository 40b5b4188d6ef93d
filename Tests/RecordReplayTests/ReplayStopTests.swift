// A replay that is stopped: what is under way ends, and nothing else is waited for.

import EventSourceMapping
import Testing

@testable import RecordReplay

@Suite("A replay that is stopped")
struct ReplayStopTests {
    @Test("stop() finishes what is under way, leaves the rest, and does not wait for the source")
    func stopping() async {
        /// Waits for ever for its second parcel.
        actor Waiting: ReplaySource {
            private var isFirst = true
            private(set) var outcome: ParcelOutcome?
            func next() async throws -> ReplayParcel? {
                if isFirst {
                    isFirst = false
                    return ReplayParcel(0, (1...9).map { SeenRecord(item: "a", number: $0) })
                }
                try await Task.sleep(for: .seconds(3_600))
                return nil
            }
            func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) async throws { self.outcome = outcome }
        }
        let source = Waiting()
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let target = ScriptedTarget { _, _ in
            begin.yield()
            for await _ in released { break }
            return .success
        }
        var options = ReplayTests.options
        options.batchSize = 3
        let replay = Replay(from: source, to: target, options: options)
        async let running = replay.run()
        for await _ in begun { break }
        replay.stop()
        release.yield()
        let summary = await running
        #expect(summary.handled == 3)
        #expect(summary.untried == 6)
        #expect(summary.ending == .stopped)
        #expect(await source.outcome?.remaining == [3, 4, 5, 6, 7, 8])
    }

    @Test("a stop does not wait for the rate", .timeLimit(.minutes(1)))
    func stoppingSlowly() async {
        var options = ReplayTests.options
        options.recordsPerSecond = 0.001
        options.batchSize = 1
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let target = ScriptedTarget { _, _ in
            begin.yield()
            return .success
        }
        let source = ListedSource([ReplayParcel(0, (1...3).map { SeenRecord(item: "a", number: $0) })])
        let replay = Replay(from: source, to: target, options: options)
        async let running = replay.run()
        for await _ in begun { break }
        replay.stop()
        let summary = await running
        #expect(summary.handled == 1)
        #expect(summary.untried == 2)
    }
}
