// A million records through the mapping alone: how long it takes, and how much memory.
//
// Usage: MappingBenchmarks [records]. One record in ten thousand is a poison record, so that retries, bisects and
// messages are among it.

import DynamoDBStreamEvents
import EventSourceMapping

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct MappingBenchmarks {
    static func main() throws {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
        var lines: [String] = []
        let kinds = [
            ("one lane", 1, false), ("ten lanes", 10, false), ("one lane, every event assembled", 1, true),
        ]
        for (name, lanes, readsEvents) in kinds {
            let run = try run(count, lanes: lanes, readsEvents: readsEvents)
            let rate = Int(Double(count) / (run.time / .seconds(1)))
            lines.append("\(name): \(run.time / .seconds(1)) s, \(rate) records/s, \(run.invocations) invocations")
        }
        for line in lines { print(line) }
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        print("greatest memory: \(usage.ru_maxrss / 1_024) MB")
    }

    /// All records are there before the first step, which is as much memory as the mapping can need. Making the pages
    /// they come in is not measured.
    private static func run(_ count: Int, lanes: Int, readsEvents: Bool) throws -> (time: Duration, invocations: Int) {
        let configuration = EventSourceMappingConfiguration(
            batchSize: 100,
            parallelizationFactor: lanes,
            maximumRetryAttempts: 2,
            bisectBatchOnFunctionError: true,
            onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:failed"
        )
        let clock = ContinuousClock()
        var time = Duration.zero
        var mapping = try MappingSimulation(configuration, seed: 1)
        for start in stride(from: 0, to: count, by: 1_000) {
            let page = try page(start..<min(start + 1_000, count))
            time += try clock.measure { try mapping.add(page) }
        }
        mapping.endInput()
        var invocations = 0
        time += clock.measure { invocations = deliver(&mapping, readsEvents: readsEvents) }
        return (time, invocations)
    }

    private static func deliver(_ mapping: inout MappingSimulation, readsEvents: Bool) -> Int {
        let poison = Set((0...).prefix(100).compactMap { SequenceNumber("\($0 * 10_000 + 1_777)") })
        var invocations = 0
        while true {
            switch mapping.next() {
            case .invoke(let invocation):
                invocations += 1
                if readsEvents { precondition(mapping.event(of: invocation)?.isEmpty == false) }
                let hasPoison = !poison.isDisjoint(with: invocation.sequenceNumbers)
                mapping.finish(invocation.id, with: hasPoison ? .functionError(message: "poison") : .success)
            case .send(let delivery): mapping.finishSending(delivery.id)
            case .wait(let moment): mapping.advance(to: moment)
            case .log: break
            case .idle, .finished: return invocations
            }
        }
    }

    private static func page(_ numbers: Range<Int>) throws -> StreamEvent {
        var json = "{\"Records\":["
        for number in numbers {
            if number > numbers.lowerBound { json += "," }
            json += """
                {"eventID":"c4ca4238a0b923820dcc509a6f75849b","eventName":"MODIFY","eventVersion":"1.1",\
                "eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{\
                "ApproximateCreationDateTime":\(1_767_225_600 + number / 500),"Keys":{"id":{"S":"k\(number % 5_000)"}},\
                "NewImage":{"id":{"S":"k\(number % 5_000)"},"total":{"N":"12.5"},"status":{"S":"open"}},\
                "SequenceNumber":"\(number + 1)","SizeBytes":59,"StreamViewType":"NEW_IMAGE"}}
                """
        }
        return try StreamEvent(Array((json + "]}").utf8))
    }
}
