// The settings of idempotent operations, each with its default.

/// The settings of ``IdempotentOperations``.
///
/// ```swift
/// let settings = IdempotencySettings(expiresAfter: .seconds(3600), localCacheCapacity: 256)
/// let once = IdempotentOperations(store: store, settings: settings)
/// ```
public struct IdempotencySettings: Sendable {
    /// How long a completed record keeps the work from being done again. The default is a day, which is how long a
    /// DynamoDB stream keeps a record and can deliver it again. Powertools' default is an hour.
    public var expiresAfter: Duration
    /// How long a call may keep others from its key.
    public var lease: LeaseRule
    /// What a call does if its key is leased.
    public var runningDuplicate: RunningDuplicateRule
    /// What a call without a key does.
    public var missingKey: MissingKeyRule
    /// What a repeated call receives if the result could not be stored.
    public var unstoredResult: UnstoredResultRule
    /// The form in which results are stored, for other readers of the table. All forms are read.
    public var storedDataFormat: StoredDataFormat
    /// The thrown errors that are kept as the operation's outcome. By default none: every error releases the lease.
    public var finalErrors: [FinalError]
    /// The number of completed records that this process remembers, so that it need not ask for them. The default is 0.
    public var localCacheCapacity: Int
    /// The clock for leases and expiry.
    public var clock: WallClock

    /// Creates settings. The defaults are those of Powertools where it has them.
    public init(
        expiresAfter: Duration = .seconds(24 * 3600),
        lease: LeaseRule = .invocation(),
        runningDuplicate: RunningDuplicateRule = .waitWithinInvocation,
        missingKey: MissingKeyRule = .run,
        unstoredResult: UnstoredResultRule = .fail,
        storedDataFormat: StoredDataFormat = .json,
        finalErrors: [FinalError] = [],
        localCacheCapacity: Int = 0,
        clock: WallClock = .system
    ) {
        self.expiresAfter = expiresAfter
        self.lease = lease
        self.runningDuplicate = runningDuplicate
        self.missingKey = missingKey
        self.unstoredResult = unstoredResult
        self.storedDataFormat = storedDataFormat
        self.finalErrors = finalErrors
        self.localCacheCapacity = localCacheCapacity
        self.clock = clock
    }
}

/// How long a call may keep others from its key.
public enum LeaseRule: Sendable, Hashable {
    /// As long as the invocation may run, and `margin` longer: Lambda has been seen to end a process 0.7 s after its
    /// deadline, and a lease that ends before its owner lets two run at once. Without a deadline, as long as the
    /// longest function: fifteen minutes.
    case invocation(margin: Duration = .seconds(2))
    /// For `length`, and renewed every third of it while the operation runs. Another process can continue soon after
    /// this one has died, at the price of a request every third. Use several seconds at least.
    case renewed(length: Duration)

    /// The longest that a Lambda function may run.
    static let longestInvocation = Duration.seconds(900)

    func length(remainingTime: Duration?) -> Duration {
        switch self {
        case .invocation(let margin): (remainingTime ?? Self.longestInvocation) + margin
        case .renewed(let length): length
        }
    }
}

/// What a call does if its key is leased by another call.
public enum RunningDuplicateRule: Sendable, Hashable {
    /// The default: the call waits for the other's outcome or the end of its lease while its own invocation lasts, and
    /// then throws ``IdempotencyError/alreadyInProgress(key:leaseEnd:)``.
    ///
    /// After a crash, the lease of the dead process stays until its deadline and a margin. A mapping with few retries
    /// would have used them all up by then and discarded a healthy record. Without a deadline, the call does not wait.
    /// The store is asked with pauses that grow from 50 ms to a second.
    case waitWithinInvocation
    /// It throws at once. A record of a batch then comes again.
    case fail
    /// It waits up to `longest`, and never past its invocation's remaining time, and then throws.
    case wait(upTo: Duration)
}

/// What a call without a key does.
public enum MissingKeyRule: Sendable, Hashable {
    /// It runs its operation, and nothing is stored.
    case run
    /// It throws ``IdempotencyError/missingKey``.
    case fail
}

/// What a repeated call receives if the result was too large for the store, or could not be represented in it.
public enum UnstoredResultRule: Sendable, Hashable {
    /// It throws ``IdempotencyError/resultNotStored(key:reason:)``: the work was done, is not done again, and its
    /// result is not known.
    case fail
    /// It receives the value that `null` decodes to: nil for an optional.
    case null
}
