// What is counted of a batch, and the line that CloudWatch reads it from.

import CoreMetrics
import DynamoDBStreamEvents
import Foundation
import LambdaFunctions
import SharedState
import StreamMetrics
import StreamProcessing
import Testing

@Suite("Metrics")
struct MetricsTests {
    @Test("an observer receives how many records were done, failed, dead-lettered and skipped, and how old they are")
    func summary() async throws {
        struct Keep: BatchObserver {
            let summaries: Mutexed<[BatchSummary]>
            func didProcess(_ summary: BatchSummary) async { summaries.append(summary) }
        }
        let summaries = Mutexed<[BatchSummary]>([])
        let settings = BatchSettings(observer: Keep(summaries: summaries))
        let processor = BatchProcessor(settings: settings) { (_: StreamRecord, context: RecordContext) in
            switch context.index {
            case 1: throw Permanent(Refused())
            case 3: throw Refused()
            default: break
            }
        }
        .filtered { $0.newImage?["total"] != .number(0) }
        .deadLettered(after: 5, to: InMemoryDeadLetterSink())
        _ = try await processor.process(StreamEvent(event(count: 5)), context: context())
        let summary = try #require(summaries.value.first)
        #expect(summary.recordCount == 5)
        #expect(summary.doneCount == 3)
        #expect(summary.failedCount == 1)
        #expect(summary.deadLetteredCount == 1)
        #expect(summary.skippedCount == 1)
        #expect(summary.duration > .zero)
        let age = try #require(summary.iteratorAge)
        let expected = LambdaClock.Instant(millisecondsSinceEpoch: 1_789_651_658_000).duration(to: LambdaClock.now)
        #expect(abs((age - max(.zero, expected)) / .seconds(1)) < 60)
    }

    @Test("one line of the Embedded Metric Format for an invocation, and nothing left over for the next")
    func embedded() async throws {
        let lines = Log()
        let metrics = EmbeddedMetrics(namespace: "Orders") { lines.append(String(decoding: $0, as: UTF8.self)) }
        metrics.makeCounter(label: "records_processed", dimensions: []).increment(by: 3)
        metrics.makeCounter(label: "records_processed", dimensions: []).increment(by: 4)
        metrics.makeTimer(label: "batch_duration", dimensions: []).recordNanoseconds(1_500_000)
        metrics.makeRecorder(label: "sizes", dimensions: [], aggregate: true).record(Int64(1))
        metrics.makeRecorder(label: "sizes", dimensions: [], aggregate: true).record(2.5)
        metrics.makeMeter(label: "level", dimensions: []).set(7.0)
        metrics.makeMeter(label: "level", dimensions: []).set(Double.nan)
        metrics.makeCounter(label: "by_table", dimensions: [("Table", "o\"1")]).increment(by: 1)
        metrics.flush(functionName: "projector", requestID: "id-1")
        metrics.flush(functionName: "projector", requestID: "id-2")
        #expect(lines.lines.count == 2)
        let first = try #require(try JSONSerialization.jsonObject(with: Data(lines.lines[0].utf8)) as? [String: Any])
        #expect(first["records_processed"] as? Int == 7)
        #expect(first["batch_duration"] as? Double == 1.5)
        #expect(first["sizes"] as? [Double] == [1, 2.5])
        #expect(first["level"] as? Int == 7)
        #expect(first["FunctionName"] as? String == "projector")
        #expect(first["requestId"] as? String == "id-1")
        let aws = try #require(first["_aws"] as? [String: Any])
        #expect((aws["Timestamp"] as? Int ?? 0) > 1_700_000_000_000)
        let directive = try #require((aws["CloudWatchMetrics"] as? [[String: Any]])?.first)
        #expect(directive["Namespace"] as? String == "Orders")
        #expect(directive["Dimensions"] as? [[String]] == [["FunctionName"]])
        #expect(
            (directive["Metrics"] as? [[String: String]])?.map { "\($0["Name"] ?? "") \($0["Unit"] ?? "")" }
                == ["records_processed Count", "batch_duration Milliseconds", "sizes None", "level None"]
        )
        #expect(lines.lines[1].contains(#""Dimensions":[["Table","FunctionName"]]"#))
        #expect(lines.lines.allSatisfy { $0.hasSuffix("}\n") && !$0.dropLast().contains("\n") })
    }

    @Test("more than a hundred metrics take further lines, and each is on one of them")
    func manyMetrics() throws {
        let lines = Log()
        let metrics = EmbeddedMetrics(namespace: "Orders") { lines.append(String(decoding: $0, as: UTF8.self)) }
        for number in 0..<250 { metrics.makeCounter(label: "m\(number)", dimensions: []).increment(by: 1) }
        // One name with two units cannot share a line, on which it is one member.
        metrics.makeTimer(label: "m0", dimensions: []).recordNanoseconds(1_000_000)
        let dimensions = (0..<40).map { ("d\($0)", "v") }
        metrics.makeCounter(label: "wide", dimensions: dimensions).increment(by: 1)
        metrics.flush(functionName: nil, requestID: nil)
        var names: [String] = []
        for line in lines.lines {
            let json = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let aws = try #require(json["_aws"] as? [String: Any])
            let directive = try #require((aws["CloudWatchMetrics"] as? [[String: Any]])?.first)
            let listed = try #require(directive["Metrics"] as? [[String: String]]).compactMap { $0["Name"] }
            #expect(listed.count <= 100)
            #expect(Set(listed).count == listed.count)
            #expect(listed.allSatisfy { json[$0] != nil })
            #expect((directive["Dimensions"] as? [[String]])?.allSatisfy { $0.count <= 30 } == true)
            names += listed
        }
        #expect(names.sorted() == ((0..<250).map { "m\($0)" } + ["m0", "wide"]).sorted())
    }

    @Test("a metric of more than a hundred values takes further lines")
    func manyValues() throws {
        let lines = Log()
        let metrics = EmbeddedMetrics(namespace: "Orders") { lines.append(String(decoding: $0, as: UTF8.self)) }
        let recorder = metrics.makeRecorder(label: "values", dimensions: [], aggregate: true)
        for value in 0..<250 { recorder.record(Int64(value)) }
        metrics.flush(functionName: nil, requestID: nil)
        let counts = try lines.lines.map { line in
            (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["values"] as? [Int]
        }
        #expect(counts.compactMap { $0 }.map(\.count) == [100, 100, 50])
        #expect(counts.compactMap { $0 }.flatMap { $0 } == Array(0..<250))
    }
}

/// A value behind a lock.
final class Mutexed<Value: Sendable>: Sendable {
    private let state: Guarded<Value>
    init(_ value: Value) { state = Guarded(value) }
    var value: Value { state.withLock { $0 } }
}

extension Mutexed {
    func append<Element: Sendable>(_ element: Element) where Value == [Element] {
        state.withLock { $0.append(element) }
    }
}
