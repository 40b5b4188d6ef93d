import Testing

@testable import LambdaStreamsCommand

@Suite("Reading state of live shards")
struct ReadingStateTests {
    @Test("a shard is not idle while the driver has its records, from the moment it takes them")
    func taken() {
        let reading = ReadingState(recordsForBatches: 100)
        reading.add("s")
        reading.discovered(after: reading.closings)
        reading.queued(30, of: "s")
        let later = ContinuousClock.now + .seconds(1)
        for _ in 0..<3 { reading.foundNothing(in: "s", askedAt: later) }
        #expect(!reading.isIdle(for: .zero))
        reading.taken(30, of: "s")
        #expect(!reading.isIdle(for: .zero))
        reading.update("s", unresolved: 0, isDone: false)
        #expect(reading.isIdle(for: .zero))
    }
}
