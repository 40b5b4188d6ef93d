// Finds the setting that would have handled the discarded records, by trying.

import DynamoDBStreamEvents
import EventSourceMapping

/// Delivers the batches that were discarded again, each under other settings, to the real function.
///
/// A batch is run by itself from its first delivery on, so that what is compared is the same batch. The function does
/// its work again; `--no-advice` leaves that out.
struct WhatIf {
    private struct Candidate {
        let name: String
        let configuration: EventSourceMappingConfiguration
    }

    /// More than that says nothing new, and takes time.
    private static let maximumBatches = 20

    private let trace: RunTrace
    private let feed: RecordFeed
    private let policies: MappingPolicies
    private let faults: FaultPlan
    private let function: FunctionPool
    private let clock: FunctionClock?
    private let isInterrupted: @Sendable () -> Bool

    init(
        _ trace: RunTrace,
        _ feed: RecordFeed,
        _ policies: MappingPolicies,
        _ faults: FaultPlan,
        _ function: FunctionPool,
        clock: FunctionClock?,
        isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.isInterrupted = isInterrupted
        self.clock = clock
        self.trace = trace
        self.feed = feed
        self.policies = policies
        self.faults = faults
        self.function = function
    }

    func advice() async -> [String] {
        let batches = troubledBatches
        guard !batches.isEmpty else { return [] }
        let lost = batches.reduce(0) { $0 + $1.lost.count }
        var best: (name: String, saved: Int)?
        var advice: [String] = []
        Terminal.standardError.say(
            "trying other settings: the function is invoked again with the batches that were discarded (--no-advice "
                + "leaves this out)"
        )
        for candidate in candidates {
            await function.restart()
            var saved = 0
            for batch in batches { saved += await handled(batch, under: candidate.configuration) }
            if isInterrupted() { return [] }
            guard saved > best?.saved ?? 0 else { continue }
            best = (candidate.name, saved)
            advice.append(
                "\(candidate.name) would have handled \(saved == lost ? (lost == 1 ? "it" : "all \(lost.grouped)") : "\(saved.grouped) of the \(lost.grouped)")."
            )
            if saved == lost { break }
        }
        let rest = lost - (best?.saved ?? 0)
        if rest > 0 { advice.append(unsaved(rest, of: lost)) }
        if trace.shards.contains(where: { $0.losses.contains { !$0.hasMessage } }),
            trace.mapping.onFailureDestination == nil
        {
            advice.append("With an on-failure destination, a message would describe what was discarded.")
        }
        return advice
    }

    private func unsaved(_ rest: Int, of lost: Int) -> String {
        let which =
            rest == lost
            ? "No setting that was tried would have handled \(lost == 1 ? "it" : "them")"
            : "The other \(rest.of("record")) fail\(rest == 1 ? "s" : "") under every setting that was tried"
        if trace.mapping.destinationKind == .bucket {
            return "\(which). The bucket keeps what cannot be handled."
        }
        return
            "\(which): what cannot be handled has to be kept whole, by deadLettered(after:to:) in the function or by an S3 "
            + "bucket as the on-failure destination."
    }

    // MARK: What is tried

    private var candidates: [Candidate] {
        let mapping = trace.mapping
        var candidates: [Candidate] = []
        func add(_ name: String, _ change: (inout EventSourceMappingConfiguration) -> Void) {
            var changed = mapping
            change(&changed)
            // Nothing is sent, so the destination stays out of it.
            changed.onFailureDestination = nil
            candidates.append(Candidate(name: name, configuration: changed))
        }
        let (reports, bisects) = (mapping.reportsBatchItemFailures, mapping.bisectBatchOnFunctionError)
        if !reports { add("ReportBatchItemFailures") { $0.functionResponseTypes = [.reportBatchItemFailures] } }
        if !bisects { add("BisectBatchOnFunctionError") { $0.bisectBatchOnFunctionError = true } }
        if !reports, !bisects {
            add("ReportBatchItemFailures with BisectBatchOnFunctionError") {
                $0.functionResponseTypes = [.reportBatchItemFailures]
                $0.bisectBatchOnFunctionError = true
            }
        }
        if (0..<3).contains(mapping.maximumRetryAttempts) {
            add("MaximumRetryAttempts: 5") { $0.maximumRetryAttempts = 5 }
            add("MaximumRetryAttempts: 5 with ReportBatchItemFailures and BisectBatchOnFunctionError") {
                $0.maximumRetryAttempts = 5
                $0.functionResponseTypes = [.reportBatchItemFailures]
                $0.bisectBatchOnFunctionError = true
            }
        }
        if mapping.tumblingWindowInSeconds > 0 {
            add("A mapping without TumblingWindowInSeconds") { $0.tumblingWindowInSeconds = 0 }
        }
        return candidates
    }

    // MARK: The batches

    private struct TroubledBatch {
        let shardID: String
        let all: Set<SequenceNumber>
        let lost: Set<SequenceNumber>
    }

    /// The batches as they were first delivered, from which records were discarded or lost.
    private var troubledBatches: [TroubledBatch] {
        var batches: [TroubledBatch] = []
        for shard in trace.shards {
            for invocation in shard.invocations where invocation.origin == .fresh && !invocation.records.isEmpty {
                let positions = invocation.records.positions
                let lost = positions.filter { shard.fates[$0] == .discarded || shard.fates[$0] == .lost }
                guard !lost.isEmpty else { continue }
                batches.append(
                    TroubledBatch(
                        shardID: shard.id,
                        all: Set(positions.map { shard.sequenceNumbers[$0] }),
                        lost: Set(lost.map { shard.sequenceNumbers[$0] })
                    )
                )
                if batches.count == Self.maximumBatches { return batches }
            }
        }
        return batches
    }

    /// How many of the batch's lost records are handled under other settings.
    private func handled(_ batch: TroubledBatch, under mapping: EventSourceMappingConfiguration) async -> Int {
        let recorder = RunRecorder(mapping, keepsContent: false)
        guard var simulation = try? MappingSimulation(mapping, policies: policies, seed: faults.seed) else { return 0 }
        var fed = recorder
        let own = feed.only(batch.all, of: batch.shardID)
        guard (try? own.feed(to: &simulation, &fed)) != nil else { return 0 }
        simulation.endInput()
        var driver = VirtualDriver(
            mapping: simulation,
            recorder: fed,
            faults: faults,
            function: function,
            invocationTime: .zero,
            isInterrupted: isInterrupted,
            clock: clock
        )
        guard (try? await driver.run()) != nil else { return 0 }
        guard let shard = driver.recorder.trace.shards.first else { return 0 }
        return batch.lost.count { number in
            shard.position(of: number).map { shard.fates[$0] == .handled } ?? false
        }
    }
}
