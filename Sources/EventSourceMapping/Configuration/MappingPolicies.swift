// What AWS neither documents nor shows: each open point by name, with the default that fits what was observed.

/// How the mapping decides where AWS's own rule is not known.
public struct MappingPolicies: Hashable, Sendable {
    /// Where an odd batch is cut in two. `down` makes the first half the smaller one.
    public var splitRounding = SplitRounding.down
    /// How long the mapping waits before it tries a batch again.
    public var backoff = Backoff()
    /// What becomes of a batch of which some records grew too old between two tries.
    public var partlyExpiredBatch = PartlyExpiredBatch.expiredPrefixLeaves
    /// Which state the rest of a batch gets after a partial failure within a window.
    public var stateAfterPartialFailure = StateAfterPartialFailure.returned
    /// Which state further records of a window get that ended early.
    public var stateAfterEarlyTermination = StateAfterEarlyTermination.empty
    /// Changes which keys share a lane; AWS's hash is not published.
    public var laneSeed: UInt64 = 0
    /// When the checkpoint of a shard with several lanes moves.
    public var parallelCheckpoint = ParallelCheckpoint.lowestUnfinished
    /// What an answer that is no JSON object means where failures are reported.
    public var unreadableResponse = UnreadableResponse.succeeds
    /// Whether adjacent batches that are discarded one after the other are told in one message.
    public var consolidatesAdjacentFailures = false
    /// How often a shard is looked at. AWS's "base rate" is four times a second. Zero sees each record as it arrives.
    public var pollInterval = Duration.milliseconds(250)
    /// With `LATEST`, how long after the start records are missed still. On AWS it has been more than a minute.
    public var latestGap = Duration.zero
    /// How long after its end a window is closed when no later record closes it.
    public var idleWindowDelay = Duration.seconds(120)
    /// How long a stream keeps its records.
    public var retention = Duration.seconds(86_400)

    public init() {}

    public enum SplitRounding: String, Hashable, Sendable, CaseIterable {
        case down, up
    }

    public enum PartlyExpiredBatch: String, Hashable, Sendable, CaseIterable {
        /// The records at its front that are too old are discarded; the rest is a new batch.
        case expiredPrefixLeaves
        /// All of it is discarded.
        case wholeBatchLeaves
    }

    public enum StateAfterPartialFailure: String, Hashable, Sendable, CaseIterable {
        /// The one that came with the partial failure.
        case returned
        /// The one that the failed invocation was given.
        case incoming
    }

    public enum StateAfterEarlyTermination: String, Hashable, Sendable, CaseIterable {
        /// `{}`, as a new window.
        case empty
        /// The one that was too large.
        case kept
    }

    public enum ParallelCheckpoint: String, Hashable, Sendable, CaseIterable {
        /// It follows the lowest record that is not done.
        case lowestUnfinished
        /// It moves only when no lane has a batch.
        case allLanesIdle
    }

    public enum UnreadableResponse: String, Hashable, Sendable, CaseIterable {
        /// The batch is done, with a warning.
        case succeeds
        /// The batch failed.
        case fails
    }

    /// Each wait is `factor` times the one before it, from `base` up to `limit`.
    public struct Backoff: Hashable, Sendable {
        public var base: Duration
        /// At least 1.
        public var factor: Int
        public var limit: Duration

        public init(base: Duration = .milliseconds(200), factor: Int = 2, limit: Duration = .seconds(30)) {
            self.base = base
            self.factor = factor
            self.limit = limit
        }

        /// How long a batch waits in all between its first try and the last of so many retries.
        package func total(retries: Int) -> Duration {
            var total = Duration.zero
            var retry = 1
            while retry <= retries {
                let delay = delay(after: retry)
                // From here on every wait is the longest.
                if delay == limit { return total + limit * (retries - retry + 1) }
                total += delay
                retry += 1
            }
            return total
        }

        /// The least number of retries whose waits are longer than that in all; nil where no number of them is.
        package func retries(outlasting duration: Duration) -> Int? {
            var total = Duration.zero
            for retry in 1...10_000 {
                total += delay(after: retry)
                if total > duration { return retry }
            }
            return nil
        }

        /// The wait after the `failures`th failure in a row.
        func delay(after failures: Int) -> Duration {
            var delay = min(base, limit)
            var remaining = failures
            // Sixty-four doublings of a millisecond are past every limit.
            while remaining > 1, delay < limit, failures - remaining < 64 {
                delay = min(delay * max(factor, 1), limit)
                remaining -= 1
            }
            return delay
        }
    }
}
