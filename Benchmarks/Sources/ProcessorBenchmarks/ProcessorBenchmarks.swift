// What the processor adds to a record: medians over rounds, all in one run.

import Foundation
import LambdaStreams
import LambdaStreamsTesting

@main
struct ProcessorBenchmarks {
    static let recordCount = 10_000
    static let rounds = 21

    static func main() async throws {
        let payload = event(recordCount)
        let context = LambdaContext.testing(remaining: .seconds(900))
        let empty = RawRecordHandler<StreamRecord> { _, _ in }
        let journal = CrashJournal(directory: FileManager.default.temporaryDirectory.path)
        print("\(recordCount) records, \(payload.count) bytes; medians of \(rounds) rounds")

        let scan = try await median { _ = try StreamEvent(payload).records.count }
        print("scan alone                      \(format(scan * 1e3)) ms")
        let variants: [(String, BatchProcessor<StreamRecord>, limit: Double?)] = [
            ("sequential, empty handler", BatchProcessor(handler: empty), 300),
            (
                "the same with a crash journal",
                BatchProcessor(settings: BatchSettings(crashJournal: journal), handler: empty), nil
            ),
            ("perKey(16), empty handler", BatchProcessor(order: .perKey(maxConcurrency: 16), handler: empty), 2000),
            (
                "unordered(16), empty handler", BatchProcessor(order: .unordered(maxConcurrency: 16), handler: empty),
                nil
            ),
        ]
        for (name, processor, limit) in variants {
            let time = try await median {
                let response = try await processor.process(StreamEvent(payload), context: context)
                guard response.batchItemFailures.isEmpty else { throw Unexpected() }
            }
            let overhead = (time - scan) / Double(recordCount) * 1e9
            let verdict = limit.map { overhead <= $0 ? "at most \(Int($0)): held" : "at most \(Int($0)): MISSED" } ?? ""
            print(
                name.padding(toLength: 32, withPad: " ", startingAt: 0) + "\(format(overhead)) ns a record  \(verdict)"
            )
        }

        let sleeping = BatchProcessor(order: .perKey(maxConcurrency: 64)) { (_: StreamRecord, _: RecordContext) in
            try await Task.sleep(for: .milliseconds(5))
        }
        let ideal = Double((recordCount + 63) / 64) * 0.005
        let time = try await median(rounds: 5) {
            _ = try await sleeping.process(StreamEvent(payload), context: context)
        }
        print(
            "perKey(64), 5 ms a record       \(format(time * 1e3)) ms, \(format(time / ideal))× the ideal "
                + "\(format(ideal * 1e3)) ms  at most 1.3: \(time <= ideal * 1.3 ? "held" : "MISSED")"
        )
    }

    /// Distinct keys, in the real shape.
    static func event(_ count: Int) -> [UInt8] {
        let records = (0..<count).map { index in
            """
            {"eventID":"c4ca4238a0b923820dcc509a6f\(100_000 + index)","eventName":"INSERT","eventVersion":"1.1",\
            "eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1.789651658E9,\
            "Keys":{"id":{"S":"order-\(index)"}},"NewImage":{"id":{"S":"order-\(index)"},"total":{"N":"\(index).25"},\
            "status":{"S":"NEW"}},"SequenceNumber":"51900004371743779\(1_000_000 + index)","SizeBytes":59,\
            "StreamViewType":"NEW_AND_OLD_IMAGES"},\
            "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-09-17T12:49:54.528"}
            """
        }
        return Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8)
    }

    static func median(rounds: Int = rounds, _ body: @Sendable () async throws -> Void) async throws -> Double {
        var times: [Double] = []
        for _ in 0..<rounds {
            let began = ContinuousClock.now
            try await body()
            times.append((ContinuousClock.now - began) / .seconds(1))
        }
        return times.sorted()[rounds / 2]
    }

    static func format(_ value: Double) -> String { String(format: "%.2f", value) }

    struct Unexpected: Error {}
}
