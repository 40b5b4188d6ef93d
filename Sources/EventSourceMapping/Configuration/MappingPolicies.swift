// The rules that AWS neither documents nor shows, by name, with defaults that fit what was observed.

/// The mapping's decisions where AWS's rule is not known.
///
/// ```swift
/// var policies = MappingPolicies()
/// policies.splitRounding = .up
/// let mapping = EventSourceMappingConfiguration(bisectBatchOnFunctionError: true)
/// let deliveries = try await mapping.deliver(event, to: processor, policies: policies)
/// ```
public struct MappingPolicies: Hashable, Sendable {
    /// Where a batch with an odd number of records is split. `down` makes the first half the smaller one.
    public var splitRounding = SplitRounding.down
    /// How long the mapping waits before it tries a batch again.
    public var backoff = Backoff()
    /// The outcome of a batch of which some records grew too old between two attempts.
    public var partlyExpiredBatch = PartlyExpiredBatch.expiredPrefixLeaves
    /// The window state that the rest of a batch receives after a partial failure.
    public var stateAfterPartialFailure = StateAfterPartialFailure.returned
    /// The state that further records receive in a window that ended early.
    public var stateAfterEarlyTermination = StateAfterEarlyTermination.empty
    /// Changes which items share a concurrent batch; AWS's hash is not published.
    public var concurrentBatchSeed: UInt64 = 0
    /// When the checkpoint of a shard with several concurrent batches moves.
    public var parallelCheckpoint = ParallelCheckpoint.lowestUnfinished
    /// The meaning of a response that is not a JSON object, where failures are reported.
    public var unreadableResponse = UnreadableResponse.succeeds
    /// Whether adjacent batches that are discarded one after the other share one message.
    public var consolidatesAdjacentFailures = false
    /// How often a shard is read. AWS's "base rate" is four times a second. Zero sees each record as it arrives.
    public var pollInterval = Duration.milliseconds(250)
    /// The most that one reading of a shard returns: the limit of `GetRecords`. A batch of 10,000 records therefore
    /// needs a batching window that is long enough to gather it.
    public var page = Page()
    /// With `LATEST`, how long after the start records are still missed. On AWS it has been more than a minute.
    public var latestGap = Duration.zero
    /// How long after its end a window is closed when no later record closes it.
    public var idleWindowDelay = Duration.seconds(120)
    /// How long a stream keeps its records.
    public var retention = Duration.seconds(86_400)

    public init() {}

    /// The size of the first half of a batch with an odd number of records: rounded down or up.
    public enum SplitRounding: String, Hashable, Sendable, CaseIterable {
        /// The first half of three records has one.
        case down
        /// The first half of three records has two.
        case up
    }

    /// The outcome of a batch of which some records grew too old between two attempts.
    public enum PartlyExpiredBatch: String, Hashable, Sendable, CaseIterable {
        /// The records at its front that are too old are discarded; the rest is a new batch.
        case expiredPrefixLeaves
        /// All of it is discarded.
        case wholeBatchLeaves
    }

    /// The state that the rest of a batch receives after a partial failure within a window.
    public enum StateAfterPartialFailure: String, Hashable, Sendable, CaseIterable {
        /// The state in the response with the partial failure.
        case returned
        /// The state that the failed invocation received.
        case incoming
    }

    /// The state that further records receive in a window that ended early.
    public enum StateAfterEarlyTermination: String, Hashable, Sendable, CaseIterable {
        /// `{}`, as a new window.
        case empty
        /// The one that was too large.
        case kept
    }

    /// When the checkpoint of a shard with several concurrent batches moves.
    public enum ParallelCheckpoint: String, Hashable, Sendable, CaseIterable {
        /// It follows the lowest record that is not done.
        case lowestUnfinished
        /// It moves only when no batch is under way.
        case noneUnderWay
    }

    /// The meaning of a response that is not a JSON object, where failures are reported.
    public enum UnreadableResponse: String, Hashable, Sendable, CaseIterable {
        /// The batch is done, with a warning.
        case succeeds
        /// The batch failed.
        case fails
    }

    /// The most records and bytes of a page.
    public struct Page: Hashable, Sendable {
        /// The most records.
        public var recordCount: Int
        /// The most bytes of the records' JSON. A single larger record is a page.
        public var byteCount: Int

        /// Creates the limits of a page. The defaults are those of `GetRecords`.
        public init(recordCount: Int = 1_000, byteCount: Int = 1_048_576) {
            self.recordCount = recordCount
            self.byteCount = byteCount
        }
    }

    /// Each wait is `factor` times the one before it, from `base` up to `limit`.
    ///
    /// The defaults fit published runs on AWS: first waits of 190 to 280 ms, second ones of about 390 ms, and eight
    /// attempts within a `MaximumRecordAgeInSeconds` of 60, where doubling would make nine.
    public struct Backoff: Hashable, Sendable {
        /// The wait after the first failure.
        public var base: Duration
        /// At least 1.
        public var factor: Double
        /// The longest wait.
        public var limit: Duration

        /// Creates a back-off. Each wait is `factor` times the one before, up to `limit`.
        public init(base: Duration = .milliseconds(200), factor: Double = 2.1, limit: Duration = .seconds(30)) {
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
            var milliseconds = min(base, limit) / .milliseconds(1)
            let most = limit / .milliseconds(1)
            let growth = factor.isFinite ? max(factor, 1) : 1
            var remaining = failures
            while remaining > 1, milliseconds < most, growth > 1 {
                milliseconds = min(milliseconds * growth, most)
                remaining -= 1
            }
            return .milliseconds(Int64(milliseconds.rounded()))
        }
    }
}
