// The queue of a replay: records in the order of their numbers, however they come.

import DynamoDBStreamEvents
import Testing

@testable import RecordReplay

@Suite("The queue of a replay")
struct RecordQueueTests {
    @Test(
        "records are taken by their numbers, equal numbers as they came, whatever was taken between",
        arguments: 0..<30
    )
    func order(seed: Int) throws {
        var random = SeededGenerator(seed)
        var queue = RecordQueue()
        // The same, sorted after each addition; a stable order by what it is sorted by.
        var expected: [(number: Int, arrival: Int)] = []
        for arrival in 0..<300 {
            let number = Int.random(in: 1...60, using: &random)
            queue.add(Ticket(record: .record(item: "a", number: number), parcelID: 0, position: arrival))
            expected.append((number, arrival))
            expected.sort { ($0.number, $0.arrival) < ($1.number, $1.arrival) }
            if Int.random(in: 0..<3, using: &random) == 0 {
                #expect(queue.first?.position == expected.removeFirst().arrival)
                queue.removeFirst()
            }
            #expect(queue.count == expected.count)
        }
        let left = queue.removeAll().map(\.position)
        #expect(left == expected.map(\.arrival))
        #expect(queue.count == 0 && queue.byteCount == 0 && queue.first == nil)
        queue.removeFirst()
    }
}
