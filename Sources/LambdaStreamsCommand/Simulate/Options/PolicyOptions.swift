// The options for rules that AWS does not document.

public import ArgumentParser
public import EventSourceMapping

struct PolicyOptions: ParsableArguments {
    @Option(help: "Where an odd batch is split: down makes the first half the smaller one, up the larger.")
    var splitRounding: MappingPolicies.SplitRounding = .down

    @Option(help: ArgumentHelp("How long the first retry waits.", valueName: "200ms"))
    var backoff = DurationText(.milliseconds(200))

    @Option(help: "How much longer each further retry waits than the one before it.")
    var backoffFactor = 2.1

    @Option(help: ArgumentHelp("The longest wait of a retry.", valueName: "30s"))
    var backoffLimit = DurationText(.seconds(30))

    @Option(help: "What becomes of a batch of which some records grew too old between two tries.")
    var partlyExpiredBatch: MappingPolicies.PartlyExpiredBatch = .expiredPrefixLeaves

    @Option(help: "Which window state the rest of a batch receives after a partial failure.")
    var stateAfterPartialFailure: MappingPolicies.StateAfterPartialFailure = .returned

    @Option(help: "Which state a window continues with after it ended early.")
    var stateAfterEarlyTermination: MappingPolicies.StateAfterEarlyTermination = .empty

    @Option(help: "Changes which items share a concurrent batch.")
    var concurrentBatchSeed: UInt64 = 0

    @Option(help: "When the checkpoint of a shard with several concurrent batches moves.")
    var parallelCheckpoint: MappingPolicies.ParallelCheckpoint = .lowestUnfinished

    @Option(help: "What a response means that is not a JSON object, where failures are reported.")
    var unreadableResponse: MappingPolicies.UnreadableResponse = .succeeds

    @Flag(help: "Send one message for adjacent discarded batches.")
    var consolidateFailures = false

    @Option(help: ArgumentHelp("How often a shard is read.", valueName: "250ms"))
    var pollInterval = DurationText(.milliseconds(250))

    @Option(help: ArgumentHelp("How many records one reading returns at most; also 1 MB.", valueName: "count"))
    var recordsPerPage: Int?

    @Option(help: ArgumentHelp("With LATEST, how long after the start records are still missed.", valueName: "2min"))
    var latestGap: DurationText?

    func validate() throws {
        guard (1...1_000).contains(recordsPerPage ?? 1) else {
            throw ValidationError("--records-per-page takes 1 to 1000, as GetRecords does.")
        }
        guard backoffFactor >= 1, backoffFactor <= 100 else {
            throw ValidationError("--backoff-factor takes 1 to 100.")
        }
    }

    var policies: MappingPolicies {
        var policies = MappingPolicies()
        policies.splitRounding = splitRounding
        policies.backoff = MappingPolicies.Backoff(
            base: backoff.duration,
            factor: backoffFactor,
            limit: backoffLimit.duration
        )
        policies.partlyExpiredBatch = partlyExpiredBatch
        policies.stateAfterPartialFailure = stateAfterPartialFailure
        policies.stateAfterEarlyTermination = stateAfterEarlyTermination
        policies.concurrentBatchSeed = concurrentBatchSeed
        policies.parallelCheckpoint = parallelCheckpoint
        policies.unreadableResponse = unreadableResponse
        policies.consolidatesAdjacentFailures = consolidateFailures
        policies.pollInterval = pollInterval.duration
        policies.page.recordCount = recordsPerPage ?? policies.page.recordCount
        policies.latestGap = latestGap?.duration ?? .zero
        return policies
    }
}

extension MappingPolicies.SplitRounding: ExpressibleByArgument {}
extension MappingPolicies.PartlyExpiredBatch: ExpressibleByArgument {}
extension MappingPolicies.StateAfterPartialFailure: ExpressibleByArgument {}
extension MappingPolicies.StateAfterEarlyTermination: ExpressibleByArgument {}
extension MappingPolicies.ParallelCheckpoint: ExpressibleByArgument {}
extension MappingPolicies.UnreadableResponse: ExpressibleByArgument {}
