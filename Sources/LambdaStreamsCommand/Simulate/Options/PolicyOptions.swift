// What AWS has not documented, and the simulation may be told otherwise.

public import ArgumentParser
public import EventSourceMapping

struct PolicyOptions: ParsableArguments {
    @Option(help: "Where an odd batch is halved: down makes the first half the smaller one, up the larger.")
    var splitRounding: MappingPolicies.SplitRounding = .down

    @Option(help: "How long the first retry waits; each further one waits twice as long.")
    var backoff = DurationText(.milliseconds(200))

    @Option(help: "The longest wait of a retry.")
    var backoffLimit = DurationText(.seconds(30))

    @Option(help: "What becomes of a batch of which some records grew too old between two tries.")
    var partlyExpiredBatch: MappingPolicies.PartlyExpiredBatch = .expiredPrefixLeaves

    @Option(help: "Which window state the rest of a batch gets after a partial failure.")
    var stateAfterPartialFailure: MappingPolicies.StateAfterPartialFailure = .returned

    @Option(help: "Which state a window goes on with that ended early.")
    var stateAfterEarlyTermination: MappingPolicies.StateAfterEarlyTermination = .empty

    @Option(help: "Changes which items share a lane.")
    var laneSeed: UInt64 = 0

    @Option(help: "When the checkpoint of a shard with several lanes moves.")
    var parallelCheckpoint: MappingPolicies.ParallelCheckpoint = .lowestUnfinished

    @Option(help: "What an answer means that is no JSON object, where failures are reported.")
    var unreadableResponse: MappingPolicies.UnreadableResponse = .succeeds

    @Flag(help: "Tell the destination of adjacent discarded batches in one message.")
    var consolidateFailures = false

    @Option(help: "How often a shard is looked at.")
    var pollInterval = DurationText(.milliseconds(250))

    @Option(help: "With LATEST, how long after the start records are still missed.")
    var latestGap = DurationText(.zero)

    var policies: MappingPolicies {
        var policies = MappingPolicies()
        policies.splitRounding = splitRounding
        policies.backoff = MappingPolicies.Backoff(base: backoff.duration, limit: backoffLimit.duration)
        policies.partlyExpiredBatch = partlyExpiredBatch
        policies.stateAfterPartialFailure = stateAfterPartialFailure
        policies.stateAfterEarlyTermination = stateAfterEarlyTermination
        policies.laneSeed = laneSeed
        policies.parallelCheckpoint = parallelCheckpoint
        policies.unreadableResponse = unreadableResponse
        policies.consolidatesAdjacentFailures = consolidateFailures
        policies.pollInterval = pollInterval.duration
        policies.latestGap = latestGap.duration
        return policies
    }
}

extension MappingPolicies.SplitRounding: ExpressibleByArgument {}
extension MappingPolicies.PartlyExpiredBatch: ExpressibleByArgument {}
extension MappingPolicies.StateAfterPartialFailure: ExpressibleByArgument {}
extension MappingPolicies.StateAfterEarlyTermination: ExpressibleByArgument {}
extension MappingPolicies.ParallelCheckpoint: ExpressibleByArgument {}
extension MappingPolicies.UnreadableResponse: ExpressibleByArgument {}
