// A run without end keeps counts of what is done, and says the same in the end as one that kept everything.

import ArgumentParser
import DynamoDBStreamEvents
import EventSourceMapping
import Testing

@testable import LambdaStreamsCommand

@Suite("What a live run keeps")
struct TraceBoundTests {
    static let mappings: [EventSourceMappingConfiguration] = [
        EventSourceMappingConfiguration(batchSize: 20, maximumRetryAttempts: 1),
        EventSourceMappingConfiguration(
            batchSize: 50,
            maximumRetryAttempts: 2,
            bisectBatchOnFunctionError: true,
            functionResponseTypes: [.reportBatchItemFailures],
            onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:failed"
        ),
        EventSourceMappingConfiguration(
            batchSize: 30,
            parallelizationFactor: 4,
            maximumRetryAttempts: 0,
            functionResponseTypes: [.reportBatchItemFailures]
        ),
        EventSourceMappingConfiguration(batchSize: 25, maximumRetryAttempts: 1, tumblingWindowInSeconds: 10),
        EventSourceMappingConfiguration(
            batchSize: 10,
            filterPatterns: [#"{"eventName":["INSERT"]}"#],
            onFailureDestination: "arn:aws:sns:us-east-1:123456789012:failed"
        ),
    ]

    @Test("the verdict is that of a run that kept everything, and little is kept", arguments: mappings.indices)
    func verdict(_ index: Int) async throws {
        let whole = try await trace(Self.mappings[index], keepsHistory: true)
        let bounded = try await trace(Self.mappings[index], keepsHistory: false)
        let (expected, verdict) = (Verdict(whole), Verdict(bounded))
        #expect(verdict.counts == expected.counts)
        #expect(verdict.counts.handled > 0 && verdict.counts.records == 4000)
        #expect(verdict.headline == expected.headline && verdict.exit == expected.exit)
        func counted(_ verdict: Verdict) -> [String: Int] {
            var counts: [String: Int] = [:]
            for loss in verdict.losses {
                counts["\(loss.shardID) \(loss.reason) \(loss.hasMessage)", default: 0] += loss.count
            }
            return counts
        }
        #expect(counted(verdict) == counted(expected))
        for (shard, all) in zip(bounded.shards, whole.shards) {
            #expect(shard.invocations.isEmpty && shard.checkpoints.isEmpty)
            // What was forgotten and what is kept are all of it.
            #expect(shard.sequenceNumbers.count < 1500 && shard.sequenceNumbers.last == all.sequenceNumbers.last)
            #expect(shard.losses.allSatisfy { $0.message == nil })
        }
    }

    private func trace(_ mapping: EventSourceMappingConfiguration, keepsHistory: Bool) async throws -> RunTrace {
        let records = try RecordOptions.parse([
            "--generate", "4000", "--keys", "300", "--rate", "100/s", "--shards", "2",
        ])
        var simulation = try MappingSimulation(mapping)
        var recorder = RunRecorder(mapping, keepsContent: false, keepsHistory: keepsHistory)
        try RecordFeed(records.read(seed: 7)).feed(to: &simulation, &recorder, shift: nil)
        simulation.endInput()
        var driver = VirtualDriver(
            mapping: simulation,
            recorder: recorder,
            faults: FaultPlan(try FaultOptions.parse(["--throttle", "5%"])),
            function: MoodyFunction(),
            invocationTime: .zero,
            isInterrupted: { false }
        )
        try await driver.run()
        return driver.recorder.trace
    }
}

/// A function that fails some invocations, and reports a record of others.
private struct MoodyFunction: FunctionUnderTest {
    func outcome(
        of invocation: MappingInvocation,
        event: [UInt8],
        fault: FaultPlan.Fault?
    ) async throws(FunctionStartError) -> InvocationOutcome {
        if fault == .throttle { return .throttled }
        guard let first = invocation.sequenceNumbers.first?.description, let last = first.utf8.last else {
            return .success
        }
        // Every batch that begins with such a record fails, and so do its parts.
        if last % 5 == 0 { return .functionError(message: "no") }
        if invocation.window != nil { return .response(#"{"state":{},"batchItemFailures":[]}"#) }
        return last % 7 == 0 ? .failed([first]) : .success
    }

    func restart() async {}
}
